import type { QueueStats } from '@relay/broker';
import type { Handlers } from '../http/endpoint.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { JobStore } from '../store.ts';
import { toQueue, toStats } from '../views.ts';

type QueueHandlers = Pick<
  Handlers,
  'listQueues' | 'getQueue' | 'getQueueStats' | 'pauseQueue' | 'resumeQueue'
>;

/** Routes about queues. */
export function queueHandlers(store: JobStore): QueueHandlers {
  const existing = async (queue: string): Promise<QueueStats> => {
    const stats = await store.stats(queue);
    if (stats === null) throw new HttpProblem('not-found', `There is no queue "${queue}"`);
    return stats;
  };
  return {
    async listQueues({ query, principal }) {
      const { items, nextCursor } = await store.queues(query);
      // Those that the key doesn't cover are left out; a page may be short, the cursor still leads on.
      const names = items.filter((name) => principal.covers(name));
      const stats = await Promise.all(names.map((name) => store.stats(name)));
      return {
        status: 200,
        body: { items: stats.filter((one) => one !== null).map(toQueue), nextCursor },
      };
    },

    async getQueue({ params: { queue } }) {
      return { status: 200, body: toQueue(await existing(queue)) };
    },

    async getQueueStats({ params: { queue } }) {
      return { status: 200, body: toStats(await existing(queue)) };
    },

    async pauseQueue({ params: { queue } }) {
      await existing(queue);
      await store.pause(queue);
      return { status: 200, body: toQueue(await existing(queue)) };
    },

    async resumeQueue({ params: { queue } }) {
      await existing(queue);
      await store.resume(queue);
      return { status: 200, body: toQueue(await existing(queue)) };
    },
  };
}
