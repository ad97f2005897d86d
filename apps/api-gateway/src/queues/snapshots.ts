import type { QueueStats } from '@relay/broker';
import type { Queue } from '@relay/contract';
import type { JobStore } from '../store.ts';
import { toQueue } from '../views.ts';
import { allQueues } from './all-queues.ts';
import type { RateMeter } from './rates.ts';

/** All queues at one time. */
export interface Snapshot {
  /** By this process's clock, ms. */
  readonly at: number;
  /** By name. */
  readonly queues: readonly Queue[];
  readonly stats: readonly QueueStats[];
  /** There are more queues than were read. */
  readonly partial: boolean;
}

export interface SnapshotsOptions {
  readonly store: Pick<JobStore, 'queues' | 'stats'>;
  readonly rates: RateMeter;
  /** Readers within so many ms share one reading. Defaults to 900. */
  readonly cacheMs?: number;
}

/** The first ones by name are read. */
const MOST_QUEUES = 1_000;

/** The state of all queues, read at most about once a second however many ask. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  #last: Snapshot | undefined;
  #reading: Promise<Snapshot> | undefined;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  async read(): Promise<Snapshot> {
    const { cacheMs = 900 } = this.#options;
    if (this.#last !== undefined && Date.now() - this.#last.at < cacheMs) return this.#last;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return await this.#reading;
  }

  async #read(): Promise<Snapshot> {
    const { store, rates } = this.#options;
    const { names, partial } = await allQueues(store, MOST_QUEUES);
    const read = await Promise.all(names.map((name) => store.stats(name)));
    const stats = atOneTime(read.filter((one) => one !== null));
    const queues = await Promise.all(stats.map(async (one) => toQueue(one, await rates.of(one))));
    this.#last = { at: Date.now(), queues, stats, partial };
    return this.#last;
  }
}

/**
 * Each queue is read at a moment of its own, some milliseconds apart. Their ages are told as of the last one: else two
 * queues whose jobs came at nearly the same time would change places in each list that is sorted by age.
 */
function atOneTime(stats: readonly QueueStats[]): QueueStats[] {
  const latest = stats.reduce((all, { at }) => Math.max(all, at), 0);
  return stats.map((one) =>
    one.oldestReadyMs === null
      ? one
      : { ...one, at: latest, oldestReadyMs: one.oldestReadyMs + latest - one.at },
  );
}
