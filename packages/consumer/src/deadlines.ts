/** Something that must be looked at when its time has come. */
export interface Due {
  /** Monotonic ms; `Infinity`: never. */
  readonly dueAt: number;
  onDue(now: number): void;
}

/** Node's longest timer. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * One timer for all time limits of a worker: job timeouts, lease deadlines, grace periods.
 *
 * It is set to the earliest due time it was told. When it fires, all things are looked at and it is
 * set again. A thing that ended meanwhile or was put off costs nothing: with a lease of 30 s, 60,000
 * jobs a second cause one look every 30 s.
 */
export class Deadlines {
  readonly #things: () => readonly Due[];
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #armedAt = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(things: () => readonly Due[], now: () => number) {
    this.#things = things;
    this.#now = now;
  }

  /** Makes sure that a look is taken at `at` (monotonic ms). */
  arm(at: number): void {
    if (at >= this.#armedAt || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#armedAt = at;
    // A timer may fire up to 1 ms early by the monotonic clock.
    const wait = Math.min(Math.max(Math.ceil(at - this.#now()) + 1, 1), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#look(), wait);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #look(): void {
    this.#armedAt = Number.POSITIVE_INFINITY;
    const now = this.#now();
    let next = Number.POSITIVE_INFINITY;
    for (const thing of this.#things()) {
      if (thing.dueAt <= now) thing.onDue(now);
      next = Math.min(next, thing.dueAt);
    }
    if (next !== Number.POSITIVE_INFINITY) this.arm(next);
  }
}
