import type { QueueStats, QueueTotals } from '@relay/broker';
import type { Queue } from '@relay/contract';
import type { JobStore } from '../store.ts';

type Rates = Queue['rates'];

interface Sample {
  readonly at: number;
  readonly totals: Readonly<Record<string, number>>;
}

const MINUTE_MS = 60_000;
/** A difference over less says nothing. */
const LEAST_MS = 900;
const MOST_QUEUES = 5_000;

/**
 * Rates of about the last minute, out of the totals: against what this gateway itself saw a minute
 * ago, else against the minutes that the background loops note.
 */
export class RateMeter {
  readonly #store: Pick<JobStore, 'series'>;
  readonly #now: () => number;
  /** Of each queue the sample that is at least a minute old, and the one that will be. */
  readonly #seen = new Map<string, { old: Sample | undefined; young: Sample }>();

  constructor(store: Pick<JobStore, 'series'>, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  async of({ queue, totals }: QueueStats): Promise<Rates> {
    const now = this.#now();
    const own = this.#note(queue, { at: now, totals: { ...totals } });
    const before = own ?? (await this.#noted(queue, now));
    if (before === undefined) return difference(totals, { ...totals }, 1);
    return difference(totals, before.totals, (now - before.at) / 1_000);
  }

  /** Remembers a sample; answers an earlier one, if there is one that is old enough. */
  #note(queue: string, sample: Sample): Sample | undefined {
    if (this.#seen.size >= MOST_QUEUES && !this.#seen.has(queue)) this.#seen.clear();
    const seen = this.#seen.get(queue);
    if (seen === undefined || sample.at - seen.young.at > 2 * MINUTE_MS) {
      this.#seen.set(queue, { old: undefined, young: sample });
      return undefined;
    }
    if (sample.at - seen.young.at >= MINUTE_MS) {
      this.#seen.set(queue, { old: seen.young, young: sample });
      return seen.young;
    }
    const before = seen.old ?? seen.young;
    return sample.at - before.at >= LEAST_MS ? before : undefined;
  }

  /** The totals at the end of the minute before the last one, as the loops noted them. */
  async #noted(queue: string, now: number): Promise<Sample | undefined> {
    const from = Math.floor(now / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
    // One of this minute, one of the last, and the one before them, however old.
    const minutes = await this.#store.series(queue, { last: 3 });
    const before = minutes.findLast(({ at }) => at < from);
    return before === undefined ? undefined : { at: from, totals: before.totals };
  }
}

function difference(
  now: QueueTotals,
  before: Readonly<Record<string, number>>,
  seconds: number,
): Rates {
  // Less than before: the queue was removed and made anew.
  const rate = (name: keyof QueueTotals) =>
    Math.round((Math.max(0, now[name] - (before[name] ?? 0)) / seconds) * 1_000) / 1_000;
  return {
    enqueuedPerSec: rate('enqueued'),
    startedPerSec: rate('claimed'),
    completedPerSec: rate('completed'),
    failedPerSec: rate('failed'),
    deadPerSec: rate('dead'),
  };
}
