import { LIMITS } from '@relay/contract';
import { groupOf, groupsOf } from '../dead-letters/groups.ts';
import type { Handlers } from '../http/endpoint.ts';
import { allQueues } from '../queues/all-queues.ts';
import type { JobStore } from '../store.ts';
import { toSummary } from '../views.ts';
import { rawText } from './enqueue-request.ts';

type DeadLetterHandlers = Pick<
  Handlers,
  'listDeadLetters' | 'groupDeadLetters' | 'requeueDeadLetter'
>;

/** Each of them may cost five pages; the ones with most dead letters are read. */
const MOST_QUEUES = 20;
const MOST_GROUPS = 200;

/** Routes about the jobs that will not run again by themselves. */
export function deadLetterHandlers(store: JobStore): DeadLetterHandlers {
  return {
    async listDeadLetters({ params: { queue }, query: { group, ...options } }) {
      const page = await store.list(queue, 'dead', { ...options, order: 'desc' });
      // A group is not what the store can choose by: a page may be short, its cursor leads on.
      const items = page.items.filter((job) => group === undefined || groupOf(job).group === group);
      return { status: 200, body: { items: items.map(toSummary), nextCursor: page.nextCursor } };
    },

    async groupDeadLetters({ query: { queue }, principal }) {
      const names = queue === undefined ? (await allQueues(store)).names : [queue];
      const stats = await Promise.all(
        names.filter((name) => principal.covers(name)).map((name) => store.stats(name)),
      );
      const withDead = stats
        .filter((one) => one !== null && one.counts.dead > 0)
        .toSorted((a, b) => (b?.counts.dead ?? 0) - (a?.counts.dead ?? 0))
        .flatMap((one) => (one === null ? [] : [one.queue]));
      const found = await Promise.all(
        withDead.slice(0, MOST_QUEUES).map((name) => groupsOf(store, name)),
      );
      const groups = found.flatMap((one) => one.groups).toSorted((a, b) => b.count - a.count);
      return {
        status: 200,
        body: {
          items: groups.slice(0, MOST_GROUPS),
          newestPerQueue: LIMITS.groupedDeadLetters,
          partial:
            found.some(({ partial }) => partial) ||
            withDead.length > MOST_QUEUES ||
            groups.length > MOST_GROUPS,
        },
      };
    },

    async requeueDeadLetter({ params: { queue, id }, body }) {
      await store.requeue(
        queue,
        id,
        body.payload === undefined ? {} : { payload: rawText(body.payload) },
      );
      return { status: 200, body: { id, queue, state: 'ready' } };
    },
  };
}
