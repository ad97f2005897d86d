/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

/** The value below which the part `share` of all lies. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Array.from(values).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Median and range. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function summaryOf(values: readonly number[]): Summary {
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    runs: values.length,
  };
}

/** Of each run to the run of the peer in the same round: what the machine did meanwhile did it to both. */
export function ratiosOf(own: readonly number[], peer: readonly number[]): number[] {
  const pairs = Math.min(own.length, peer.length);
  return Array.from({ length: pairs }, (_, i) => (own[i] ?? Number.NaN) / (peer[i] ?? Number.NaN));
}
