const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const PART = /(\d+(?:\.\d+)?)\s*(ms|[smhd])/g;
const WHOLE = /^\s*(?:\d+(?:\.\d+)?\s*(?:ms|[smhd])\s*)+$/;

/** `90s`, `1h 30m`, `7d` → ms; undefined for what is no time, or no whole number of ms. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    const [, ms] = UNITS.find(([name]) => name === unit) ?? ['ms', Number.NaN];
    sum += Number(amount) * ms;
  }
  return Number.isSafeInteger(Math.round(sum * 1e6) / 1e6) ? Math.round(sum) : undefined;
}

/** The opposite, without loss: 5400000 → `1h 30m`; 0 → `0s`. */
export function durationText(ms: number): string {
  let rest = ms;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}
