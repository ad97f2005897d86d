import { CronTimes } from './cron.ts';
import type { ScheduleTiming } from './types.ts';

/** The ticks of a schedule. They depend on nothing but its definition: everyone finds the same ones. */
export class Ticks {
  readonly #after: (time: number) => number | null;
  readonly #newest: (from: number, until: number, max: number) => number[];
  readonly #from: number;
  readonly #to: number;

  /** @throws TimingError */
  constructor(spec: ScheduleTiming) {
    const { cron, timezone = 'UTC', everyMs = 0, offsetMs = 0 } = spec;
    this.#from = spec.startAt ?? Number.NEGATIVE_INFINITY;
    this.#to = spec.endAt ?? Number.POSITIVE_INFINITY;
    if (cron === undefined) {
      const floor = (time: number) => Math.floor((time - offsetMs) / everyMs) * everyMs + offsetMs;
      this.#after = (time) => floor(time) + everyMs;
      this.#newest = (_from, until, max) =>
        Array.from({ length: max }, (_, i) => floor(until) - (max - 1 - i) * everyMs);
    } else {
      const times = new CronTimes(cron, timezone);
      this.#after = (time) => times.after(time);
      this.#newest = (from, until, max) => times.newest(from, until, max);
    }
  }

  /** The first tick after `time`; null: none will come. */
  after(time: number): number | null {
    const tick = this.#after(Math.max(time, this.#from - 1));
    return tick === null || tick > this.#to ? null : tick;
  }

  /** At most `max` ticks from `from` to `until`, both included: the newest, oldest first. */
  newest(from: number, until: number, max: number): number[] {
    const [low, high] = [Math.max(from, this.#from), Math.min(until, this.#to)];
    const ticks = this.#newest(low, high, max).filter((tick) => tick >= low && tick <= high);
    return ticks.slice(-max);
  }

  /** The next `count` ticks after `time`. */
  next(time: number, count: number): number[] {
    const ticks: number[] = [];
    let tick = this.after(time);
    while (tick !== null && ticks.length < count) {
      ticks.push(tick);
      tick = this.after(tick);
    }
    return ticks;
  }
}
