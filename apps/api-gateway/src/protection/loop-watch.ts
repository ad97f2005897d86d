/** How often the delay is measured, in ms. */
const INTERVAL_MS = 100;
/** Measurements in a row that must be late: one alone is a garbage collection or a large body. */
const LATE_IN_A_ROW = 3;

/**
 * Says whether the event loop is so late that taking more work would only make everybody wait: a
 * timer that should fire each 100 ms came late by more than the limit three times in a row.
 */
export class LoopWatch implements Disposable {
  readonly #limitMs: number;
  readonly #now: () => number;
  #last: number;
  #late = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param limitMs 0: never late. */
  constructor(limitMs: number, now: () => number = () => performance.now()) {
    this.#limitMs = limitMs;
    this.#now = now;
    this.#last = now();
  }

  get isLate(): boolean {
    return this.#late >= LATE_IN_A_ROW;
  }

  start(): void {
    if (this.#limitMs === 0 || this.#timer !== undefined) return;
    this.#last = this.#now();
    this.#timer = setInterval(() => this.measure(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Takes one measurement. The timer calls it; tests do with a clock of their own. */
  measure(): void {
    const now = this.#now();
    const lateMs = now - this.#last - INTERVAL_MS;
    this.#last = now;
    this.#late = this.#limitMs > 0 && lateMs > this.#limitMs ? this.#late + 1 : 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
