import { setTimeout as delay } from 'node:timers/promises';

/** Redis's clock, in ms since the epoch. */
export interface Clock {
  now(): number;
}

/** Between two comparisons, ms. */
const COMPARE_MS = 10_000;
/** A single answer may have been slow on one way: of so many the fastest counts. */
const SAMPLES = 3;

/**
 * Redis's clock as this process reckons it: its own monotonic clock and an offset. Due times are
 * times of Redis; the wall clock of this machine may be an hour off without any effect.
 */
export class StoreClock implements Clock {
  readonly #readTime: () => Promise<number>;
  #offset = Date.now() - performance.now();

  /** @param readTime asks Redis for its time, in ms. */
  constructor(readTime: () => Promise<number>) {
    this.#readTime = readTime;
  }

  now(): number {
    return performance.now() + this.#offset;
  }

  /** Compares the clocks again and again; never rejects. A Redis that is away leaves things as they are. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
      const ok = await this.compare().then(
        () => true,
        () => false,
      );
      // oxlint-disable-next-line no-await-in-loop
      await delay(ok ? COMPARE_MS : 500, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @throws what `readTime` throws. */
  async compare(): Promise<void> {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < SAMPLES; i++) {
      const sentAt = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- side by side they would delay each other.
      const time = await this.#readTime();
      const roundTrip = performance.now() - sentAt;
      if (roundTrip >= best) continue;
      best = roundTrip;
      this.#offset = time - (sentAt + roundTrip / 2);
    }
  }
}
