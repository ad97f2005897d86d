import { Queue, Worker } from 'groupmq';
import { Redis } from 'ioredis';
import type { Payload } from '../harness/payload.ts';
import type { AddOptions, Client, OpenOptions, PreparedWorker, WorkOptions } from './contender.ts';

/** Jobs of a group run one after the other, so a thousand jobs at once need as many groups. */
const GROUPS = 1_000;

/**
 * GroupMQ as its documentation has it for throughput: no ordering, nothing kept, many groups; and its batching of adds
 * wherever several are under way (it has no bulk call), which it warns may lose jobs in a crash.
 */
export async function openGroupMq({
  url,
  queue: namespace,
  delayed = false,
}: OpenOptions): Promise<Client> {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const settings = { redis, namespace, keepCompleted: 0, keepFailed: 0, maxAttempts: 5 };
  const single = new Queue<Payload>(settings);
  const batching = new Queue<Payload>({ ...settings, autoBatch: { size: 100, maxWaitMs: 1 } });
  let underWay = 0;
  const add = async (data: Payload, queue: Queue<Payload>, options: AddOptions = {}) => {
    const { dueAt, priority } = options;
    if (priority !== undefined) throw new Error('groupmq has no priorities');
    await queue.add({
      groupId: `g${data.n % GROUPS}`,
      data,
      ...(dueAt === undefined ? {} : { runAt: dueAt }),
    });
  };
  return {
    async add(data, options) {
      underWay++;
      // Batching makes an add that is alone wait for company.
      const queue = underWay > 1 && options?.dueAt === undefined ? batching : single;
      try {
        await add(data, queue, options);
      } finally {
        underWay--;
      }
    },
    async addBulk(jobs, options) {
      const queue = options?.dueAt === undefined ? batching : single;
      await Promise.all(jobs.map((job) => add(job, queue, options)));
    },
    worker: (work) => prepare({ url, settings, delayed }, work),
    async left() {
      const [active, waiting, later, failed] = await Promise.all([
        single.getActiveCount(),
        single.getWaitingCount(),
        single.getDelayedCount(),
        single.getFailedCount(),
      ]);
      return active + waiting + later + failed;
    },
    async close() {
      await batching.close();
      await single.close();
      redis.disconnect();
    },
  };
}

async function prepare(
  open: {
    readonly url: string;
    readonly settings: { readonly redis: Redis; readonly namespace: string };
    readonly delayed: boolean;
  },
  { concurrency, handle, perSecond }: WorkOptions,
): Promise<PreparedWorker> {
  if (perSecond !== undefined) throw new Error('groupmq has no rate limit');
  const redis = new Redis(open.url, { maxRetriesPerRequest: null });
  const queue = new Queue<Payload>({ ...open.settings, redis });
  const worker = new Worker<Payload>({
    queue,
    concurrency,
    backoff: () => 10,
    // What promotes delayed jobs.
    ...(open.delayed ? { schedulerIntervalMs: 50 } : {}),
    handler: async (job) => {
      await handle(job.data);
    },
  });
  // What fails is told by the counts after the run.
  worker.on('error', () => undefined);
  let running: Promise<void> | undefined;
  return {
    start() {
      running = worker.run();
    },
    async stop() {
      await worker.close();
      await running;
      await queue.close();
      redis.disconnect();
    },
  };
}
