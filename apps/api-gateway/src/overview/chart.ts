import type { MinuteTotals } from '@relay/broker';
import type { Overview } from '@relay/contract';
import { gained, gainedBuckets, percentile } from '../queues/series.ts';
import type { JobStore } from '../store.ts';
import { time } from '../views.ts';

const MINUTE_MS = 60_000;
const POINTS = 60;
/** Queues whose minutes are read at once. */
const AT_ONCE = 50;
const FRESH_MS = 15_000;

type Points = Overview['chart']['points'];

interface Minute {
  readonly at: number;
  readonly enqueued: number;
  readonly completed: number;
  readonly failed: number;
  readonly wait: readonly number[];
}

/** What one queue did in each of the last minutes in which it did anything. */
interface Kept {
  readonly minutes: Minute[];
  /** The totals of the last one that is over. */
  before: MinuteTotals | undefined;
}

/**
 * The last 60 minutes of all queues together. Of each queue only the minutes are read that are new:
 * 500 queues have 30,000 in an hour.
 */
export class Chart {
  readonly #store: Pick<JobStore, 'series'>;
  readonly #kept = new Map<string, Kept>();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(store: Pick<JobStore, 'series'>) {
    this.#store = store;
  }

  /** @param queues those to show; @param all those that exist. */
  async points(queues: readonly string[], all: readonly string[]): Promise<Points> {
    if (performance.now() - this.#readAt > FRESH_MS) {
      this.#reading ??= this.#refresh(all).finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    return this.#sum(queues);
  }

  async #refresh(all: readonly string[]): Promise<void> {
    const known = new Set(all);
    for (const queue of this.#kept.keys()) if (!known.has(queue)) this.#kept.delete(queue);
    for (let at = 0; at < all.length; at += AT_ONCE) {
      // oxlint-disable-next-line no-await-in-loop -- all at once would hold up everybody else.
      await Promise.all(all.slice(at, at + AT_ONCE).map((queue) => this.#read(queue)));
    }
    this.#readAt = performance.now();
  }

  async #read(queue: string): Promise<void> {
    const oldest = Math.floor(Date.now() / MINUTE_MS - POINTS) * MINUTE_MS;
    const kept: Kept = this.#kept.get(queue) ?? { minutes: [], before: undefined };
    this.#kept.set(queue, kept);
    const last = kept.minutes.at(-1)?.at ?? oldest;
    const found = await this.#store.series(queue, { from: last });
    // The last minute may have grown since.
    while ((kept.minutes.at(-1)?.at ?? 0) >= last) kept.minutes.pop();
    kept.before ??= (await this.#store.series(queue, { to: last - 1, last: 1 }))[0];
    let before = kept.before;
    for (const minute of found) {
      // What came before the first minute that is known cannot be told from what came in it.
      if (before !== undefined) kept.minutes.push(digest(minute, before));
      before = minute;
    }
    kept.before = found.at(-2) ?? kept.before ?? found.at(-1);
    while ((kept.minutes[0]?.at ?? oldest) < oldest) kept.minutes.shift();
  }

  #sum(queues: readonly string[]): Points {
    const now = Math.floor(Date.now() / MINUTE_MS);
    const minutesOfAll = queues.flatMap((queue) => this.#kept.get(queue)?.minutes ?? []);
    const byMinute = new Map<number, Minute[]>();
    for (const minute of minutesOfAll)
      byMinute.set(minute.at, [...(byMinute.get(minute.at) ?? []), minute]);
    return Array.from({ length: POINTS }, (_, n) => {
      const at = (now - POINTS + 1 + n) * MINUTE_MS;
      const minutes = byMinute.get(at) ?? [];
      const sum = (of: (minute: Minute) => number) => minutes.reduce((all, m) => all + of(m), 0);
      const wait = Array.from({ length: 28 }, (__, e) => sum((minute) => minute.wait[e] ?? 0));
      return {
        at: time(at),
        enqueued: sum(({ enqueued }) => enqueued),
        completed: sum(({ completed }) => completed),
        failed: sum(({ failed }) => failed),
        waitMsP50: percentile(wait, 0.5),
        waitMsP95: percentile(wait, 0.95),
      };
    });
  }
}

function digest(minute: MinuteTotals, before: MinuteTotals): Minute {
  return {
    at: minute.at,
    enqueued: gained('enqueued', minute, before),
    completed: gained('completed', minute, before),
    failed: gained('failed', minute, before),
    wait: gainedBuckets('wait', minute, before),
  };
}
