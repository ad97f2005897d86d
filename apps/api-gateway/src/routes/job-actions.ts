import type { Job } from '@relay/broker';
import type { Handlers } from '../http/endpoint.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { allQueues } from '../queues/all-queues.ts';
import type { JobStore } from '../store.ts';
import { stored, time, toError, toJob } from '../views.ts';

type JobActionHandlers = Pick<
  Handlers,
  | 'getResult'
  | 'cancelJob'
  | 'retryJob'
  | 'promoteJob'
  | 'changeJob'
  | 'deleteJob'
  | 'findJob'
  | 'getIdempotencyKey'
>;

/** Queues that are asked at once for a job of which only the id is known. */
const ASKED_AT_ONCE = 100;

/**
 * Routes that act upon one job, wait for it or look for it.
 *
 * @param draining Aborted when the gateway stops: who waits is then answered at once.
 */
export function jobActionHandlers(store: JobStore, draining: AbortSignal): JobActionHandlers {
  const existing = async (queue: string, id: string): Promise<Job> => {
    const job = await store.job(queue, id);
    if (job === null) throw new HttpProblem('not-found', `Queue "${queue}" has no job ${id}`);
    return job;
  };
  return {
    async getResult({ params: { queue, id }, query: { waitMs = 0 }, gone }) {
      const first = await existing(queue, id);
      if (waitMs === 0 || !isPending(first.state)) return resultOf(first);
      await waitForEnd(store, first, { waitMs, signal: AbortSignal.any([gone(), draining]) });
      return resultOf(await existing(queue, id));
    },

    async cancelJob({ params: { queue, id }, body }) {
      const state = await store.cancel(queue, id, body);
      return { status: state === 'active' ? 202 : 200, body: { id, queue, state } };
    },

    async retryJob({ params: { queue, id } }) {
      await store.requeue(queue, id);
      return { status: 200, body: { id, queue, state: 'ready' } };
    },

    async promoteJob({ params: { queue, id } }) {
      await store.promoteNow(queue, id);
      return { status: 200, body: { id, queue, state: 'ready' } };
    },

    async changeJob({ params: { queue, id }, body: { priority, runAt } }) {
      const state = await store.change(queue, id, {
        ...(priority === undefined ? {} : { priority }),
        ...(runAt === undefined ? {} : { runAt: Date.parse(runAt) }),
      });
      return { status: 200, body: { id, queue, state } };
    },

    async deleteJob({ params: { queue, id } }) {
      await store.delete(queue, id);
      return { status: 204, body: undefined };
    },

    async findJob({ params: { id }, principal }) {
      const { names } = await allQueues(store);
      const own = names.filter((name) => principal.covers(name));
      for (let at = 0; at < own.length; at += ASKED_AT_ONCE) {
        const some = own.slice(at, at + ASKED_AT_ONCE);
        // oxlint-disable-next-line no-await-in-loop -- thousands at once would hold up everybody else.
        const found = await Promise.all(some.map((queue) => store.job(queue, id)));
        const job = found.find((one) => one !== null);
        if (job) return { status: 200, body: toJob(job) };
      }
      throw new HttpProblem('not-found', `No queue of this key has a job ${id}`);
    },

    async getIdempotencyKey({ params: { queue, key } }) {
      const entry = await store.idempotencyEntry(queue, key);
      if (entry === null) throw new HttpProblem('not-found', 'The key is unknown or forgotten');
      return { status: 200, body: { id: entry.id, expiresAt: time(entry.expiresAt) } };
    },
  };
}

function isPending(state: Job['state']): state is 'scheduled' | 'ready' | 'active' {
  return state === 'scheduled' || state === 'ready' || state === 'active';
}

function resultOf(job: Job) {
  const { state, result, error } = job;
  if (isPending(state)) return { status: 202, body: { state } } as const;
  return {
    status: 200,
    body: {
      state,
      ...(result === null ? {} : { result: stored(result) }),
      ...(error === null ? {} : { error: toError(error) }),
    },
  } as const;
}

/** Also over when the time is, even if the store went away while the wait began. */
async function waitForEnd(
  store: JobStore,
  { queue, id }: Job,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<void> {
  let finish = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const timer = setTimeout(finish, waitMs);
  signal.addEventListener('abort', finish, { once: true });
  try {
    if (signal.aborted) return;
    await Promise.race([store.waitForEnd(queue, id, waitMs, { signal }), over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', finish);
  }
}
