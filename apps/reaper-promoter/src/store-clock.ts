/** Redis's clock, in ms since the epoch. */
export interface Clock {
  now(): number;
}

/** One answer of Redis to the question what time it is. */
export interface TimeSample {
  /** What Redis said, ms since the epoch. */
  readonly time: number;
  /** When it was asked and when the answer came, by the monotonic clock of this process, ms. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** An answer may have been slow on one way: of so many the fastest counts. */
const WINDOW = 8;
/** A difference beyond what the round trip explains, ms, is a jump of Redis's clock. */
const JUMP_MS = 50;

/**
 * Redis's clock as this process reckons it: its own monotonic clock and an offset. Due times are
 * times of Redis; the wall clock of this machine may be an hour off without any effect.
 */
export class StoreClock implements Clock {
  readonly #monotonic: () => number;
  #samples: { readonly roundTrip: number; readonly offset: number }[] = [];
  #offset: number;

  /** @param monotonic Defaults to `performance.now`. */
  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
    // Until the first answer this machine's own clock has to do.
    this.#offset = Date.now() - monotonic();
  }

  now(): number {
    return this.#monotonic() + this.#offset;
  }

  observe({ time, askedAt, answeredAt }: TimeSample): void {
    const roundTrip = answeredAt - askedAt;
    // Redis tells whole milliseconds, cut off: on average half of one is missing.
    const offset = time + 0.5 - (askedAt + roundTrip / 2);
    if (Math.abs(offset - this.#offset) > roundTrip + JUMP_MS) this.#samples = [];
    this.#samples = [...this.#samples.slice(1 - WINDOW), { roundTrip, offset }];
    const fastest = this.#samples.reduce((a, b) => (b.roundTrip < a.roundTrip ? b : a));
    this.#offset = fastest.offset;
  }
}
