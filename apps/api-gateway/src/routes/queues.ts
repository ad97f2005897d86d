import type { ActionStep, QueueStats } from '@relay/broker';
import { LIMITS } from '@relay/contract';
import type { Handlers } from '../http/endpoint.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { RateMeter } from '../queues/rates.ts';
import { readSeries } from '../queues/series.ts';
import type { JobStore } from '../store.ts';
import { toConfig, toQueue, toStats } from '../views.ts';
import { nameCursor } from './name-cursor.ts';
import { visiblePage } from './visible-page.ts';

const CURSOR = nameCursor('queue');

type QueueHandlers = Pick<
  Handlers,
  | 'listQueues'
  | 'getQueue'
  | 'changeQueue'
  | 'deleteQueue'
  | 'getQueueStats'
  | 'getSeries'
  | 'pauseQueue'
  | 'resumeQueue'
>;

/** Routes about queues. */
export function queueHandlers(store: JobStore, rates: RateMeter): QueueHandlers {
  const existing = async (queue: string): Promise<QueueStats> => {
    const stats = await store.stats(queue);
    if (stats === null) throw new HttpProblem('not-found', `There is no queue "${queue}"`);
    return stats;
  };
  const show = async (stats: QueueStats) => toQueue(stats, await rates.of(stats));
  const row = async (stats: QueueStats) => {
    const [shown, settings] = await Promise.all([show(stats), store.settings(stats.queue)]);
    const { rateLimit, concurrency, maxReady } = toConfig(settings);
    return { ...shown, limits: { rateLimit, concurrency, maxReady } };
  };
  const detail = async (queue: string) => {
    const [stats, settings] = await Promise.all([existing(queue), store.settings(queue)]);
    return { ...(await show(stats)), config: toConfig(settings) };
  };
  return {
    async listQueues({
      query: { search = '', cursor, limit = LIMITS.defaultPageSize },
      principal,
    }) {
      const list = {
        read: (after: string, count: number) =>
          store.queues({ search, cursor: after, limit: count }),
        nameOf: (name: string) => name,
        sees: (name: string) => principal.covers(name),
      };
      const after = cursor === undefined ? '' : CURSOR.read(cursor);
      const { items, last } = await visiblePage(list, after, limit);
      const stats = await Promise.all(items.map((name) => store.stats(name)));
      return {
        status: 200,
        body: {
          items: await Promise.all(stats.filter((one) => one !== null).map(row)),
          nextCursor: last === null ? null : CURSOR.write(last),
        },
      };
    },

    async getQueue({ params: { queue } }) {
      return { status: 200, body: await detail(queue) };
    },

    async changeQueue({ params: { queue }, body }) {
      // A form that is still open must not make a queue anew that has been removed.
      if (body.ifRevision !== undefined) await existing(queue);
      await store.configure(queue, body);
      return { status: 200, body: await detail(queue) };
    },

    async deleteQueue({ params: { queue }, query: { force = false } }) {
      const { counts } = await existing(queue);
      if (force && counts.active === 0) await empty(store, queue);
      await store.forget(queue);
      return { status: 204, body: undefined };
    },

    async getQueueStats({ params: { queue } }) {
      const stats = await existing(queue);
      return { status: 200, body: toStats(stats, await rates.of(stats)) };
    },

    async getSeries({ params: { queue }, query }) {
      await existing(queue);
      return { status: 200, body: await readSeries(store, queue, query) };
    },

    async pauseQueue({ params: { queue } }) {
      await existing(queue);
      await store.pause(queue);
      return { status: 200, body: await show(await existing(queue)) };
    },

    async resumeQueue({ params: { queue } }) {
      await existing(queue);
      await store.resume(queue);
      return { status: 200, body: await show(await existing(queue)) };
    },
  };
}

const REMOVABLE = ['ready', 'scheduled', 'completed', 'cancelled', 'dead'] as const;
/** A queue that is still being filled is not emptied for ever: what comes then makes `forget` answer 409. */
const MOST_STEPS = 2_000;

/** Removes what the queue holds, in steps that each block the store only shortly. */
async function empty(store: JobStore, queue: string): Promise<void> {
  for (const state of REMOVABLE) {
    let cursor: string | null = null;
    for (let step = 0; step < MOST_STEPS; step++) {
      // oxlint-disable-next-line no-await-in-loop -- each step needs the cursor of the last.
      const { nextCursor }: ActionStep = await store.actMatching(queue, 'delete', {
        state,
        filter: {},
        ...(cursor === null ? {} : { cursor }),
      });
      cursor = nextCursor;
      if (cursor === null) break;
    }
  }
}
