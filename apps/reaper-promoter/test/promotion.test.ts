import { expect, test } from '@jest/globals';
import type { Broker } from '@relay/broker';
import { createLogger, Metrics } from '@relay/service-kit';
import { assertConsistent, until } from '@relay/testkit';
import { LOOK } from '../src/due-loop.ts';
import { promoteLoop } from '../src/loops/promote.ts';
import { createLoopMetrics } from '../src/metrics.ts';
import { openStore } from './support/store.ts';

const { redis, broker } = await openStore();

test('jobs due in the same millisecond are promoted in bounded batches, by priority and id', async () => {
  const [queue, jobs] = ['at-once', 3_500];
  const runAt = Date.now() + 3_000;
  const requests = Array.from({ length: jobs }, (_, n) => ({
    payload: '1',
    runAt,
    priority: n % 5,
  }));
  const outcomes = await broker.enqueueMany(queue, requests);
  const expected = outcomes
    .map((outcome, n) => ({ id: outcome.ok ? outcome.result.id : '', priority: n % 5 }))
    .toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
  expect((await broker.stats(queue))?.counts.scheduled).toBe(jobs);

  const batches: number[] = [];
  const observed: Pick<Broker, 'promote'> = {
    promote: async (name, options) => {
      const result = await broker.promote(name, options);
      if (result.promoted > 0) batches.push(result.promoted);
      return result;
    },
  };
  const { loop } = promoteLoop(observed, {
    clock: { now: () => Date.now() },
    metrics: createLoopMetrics(new Metrics({ component: 'test', version: '0' }), []),
    logger: createLogger({ name: 'test', version: '0', level: 'silent' }),
    observer: { round: () => undefined, crashed: () => undefined },
    sweepMs: 500,
  });
  const stop = new AbortController();
  const ended = loop.run(stop.signal);
  loop.announce(queue, LOOK);
  await until(async () => (await broker.stats(queue))?.counts.ready === jobs, { what: 'all' });
  stop.abort();
  await ended;
  expect(batches).toEqual(Array.from({ length: 7 }, () => 500));

  const order: string[] = [];
  while (order.length < jobs) {
    const { leases } = await broker.claim(queue, { workerId: 'w', max: 1_000 });
    order.push(...leases.map(({ id }) => id));
  }
  expect(order).toEqual(expected);
  await assertConsistent(redis.url, queue);
});
