import { setTimeout as delay } from 'node:timers/promises';
import { Broker } from '@relay/broker';
import { startRedisServer, until } from '@relay/testkit';
import { Worker as BullWorker, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Benchmark, Target } from './benchmark.ts';
import { percentile, startReaperPromoter } from './reaper-promoter.ts';

const SPREAD_MS = 10_000;
/** Until the first job is due: all are enqueued by then, and the worker is idle. */
const LEAD_MS = 5_000;

interface Run {
  readonly url: string;
  readonly queues: readonly string[];
  readonly jobs: number;
}

/** Enqueues jobs that become due evenly over {@link SPREAD_MS}, and gives how late each of them started, ms. */
type Contender = (run: Run) => Promise<number[]>;

/** When job `n` is due, after the first one. */
const offset = (n: number, jobs: number): number => Math.floor((n * SPREAD_MS) / jobs);

const relay: Contender = async ({ url, queues, jobs }) => {
  await using reaper = await startReaperPromoter(url);
  await using broker = new Broker({ redis: url });
  await using listener = broker.wakeListener();
  const late: number[] = [];
  const stop = new AbortController();
  const take = async (queue: string): Promise<void> => {
    const { leases } = await broker.claim(queue, { workerId: 'bench', max: 10 });
    const now = Date.now();
    for (const { payload } of leases) late.push(now - Number(payload));
    const done = leases.map(({ id, token }) => ({ id, token, outcome: 'complete' as const }));
    await broker.settle(queue, done);
  };
  const taking = new Set<Promise<void>>();
  const work = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- a worker's loop: it waits on while what it took is done.
      const queue = await listener.wait(queues, 5_000, stop.signal);
      if (queue === null) continue;
      const taken = take(queue).finally(() => taking.delete(taken));
      taking.add(taken);
    }
    await Promise.all(taking);
  };
  const first = Date.now() + LEAD_MS;
  const due = Array.from({ length: jobs }, (_, n) => first + offset(n, jobs));
  await Promise.all(
    due.map((runAt, n) =>
      broker.enqueue(queues[n % queues.length] ?? '', { payload: String(runAt), runAt }),
    ),
  );
  const working = work();
  await until(() => late.length === jobs, { what: 'all jobs', deadlineMs: 60_000, everyMs: 100 });
  stop.abort();
  await working;
  reaper.kill('SIGTERM');
  return late;
};

const bullmq: Contender = async ({ url, queues, jobs }) => {
  const late: number[] = [];
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const workers = queues.map(
    (name) =>
      new BullWorker(
        name,
        async (job) => {
          late.push(Date.now() - (job.timestamp + (job.opts.delay ?? 0)));
        },
        { connection: { url, maxRetriesPerRequest: null }, concurrency: 10 },
      ),
  );
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  const byName = new Map(queues.map((name) => [name, new Queue(name, { connection })]));
  const first = Date.now() + LEAD_MS;
  await Promise.all(
    Array.from({ length: jobs }, async (_, n) => {
      const now = Date.now();
      const queue = byName.get(queues[n % queues.length] ?? '');
      await queue?.add('default', n, {
        timestamp: now,
        delay: first + offset(n, jobs) - now,
      });
    }),
  );
  await until(() => late.length === jobs, { what: 'all jobs', deadlineMs: 60_000, everyMs: 100 });
  await Promise.all(workers.map((worker) => worker.close(true)));
  connection.disconnect();
  return late;
};

/** How late delayed jobs start when a worker is idle. */
export const lateness: Benchmark = async ({ quick }) => {
  const jobs = quick ? 500 : 2_000;
  const targets: Target[] = [];
  for (const count of [1, 500]) {
    const queues = Array.from({ length: count }, (_, n) => `late-${n}`);
    const name = count === 1 ? 'one queue' : `${count} queues`;
    for (const [who, run] of Object.entries({ Relay: relay, BullMQ: bullmq })) {
      await using server = await startRedisServer();
      // oxlint-disable-next-line no-await-in-loop -- one after the other.
      const late = await run({ url: server.url, queues, jobs });
      const [p50, p99] = [percentile(late, 0.5), percentile(late, 0.99)];
      const most = Math.max(...late);
      console.log(
        `${who.padEnd(8)} ${name.padEnd(10)} ${jobs} jobs: p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`,
      );
      if (who === 'Relay') {
        targets.push({ name: `lateness p50, ${name}, ms`, value: p50, goal: '<= 5' });
        targets.push({ name: `lateness p99, ${name}, ms`, value: p99, goal: '<= 25' });
      }
      // oxlint-disable-next-line no-await-in-loop -- what the last one closes has closed.
      await delay(200);
    }
  }
  return targets;
};
