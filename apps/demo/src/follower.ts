import type { JobSummary } from '@relay/contract';
import type { ListOptions, RelayApi } from './api.ts';
import { ENDS, type Entry, endOf, type Ledger } from './ledger.ts';
import { ITEM_HEADER, RUN_HEADER } from './plan.ts';

/** Jobs that are read at once, for their results. */
const LANES = 8;

export interface FollowerOptions {
  readonly api: Pick<RelayApi, 'list' | 'job'>;
  readonly ledger: Ledger;
  readonly queue: string;
  readonly run: string;
}

/** Finds out what became of the jobs, by reading the queue as any client could. */
export class Follower {
  readonly #options: FollowerOptions;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /**
   * Looks once at the jobs that have ended since the last time: the lists are newest first, so it
   * reads a page more only while the last one held something new.
   */
  async look(): Promise<void> {
    for (const state of ENDS) {
      let cursor: string | undefined;
      do {
        // oxlint-disable-next-line no-await-in-loop -- a page names the next one.
        const { found, next } = await this.#page({ state, cursor });
        // oxlint-disable-next-line no-await-in-loop
        await this.#settle(found);
        cursor = found.length > 0 ? next : undefined;
      } while (cursor !== undefined);
    }
  }

  /** The last look: asks for each job that is still open by its id, and gives the others up. */
  async giveUp(): Promise<void> {
    await inLanes(this.#options.ledger.open, async (entry) => {
      const job = await this.#options.api.job(this.#options.queue, entry.id);
      const end = job === undefined ? undefined : endOf(job.state);
      if (job !== undefined && end !== undefined) await this.#options.ledger.end(entry, end, job);
      else this.#options.ledger.lose(entry, job?.state ?? 'there is no such job');
    });
  }

  /** Reads all that the queue keeps of this run: a job that nobody asked for would be among it. */
  async audit(): Promise<void> {
    for (const state of [...ENDS, 'active', 'ready', 'scheduled'] as const) {
      let cursor: string | undefined;
      do {
        // oxlint-disable-next-line no-await-in-loop -- a page names the next one.
        const { next, ours } = await this.#page({ state, cursor });
        cursor = ours > 0 ? next : undefined;
      } while (cursor !== undefined);
    }
  }

  async #page(options: ListOptions) {
    const { api, queue, run, ledger } = this.#options;
    const { items, nextCursor } = await api.list(queue, options);
    const ours = items.filter((job) => job.headers[RUN_HEADER] === run);
    const found = ours.flatMap((job) => ledger.recognise(numberOf(job), job.id) ?? []);
    return { found, ours: ours.length, next: nextCursor ?? undefined };
  }

  async #settle(found: readonly Entry[]): Promise<void> {
    const { api, ledger, queue } = this.#options;
    await inLanes(found, async (entry) => {
      const job = await api.job(queue, entry.id);
      const end = job === undefined ? undefined : endOf(job.state);
      // Sent back by an operator, or removed: what it is in the end, the next looks will tell.
      if (job !== undefined && end !== undefined) await ledger.end(entry, end, job);
    });
  }
}

function numberOf(job: JobSummary): number {
  return Number(job.headers[ITEM_HEADER] ?? Number.NaN);
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lane = async (): Promise<void> => {
    // The lanes share the iterator: each takes what no other has taken.
    // oxlint-disable-next-line no-await-in-loop
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
