// The claim behind a wait, on a real Redis: with leases long enough for it, unlike those of most tests.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Broker, loadScripts } from '@relay/broker';
import { startFaultProxy, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Worker } from '../../src/index.ts';
import { Bench } from './support.ts';

const LEASE_MS = 30_000;

let bench: Bench;
let redis: Redis;

beforeAll(async () => {
  bench = await Bench.open();
  redis = new Redis(bench.redis.url);
});

afterEach(async () => bench.settle());

afterAll(async () => {
  redis.disconnect();
  await bench[Symbol.asyncDispose]();
});

async function blocked(count: number): Promise<void> {
  await until(
    async () => Number(/blocked_clients:(\d+)/.exec(await redis.info('clients'))?.[1]) === count,
    { what: `${count} workers that wait`, everyMs: 1 },
  );
}

/** How many waits have ended. */
async function waits(): Promise<number> {
  return Number(/cmdstat_blpop:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

const countsOf = async (queue: string) => (await bench.broker.stats(queue))?.counts;

test('jobs that come one by one are each run once, by as many workers as wait', async () => {
  const seen: string[] = [];
  for (let i = 0; i < 4; i++) {
    bench.worker({
      queues: ['one-by-one'],
      leaseMs: LEASE_MS,
      concurrency: i + 1,
      handlers: (job) => {
        seen.push(job.id);
      },
    });
  }
  await blocked(4);
  const ids: string[] = [];
  for (let i = 0; i < 100; i++) ids.push(...(await bench.enqueue('one-by-one')));
  // All at once too: whoever wakes takes few, and finds the others.
  ids.push(...(await bench.enqueue('one-by-one', {}, 500)));
  await until(() => seen.length >= ids.length, { what: 'all jobs to be run' });
  await until(async () => (await countsOf('one-by-one'))?.active === 0, {
    what: 'the last answer',
  });
  expect(seen.toSorted()).toEqual(ids.toSorted());
});

test('the slots that it kept are used again when it ends, also where a call had filled all others', async () => {
  const queue = 'full';
  const ends = new Map<string, () => void>();
  bench.worker({
    queues: [queue],
    leaseMs: LEASE_MS,
    pollMs: 200,
    concurrency: 2,
    handlers: (job) => new Promise<void>((resolve) => ends.set(job.id, resolve)),
  });
  await blocked(1);
  const started = (id: string) => until(() => ends.has(id), { what: `job ${id} to be started` });
  const [first = ''] = await bench.enqueue(queue);
  await started(first);
  await blocked(1);
  // The second one is not told to the wait, but claimed when the first one is settled, with the only slot left for that.
  await bench.broker.configure(queue, { concurrency: 1 });
  const [second = ''] = await bench.enqueue(queue);
  ends.get(first)?.();
  await started(second);
  const waited = await waits();
  await until(async () => (await waits()) > waited, { what: 'another wait to end' });
  await bench.broker.configure(queue, { concurrency: null });
  const [third = ''] = await bench.enqueue(queue);
  await started(third);
  ends.get(second)?.();
  ends.get(third)?.();
});

test('whatever a worker that stops had claimed in that moment goes back at no cost', async () => {
  const seen: string[] = [];
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) {
    const worker = bench.worker({
      queues: ['stops'],
      leaseMs: LEASE_MS,
      concurrency: 2,
      handlers: (job) => {
        seen.push(job.id);
      },
    });
    await blocked(1);
    const [enqueued] = await Promise.all([bench.enqueue('stops'), worker.stop()]);
    ids.push(...enqueued);
    expect(await countsOf('stops')).toMatchObject({ active: 0 });
  }
  const last = bench.worker({
    queues: ['stops'],
    leaseMs: LEASE_MS,
    handlers: (job) => {
      seen.push(`${job.id} ${job.attempt} ${job.crashes}`);
    },
  });
  await until(() => seen.length >= ids.length, { what: 'the others to be run' });
  await last.stop();
  expect(seen.map((one) => one.slice(0, 20)).toSorted()).toEqual(ids.toSorted());
  // Nobody died: no delivery counts as a crash.
  expect(seen.filter((one) => one.includes(' ')).every((one) => one.endsWith(' 1 0'))).toBe(true);
});

test('over connections that break at any point of a wait each job is run once, and no lease is left to run out', async () => {
  await using proxy = await startFaultProxy({ target: bench.redis });
  await using broker = new Broker({ redis: proxy.url });
  const { sha = '' } = loadScripts().get('settle-and-claim') ?? {};
  const seen: string[] = [];
  await using worker = new Worker({
    broker,
    queues: ['breaks'],
    leaseMs: LEASE_MS,
    concurrency: 4,
    handlers: (job) => {
      seen.push(job.id);
    },
  });
  worker.start();
  await blocked(1);
  const ids: string[] = [];
  for (let i = 0; i < 60; i++) {
    // The answer of the wait, of the claim behind it, or of a settlement; or none.
    if (i % 4 === 0) proxy.cutNextReply('blpop');
    else if (i % 4 === 1) proxy.cutNextReply(sha);
    ids.push(...(await bench.enqueue('breaks')));
    if (i % 4 === 2) proxy.cutReply();
    await until(() => seen.length >= ids.length, { what: 'the job to be run', everyMs: 1 });
  }
  await until(async () => (await countsOf('breaks'))?.active === 0, { what: 'the last answer' });
  expect(seen).toEqual(ids);
  expect(proxy.cuts).toBeGreaterThan(30);
});
