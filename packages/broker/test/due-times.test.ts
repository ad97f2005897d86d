import { describe, expect, test } from '@jest/globals';
import { assertConsistent, startRedisServer, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker } from '../src/index.ts';
import { BOOM, of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

describe('promote', () => {
  test('by due time, then priority, then id; nothing early', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    for (const [payload, delayMs, priority] of [
      ['late', 300, 1_000],
      ['second', 200, 0],
      ['first', 100, -1_000],
      ['second, urgent', 200, 1_000],
    ] as const)
      await fixture().enqueue(queue, { payload: JSON.stringify(payload), delayMs, priority });
    await fixture().control.setNow(T0 + 99);
    expect(await fixture().broker.promote(queue)).toEqual({
      promoted: 0,
      more: false,
      nextDueAt: T0 + 100,
    });
    await fixture().control.setNow(T0 + 200);
    expect(await fixture().broker.promote(queue)).toEqual({
      promoted: 3,
      more: false,
      nextDueAt: T0 + 300,
    });
    const leases = await fixture().claim(queue);
    expect(leases.map((lease) => JSON.parse(lease.payload) as string)).toEqual([
      'second, urgent',
      'second',
      'first',
    ]);
  });

  test('by hand, after the clock went back: a job expires that long after it was promoted', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const ids = [];
    for (const payload of ['"in time"', '"too late"'])
      ids.push(await fixture().enqueue(queue, { payload, delayMs: 2_000, expiresInMs: 500 }));
    await fixture().control.setNow(T0 - 60_000);
    for (const id of ids) await fixture().broker.promoteNow(queue, id);
    await fixture().control.setNow(T0 - 59_500);
    expect((await fixture().claimOne(queue)).payload).toBe('"in time"');
    await fixture().control.setNow(T0 - 59_499);
    expect(await fixture().claim(queue)).toEqual([]);
    expect(await fixture().broker.job(queue, ids[1] ?? '')).toMatchObject({ reason: 'expired' });
  });

  test('jobs of one priority become ready in the order of their due times', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const delays = [50, 10, 40, 20, 30];
    for (const delayMs of delays)
      await fixture().enqueue(queue, { payload: String(delayMs), delayMs });
    await fixture().control.setNow(T0 + 60);
    const batches = [];
    for (let i = 0; i < 4; i++) batches.push(await fixture().broker.promote(queue, { max: 2 }));
    expect(batches.map(({ promoted, more }) => [promoted, more])).toEqual([
      [2, true],
      [2, true],
      [1, false],
      [0, false],
    ]);
    expect((await fixture().claim(queue)).map((lease) => Number(lease.payload))).toEqual([
      10, 20, 30, 40, 50,
    ]);
  });
});

describe('due times', () => {
  test('are published when something needs the loops earlier than they know', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const heard: [string, number][] = [];
    await using _ = await fixture().broker.dueListener((name, dueAt) => heard.push([name, dueAt]));
    await fixture().enqueue(queue, { delayMs: 90_000 });
    await fixture().enqueue(queue, { delayMs: 95_000 });
    await fixture().enqueue(queue);
    const lease = await fixture().claimOne(queue, 60_000);
    await fixture().broker.settle(queue, [
      { ...of(lease), outcome: 'fail', error: BOOM, retryInMs: 50_000 },
    ]);
    await fixture().enqueue(queue, { expiresInMs: 1_000 });
    await until(() => heard.length === 4, { what: 'four due times' });
    expect(heard).toEqual([90_000, 60_000, 50_000, 1_000].map((ms) => [queue, T0 + ms]));
  });

  test('are read for many queues in one go, with what was accepted; a damaged key says nothing', async () => {
    const [waits, empty, damaged] = [fixture().queue(), fixture().queue(), fixture().queue()];
    await fixture().control.setNow(T0);
    await fixture().enqueue(waits, { delayMs: 90_000 });
    await fixture().enqueue(waits);
    await fixture().redis.set(fixture().key('config', damaged), 'x');
    await fixture().redis.set(fixture().key('stats', damaged), 'x');
    expect(await fixture().broker.heads([waits, empty, damaged])).toEqual([
      { queue: waits, dueAt: T0 + 90_000, enqueued: 2 },
      { queue: empty, dueAt: null, enqueued: 0 },
      { queue: damaged, dueAt: null, enqueued: 0 },
    ]);
    await fixture().redis.del(fixture().key('config', damaged), fixture().key('stats', damaged));
    expect(await fixture().broker.heads([])).toEqual([]);
  });

  test('are read behind an address that hides a cluster, too', async () => {
    await using server = await startRedisServer({ config: ['cluster-enabled yes'] });
    const admin = new Redis(server.url);
    await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
    await using broker = new Broker({ redis: server.url });
    await broker.enqueue('a', { payload: '1' });
    await broker.enqueue('b', { payload: '1', delayMs: 90_000 });
    const heads = await broker.heads(['a', 'b']);
    expect(heads.map(({ enqueued }) => enqueued)).toEqual([1, 1]);
    expect(heads.map(({ dueAt }) => dueAt !== null)).toEqual([false, true]);
    for (const queue of ['a', 'b']) await assertConsistent(admin, queue);
    admin.disconnect();
  });

  test('a lease that is shortened is one of them', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const heard: number[] = [];
    await using _ = await fixture().broker.dueListener((_queue, dueAt) => heard.push(dueAt));
    await fixture().enqueue(queue);
    const lease = await fixture().claimOne(queue, 60_000);
    await fixture().broker.extend(queue, [{ ...of(lease), leaseMs: 1_000 }]);
    await until(() => heard.length === 2, { what: 'the due times', deadlineMs: 2_000 });
    expect(heard).toEqual([T0 + 60_000, T0 + 1_000]);
  });
});
