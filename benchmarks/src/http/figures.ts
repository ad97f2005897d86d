/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

/** Median and range, as they are printed. */
export function figuresOf(values: readonly number[], digits = 0): string {
  const show = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${show(median(values))} (${show(Math.min(...values))} – ${show(Math.max(...values))}, ${values.length} runs)`;
}

/** A number in what another process has printed. */
export function numberOf(result: unknown, field: string): number {
  const value: unknown =
    typeof result === 'object' && result !== null ? Reflect.get(result, field) : undefined;
  if (typeof value !== 'number') throw new TypeError(`no number "${field}" in the result`);
  return value;
}
