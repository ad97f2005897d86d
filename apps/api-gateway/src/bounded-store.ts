import { StoreUnavailableError } from '@relay/broker';
import type { JobStore } from './store.ts';

/**
 * The same store, but no call keeps its caller waiting for more than `limitMs`. The broker's own
 * deadline is about its tries, and the last of them may take as long as a dead connection takes to
 * show; a client of ours is told within 2 s. The call itself is not taken back: as with every lost
 * answer its outcome is unknown, and an idempotency key makes it safe to repeat.
 */
export function boundedStore(store: JobStore, limitMs: number): JobStore {
  const bound = async <T>(what: string, call: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new StoreUnavailableError(`${what}: no answer within ${limitMs} ms`)),
        limitMs,
      );
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    enqueue: (...args) => bound('enqueue', store.enqueue(...args)),
    enqueueMany: (...args) => bound('enqueueMany', store.enqueueMany(...args)),
    job: (...args) => bound('job', store.job(...args)),
    list: (...args) => bound('list', store.list(...args)),
    queues: (...args) => bound('queues', store.queues(...args)),
    stats: (...args) => bound('stats', store.stats(...args)),
    pause: (...args) => bound('pause', store.pause(...args)),
    resume: (...args) => bound('resume', store.resume(...args)),
    requeue: (...args) => bound('requeue', store.requeue(...args)),
  };
}
