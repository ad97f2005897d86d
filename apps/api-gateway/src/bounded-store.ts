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
      const giveUp = (): void =>
        reject(new StoreUnavailableError(`${what}: no answer within ${limitMs} ms`));
      // A process that was held up first reads what has come meanwhile: timers run before sockets are read.
      timer = setTimeout(() => setImmediate(giveUp), limitMs);
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    act: (...args) => bound('act', store.act(...args)),
    actMatching: (...args) => bound('actMatching', store.actMatching(...args)),
    beat: (...args) => bound('beat', store.beat(...args)),
    cancel: (...args) => bound('cancel', store.cancel(...args)),
    change: (...args) => bound('change', store.change(...args)),
    // Its caller bounds it: jobs that come late must be given back.
    claim: (...args) => store.claim(...args),
    configure: (...args) => bound('configure', store.configure(...args)),
    delete: (...args) => bound('delete', store.delete(...args)),
    enqueue: (...args) => bound('enqueue', store.enqueue(...args)),
    enqueueMany: (...args) => bound('enqueueMany', store.enqueueMany(...args)),
    extend: (...args) => bound('extend', store.extend(...args)),
    forget: (...args) => bound('forget', store.forget(...args)),
    idempotencyEntry: (...args) => bound('idempotencyEntry', store.idempotencyEntry(...args)),
    job: (...args) => bound('job', store.job(...args)),
    list: (...args) => bound('list', store.list(...args)),
    members: (...args) => bound('members', store.members(...args)),
    note: (...args) => bound('note', store.note(...args)),
    noted: (...args) => bound('noted', store.noted(...args)),
    nudge: (...args) => bound('nudge', store.nudge(...args)),
    pause: (...args) => bound('pause', store.pause(...args)),
    promoteNow: (...args) => bound('promoteNow', store.promoteNow(...args)),
    queues: (...args) => bound('queues', store.queues(...args)),
    recall: (...args) => bound('recall', store.recall(...args)),
    requeue: (...args) => bound('requeue', store.requeue(...args)),
    resume: (...args) => bound('resume', store.resume(...args)),
    series: (...args) => bound('series', store.series(...args)),
    server: (...args) => bound('server', store.server(...args)),
    setQuiet: (...args) => bound('setQuiet', store.setQuiet(...args)),
    settings: (...args) => bound('settings', store.settings(...args)),
    settle: (...args) => bound('settle', store.settle(...args)),
    stats: (...args) => bound('stats', store.stats(...args)),
    // It waits on purpose; its own look at the job is within the broker's deadline.
    waitForEnd: (...args) => store.waitForEnd(...args),
  };
}
