import { afterEach, describe, expect, test } from '@jest/globals';
import type { Broker } from '@relay/broker';
import { createLogger, Metrics } from '@relay/service-kit';
import { assertConsistent, until } from '@relay/testkit';
import { nextRollUp, rollUpLoop } from '../src/loops/roll-up.ts';
import { createLoopMetrics } from '../src/metrics.ts';
import { Replicas } from './support/replicas.ts';
import { openStore } from './support/store.ts';

const { redis, broker } = await openStore();
const replicas = new Replicas(() => redis.url);

afterEach(() => replicas.stop());

const payload = '{}';

describe('replicas that share the queues', () => {
  test('each queue has one owner; a dead replica’s share goes to the others, a clean stop’s too', async () => {
    const queues = Array.from({ length: 30 }, (_, i) => `shared-${i}`);
    for (const queue of queues) await broker.enqueue(queue, { payload });
    await Promise.all([replicas.start(), replicas.start(), replicas.start()]);
    const owned = () => replicas.values('relay_loop_queues_owned', 'loop="sweep"');
    const total = (all: number[]) => all.reduce((sum, one) => sum + one, 0);
    await until(async () => total(await owned()) === queues.length, { what: 'three shares' });
    expect((await owned()).every((share) => share > 0)).toBe(true);

    const [victim, leaver] = replicas.all;
    victim?.kill('SIGKILL');
    await victim?.exit;
    replicas.drop(victim!);
    await until(async () => total(await owned()) === queues.length, { what: 'two shares' });
    leaver?.kill('SIGTERM');
    expect(await leaver?.exit).toEqual({ code: 0, signal: null });
    replicas.drop(leaver!);
    expect(await broker.members('replicas')).toHaveLength(1);
    await until(async () => total(await owned()) === queues.length, { what: 'one share' });
    for (const queue of queues) await broker.enqueue(queue, { payload, delayMs: 50 });
    for (const queue of queues) {
      await until(async () => (await broker.stats(queue))?.counts.ready === 2, { what: queue });
      await assertConsistent(redis.url, queue);
    }
  });

  test('due times that nobody heard of are found, and queues that were made since', async () => {
    await broker.enqueue('unheard', { payload, delayMs: 300 });
    await replicas.start();
    await until(async () => (await broker.stats('unheard'))?.counts.ready === 1, { what: 'it' });
    // Heard of for the first time by its due time.
    await broker.enqueue('unknown', { payload, delayMs: 20 });
    await until(async () => (await broker.stats('unknown'))?.counts.ready === 1, { what: 'it' });
    await assertConsistent(redis.url, 'unheard');
    await assertConsistent(redis.url, 'unknown');
  });
});

describe('without any traffic', () => {
  test('jobs expire, and ended ones leave by age and by count', async () => {
    await replicas.start();
    await broker.configure('aging', { retention: { completed: { maxAgeMs: 100, maxCount: 1 } } });
    await broker.enqueueMany(
      'aging',
      [1, 2, 3].map(() => ({ payload })),
    );
    const { leases } = await broker.claim('aging', { workerId: 'w', max: 3 });
    await broker.settle(
      'aging',
      leases.map(({ id, token }) => ({ id, token, outcome: 'complete' })),
    );
    await broker.enqueue('expiring', { payload, expiresInMs: 100 });
    const dead = await until(
      async () => (await broker.list('expiring', 'dead')).items[0]?.reason ?? null,
      { what: 'the expiry' },
    );
    expect(dead).toBe('expired');
    await until(async () => (await broker.stats('aging'))?.counts.completed === 0, {
      what: 'retention',
      deadlineMs: 20_000,
    });
    const [expired] = await replicas.values('relay_jobs_expired_total', 'queue="expiring"');
    expect(expired).toBe(1);
    await assertConsistent(redis.url, 'aging');
    await assertConsistent(redis.url, 'expiring');
  });

  test('the totals of a minute are noted once it ends, and not again while nothing changes', async () => {
    await broker.enqueue('counted', { payload });
    // The clock stands before the moment at which this queue has its turn, and runs once that is known.
    let at = nextRollUp('counted', Date.now()) - 100;
    let startedAt: number | undefined;
    const now = () => at + (startedAt === undefined ? 0 : performance.now() - startedAt);
    const rollUps: boolean[] = [];
    const observed: Pick<Broker, 'rollUp'> = {
      rollUp: async (queue, options) => {
        const changed = await broker.rollUp(queue, options);
        rollUps.push(changed);
        // The end of the next minute comes soon, but not before a busy machine has come back to the loop.
        at = nextRollUp('counted', now()) - 2_000;
        startedAt = performance.now();
        return changed;
      },
    };
    const metrics = createLoopMetrics(new Metrics({ component: 'test', version: '0' }), []);
    const { loop, changed } = rollUpLoop(observed, {
      clock: { now },
      metrics,
      logger: createLogger({ name: 'test', version: '0', level: 'silent' }),
      observer: { round: () => undefined, crashed: () => undefined },
      sweepMs: 500,
    });
    const stop = new AbortController();
    const ended = loop.run(stop.signal);
    changed?.('counted');
    startedAt = performance.now();
    await until(() => rollUps.length === 2, { what: 'two minutes' });
    stop.abort();
    await ended;
    expect(rollUps).toEqual([true, false]);
    expect((await broker.series('counted'))[0]?.totals.enqueued).toBe(1);
    await assertConsistent(redis.url, 'counted');
  });
});
