import { Broker, type EnqueueRequest } from '@relay/broker';
import { Worker } from '@relay/consumer';
import { Metrics } from '@relay/service-kit';
import { Cluster } from 'ioredis';
import type { Payload } from '../harness/payload.ts';
import type { AddOptions, Client, OpenOptions, PreparedWorker, WorkOptions } from './contender.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/** Relay as its service runs it, with metrics. `kept`: completed jobs stay as by default, else they go at once. */
export async function openRelay(
  options: OpenOptions & { readonly kept: boolean },
): Promise<Client> {
  const { url, queue, nodes, kept, delayed } = options;
  const source = nodes === undefined ? url : new Cluster([...nodes], { lazyConnect: true });
  const broker = new Broker({ redis: source });
  if (!kept) await broker.configure(queue, { retention: { completed: { maxCount: 0 } } });
  if (delayed) {
    const backoff = { type: 'fixed', baseMs: 10, jitter: 'none' } as const;
    await broker.configure(queue, { defaults: { backoff } });
  }
  return {
    async add(job, add) {
      await broker.enqueue(queue, requestOf(job, add));
    },
    async addBulk(jobs, add) {
      const outcomes = await broker.enqueueMany(
        queue,
        jobs.map((job) => requestOf(job, add)),
      );
      for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
    },
    worker: (work) => prepare(broker, queue, work),
    async left() {
      const stats = await broker.stats(queue);
      return stats === null
        ? 0
        : stats.counts.ready + stats.counts.active + stats.counts.scheduled + stats.counts.dead;
    },
    close: () => broker.close(),
  };
}

function requestOf(job: Payload, { priority, dueAt }: AddOptions = {}): EnqueueRequest {
  return {
    payload: JSON.stringify(job),
    ...(priority === undefined ? {} : { priority }),
    ...(dueAt === undefined ? {} : { runAt: dueAt }),
  };
}

async function prepare(broker: Broker, queue: string, work: WorkOptions): Promise<PreparedWorker> {
  const { concurrency, handle, perSecond } = work;
  if (perSecond !== undefined)
    await broker.configure(queue, { rateLimit: { rate: perSecond, perMs: 1_000 } });
  const worker = new Worker({
    broker,
    queues: [queue],
    concurrency,
    logger: silent,
    handlers: (job: { readonly payload: Payload }) => handle(job.payload),
  });
  measure(worker, queue);
  // The first call opens the connection.
  await broker.stats(queue);
  return { start: () => worker.start(), stop: () => worker.stop({ drainMs: 5_000 }) };
}

/** What the worker service counts and observes for each job. */
function measure(worker: Worker, queue: string): void {
  const metrics = new Metrics({ component: 'worker', version: '0', processMetrics: false });
  const named = { help: 'As in the worker service.', labels: ['queue'] as const };
  const claimed = metrics.counter({ ...named, name: 'relay_jobs_claimed_total' });
  const wait = metrics.histogram({ ...named, name: 'relay_job_wait_seconds' });
  const labels = ['queue', 'outcome'] as const;
  const attempts = metrics.counter({ ...named, labels, name: 'relay_job_attempts_total' });
  const run = metrics.histogram({ ...named, labels, name: 'relay_job_run_seconds' });
  worker.on('claimed', ({ count, waitMs }) => {
    claimed.inc({ queue }, count);
    for (const ms of waitMs) wait.observe({ queue }, ms / 1_000);
  });
  worker.on('settled', ({ outcome, runMs }) => {
    attempts.inc({ queue, outcome });
    run.observe({ queue, outcome }, runMs / 1_000);
  });
}
