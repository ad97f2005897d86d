import { type JobsOptions, Queue, Worker } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import type { Payload } from '../harness/payload.ts';
import type { AddOptions, Client, OpenOptions, PreparedWorker, WorkOptions } from './contender.ts';

/**
 * BullMQ as its guide has it for throughput: one worker with concurrency, completed and failed jobs removed at once, no
 * QueueEvents, no metrics. Its event stream cannot be switched off.
 */
export async function openBullMq({
  url,
  queue: name,
  nodes,
  delayed = false,
}: OpenOptions): Promise<Client> {
  const connect = () =>
    nodes === undefined
      ? new Redis(url, { maxRetriesPerRequest: null })
      : new Cluster([...nodes], { redisOptions: { maxRetriesPerRequest: null } });
  // On a cluster all keys of a queue need one hash tag.
  const prefix = nodes === undefined ? 'bull' : `{${name}}`;
  const attempts: JobsOptions = delayed
    ? { attempts: 5, backoff: { type: 'fixed', delay: 10 } }
    : {};
  const defaultJobOptions = { removeOnComplete: true, removeOnFail: true, ...attempts };
  const connection = connect();
  const queue = new Queue(name, { connection, prefix, defaultJobOptions });
  await queue.waitUntilReady();
  return {
    async add(job, add) {
      await queue.add('default', job, optionsOf(add));
    },
    async addBulk(jobs, add) {
      await queue.addBulk(jobs.map((data) => ({ name: 'default', data, opts: optionsOf(add) })));
    },
    worker: (work) => prepare(name, prefix, connect, work),
    async left() {
      const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized', 'failed');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}

function optionsOf({ priority, dueAt }: AddOptions = {}): JobsOptions {
  return {
    // 1 is its highest.
    ...(priority === undefined ? {} : { priority: 10 - priority }),
    ...(dueAt === undefined ? {} : { delay: Math.max(0, dueAt - Date.now()) }),
  };
}

async function prepare(
  name: string,
  prefix: string,
  connect: () => Redis | Cluster,
  { concurrency, handle, perSecond }: WorkOptions,
): Promise<PreparedWorker> {
  const connection = connect();
  const worker = new Worker<Payload>(
    name,
    async (job) => {
      await handle(job.data);
    },
    {
      connection,
      prefix,
      concurrency,
      autorun: false,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      ...(perSecond === undefined ? {} : { limiter: { max: perSecond, duration: 1_000 } }),
    },
  );
  await worker.waitUntilReady();
  let running: Promise<void> | undefined;
  return {
    start() {
      running = worker.run();
    },
    async stop() {
      await worker.close();
      await running;
      connection.disconnect();
    },
  };
}
