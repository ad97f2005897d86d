import { expect, test } from '@jest/globals';
import { type RedisSentinel, startRedisSentinel, until } from '@relay/testkit';
import { of } from '../support/broker-fixture.ts';
import { conformance } from './suite.ts';
import { Target } from './target.ts';

let sentinel: RedisSentinel;

conformance(
  'a master named by a sentinel',
  async () => {
    sentinel = await startRedisSentinel();
    return sentinel.url;
  },
  async () => sentinel.stop(),
);

test('after a failover calls go through within 5 s, no session is stranded and what was replicated is there', async () => {
  await using own = await startRedisSentinel();
  await using target = new Target(own.url);
  const { broker } = target;
  const queue = 'failover';
  const safe: string[] = [];
  const done = new Set<string>();
  const errors: unknown[] = [];
  let running = true;
  const produce = async (): Promise<void> => {
    while (running) {
      try {
        const request = { payload: '1', durability: 'replicated' } as const;
        const outcomes = await broker.enqueueMany(queue, [request, request, request]);
        for (const outcome of outcomes)
          if (outcome.ok && (outcome.result.replicas ?? 0) > 0) safe.push(outcome.result.id);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  const consume = async (): Promise<void> => {
    while (running || (await broker.stats(queue))?.counts.ready !== 0) {
      try {
        const { leases } = await broker.claim(queue, { workerId: 'w1', max: 5, leaseMs: 1_000 });
        const items = leases.map((lease) => ({ ...of(lease), outcome: 'complete' }) as const);
        const answers = await broker.settle(queue, items);
        for (const [i, answer] of answers.entries())
          if (answer.status === 'settled') done.add(items[i]!.id);
        await broker.reap(queue);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await broker.configure(queue, { retention: { completed: { maxCount: null } } });
  const load = [produce(), produce(), consume()];
  await until(() => done.size > 50, { what: 'the load to run' });
  await own.master.kill();
  await until(async () => (await own.masterPort()) === own.replica.port, {
    what: 'the failover',
    deadlineMs: 20_000,
  });
  const promoted = performance.now();
  await broker.enqueue(queue, { payload: '2' });
  const pause = Math.round(performance.now() - promoted);
  process.stdout.write(`failover: the first enqueue went through ${pause} ms after it\n`);
  expect(pause).toBeLessThan(5_000);
  const before = done.size;
  await until(() => done.size > before + 50, { what: 'the load to run again' });
  running = false;
  await Promise.all(load);
  expect(errors).toEqual([]);
  // What was claimed when the master died comes back with its lease.
  await until(
    async () => {
      await broker.reap(queue);
      for (const lease of (await broker.claim(queue, { workerId: 'w1', max: 100 })).leases)
        await broker.settle(queue, [{ ...of(lease), outcome: 'complete' }]);
      const counts = (await broker.stats(queue))?.counts;
      return counts?.active === 0 && counts.ready === 0 && counts.scheduled === 0;
    },
    { what: 'the queue to be empty' },
  );
  await target.assertConsistent(queue);
  expect(safe.length).toBeGreaterThan(0);
  const missing = [];
  for (const id of safe) if ((await broker.job(queue, id)) === null) missing.push(id);
  expect(missing).toEqual([]);
});
