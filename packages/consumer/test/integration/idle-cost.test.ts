// What waiting costs, and how soon it ends: fifty workers on a queue that holds work which nobody may take.
import { expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { Bench } from './support.ts';

const WORKERS = 50;
/** What workers send; the commands inside a script are Redis's own. */
const SENT = ['evalsha', 'eval', 'blpop', 'ping', 'info', 'publish', 'client|unblock'];

const bench = await Bench.forTests();
const redis = bench.client;

/** How often each command was carried out so far. */
async function calls(): Promise<Map<string, number>> {
  const stats = await redis.info('commandstats');
  const found = stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
  return new Map([...found].map(([, name = '', count]) => [name, Number(count)]));
}

const sent = (stats: ReadonlyMap<string, number>): number =>
  SENT.reduce((sum, name) => sum + (stats.get(name) ?? 0), 0);

async function blocked(): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(await redis.info('clients'))?.[1]);
}

/** Fifty workers that wait; `started` notes when a job was begun. */
async function idleWorkers(queue: string, started: number[]): Promise<void> {
  for (let i = 0; i < WORKERS; i++) {
    bench.worker({
      queues: [queue],
      concurrency: 1,
      handlers: () => {
        started.push(performance.now());
      },
    });
  }
  await until(async () => (await blocked()) >= WORKERS, {
    what: 'all workers to wait',
    deadlineMs: 20_000,
  });
}

/** From one safety poll of every worker to the next: the commands that they send a second and worker. */
async function costOfWaiting(queue: string, started: readonly number[]): Promise<void> {
  const before = await calls();
  const from = performance.now();
  const blpops = before.get('blpop') ?? 0;
  await until(async () => ((await calls()).get('blpop') ?? 0) >= blpops + WORKERS, {
    what: 'a safety poll of every worker',
    deadlineMs: 20_000,
    everyMs: 250,
  });
  // The looks at the statistics are INFO commands of the test's own.
  const ours = (await calls()).get('info') ?? 0;
  const others = sent(await calls()) - sent(before) - (ours - (before.get('info') ?? 0));
  const perSecond = others / WORKERS / ((performance.now() - from) / 1000);
  process.stdout.write(`${queue}: ${perSecond.toFixed(2)} commands a second and worker\n`);
  // In the five seconds of a safety poll: a claim, a wait, and a sign of life. A loop that spins makes thousands.
  expect(others / WORKERS).toBeLessThan(5);
  expect(started).toEqual([]);
}

async function firstStart(started: readonly number[], since: number, what: string): Promise<void> {
  // Before the safety poll of five seconds: it was told, it did not look by chance.
  await until(() => started.length > 0, {
    what: `a worker to begin after ${what}`,
    deadlineMs: 2_500,
  });
  const lateMs = (started[0] ?? 0) - since;
  process.stdout.write(`${what} wakes a worker within ${lateMs.toFixed(1)} ms\n`);
}

test('a paused queue costs fifty workers nothing, and resume wakes one', async () => {
  const started: number[] = [];
  await bench.enqueue('paused');
  await bench.broker.pause('paused');
  await idleWorkers('paused', started);
  await costOfWaiting('paused', started);
  const since = performance.now();
  await bench.broker.resume('paused');
  await firstStart(started, since, 'resume');
});

test('a full queue costs fifty workers nothing, and a freed slot wakes one', async () => {
  const started: number[] = [];
  await bench.broker.configure('full', { concurrency: 1 });
  await bench.enqueue('full');
  await bench.enqueue('full');
  const { leases } = await bench.broker.claim('full', {
    workerId: 'other',
    max: 1,
    leaseMs: 60_000,
  });
  await idleWorkers('full', started);
  await costOfWaiting('full', started);
  const since = performance.now();
  const ended = leases.map(({ id, token }) => ({ id, token, outcome: 'complete' as const }));
  await bench.broker.settle('full', ended);
  await firstStart(started, since, 'a freed slot');
});

test('an empty bucket costs fifty workers nothing, and its refill wakes one', async () => {
  const started: number[] = [];
  // Twelve seconds a token: long enough for a whole round of safety polls.
  await bench.broker.configure('limited', { rateLimit: { rate: 1, perMs: 12_000, burst: 1 } });
  await bench.enqueue('limited');
  await bench.enqueue('limited');
  await bench.broker.claim('limited', { workerId: 'other', max: 1, leaseMs: 60_000 });
  const refilledAt = performance.now() + 12_000;
  await idleWorkers('limited', started);
  await costOfWaiting('limited', started);
  await until(() => started.length > 0, { what: 'the refill', deadlineMs: 20_000 });
  process.stdout.write(
    `a refill wakes a worker within ${((started[0] ?? 0) - refilledAt).toFixed(1)} ms\n`,
  );
  expect((started[0] ?? 0) - refilledAt).toBeGreaterThan(-50);
});
