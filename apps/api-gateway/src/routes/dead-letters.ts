import type { Handlers } from '../http/endpoint.ts';
import type { JobStore } from '../store.ts';
import { toSummary } from '../views.ts';
import { rawText } from './enqueue-request.ts';

type DeadLetterHandlers = Pick<Handlers, 'listDeadLetters' | 'requeueDeadLetter'>;

/** Routes about the jobs that will not run again by themselves. */
export function deadLetterHandlers(store: JobStore): DeadLetterHandlers {
  return {
    async listDeadLetters({ params: { queue }, query }) {
      const page = await store.list(queue, 'dead', { ...query, order: 'desc' });
      return {
        status: 200,
        body: { items: page.items.map(toSummary), nextCursor: page.nextCursor },
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
