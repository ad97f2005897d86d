/** First wait, in ms; doubled at each further failure. */
const BASE_MS = 50;

/**
 * How long to wait after failures in a row: half of an exponential bound for certain and the other
 * half by chance, so that many workers that lost the same Redis do not come back in step.
 */
export class RetryDelay {
  readonly #capMs: number;
  readonly #random: () => number;
  #failures = 0;

  /** @param options.capMs Longest wait. Defaults to 1,000. */
  constructor({
    capMs = 1_000,
    random = Math.random,
  }: { capMs?: number; random?: () => number } = {}) {
    this.#capMs = capMs;
    this.#random = random;
  }

  next(): number {
    const bound = Math.min(this.#capMs, BASE_MS * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    return bound / 2 + (bound / 2) * this.#random();
  }

  reset(): void {
    this.#failures = 0;
  }
}
