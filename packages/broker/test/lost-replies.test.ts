import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { StoreUnavailableError } from '../src/index.ts';
import { SCRIPTS, useProxy } from './support/behind-proxy.ts';
import { BOOM, of, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const { proxy, openBehindProxy } = useProxy(fixture);

/** The next run of a script loses its reply. */
function cutNext(script: string): void {
  proxy().cutNextReply(SCRIPTS.get(script)?.sha ?? 'no such script');
}

describe('a reply that is cut', () => {
  test('a claim whose reply was cut strands no lease', async () => {
    const { broker: direct, ...at } = { broker: fixture().broker, queue: fixture().queue() };
    await fixture().fill(at.queue, 200);
    const broker = await openBehindProxy(at.queue);
    await broker.claim(at.queue, { workerId: 'w1', max: 0 });
    cutNext('settle-and-claim');
    const { leases } = await broker.claim(at.queue, { workerId: 'w1', max: 100 });
    expect(proxy().cuts).toBe(1);
    expect(leases.map((lease) => lease.payload)).toEqual(
      Array.from({ length: 100 }, (_, i) => String(i)),
    );
    expect((await direct.stats(at.queue))?.counts).toMatchObject({ active: 100, ready: 100 });
    expect((await direct.stats(at.queue))?.totals.claimed).toBe(100);
    const settled = await broker.settle(
      at.queue,
      leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
    );
    expect(settled.every((result) => result.status === 'settled')).toBe(true);
  });

  test('a settle whose reply was cut is told "done" when repeated', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 100, {
      backoff: { type: 'fixed', baseMs: 60_000, jitter: 'none' },
    });
    const broker = await openBehindProxy(queue);
    const { leases } = await broker.claim(queue, { workerId: 'w1', max: 100 });
    cutNext('settle-and-claim');
    const settled = await broker.settle(
      queue,
      leases.map((lease, i) =>
        i % 2 === 0
          ? { ...of(lease), outcome: 'complete' }
          : { ...of(lease), outcome: 'fail', error: BOOM },
      ),
    );
    expect(proxy().cuts).toBe(1);
    expect(settled).toEqual(
      leases.map((_, i) => ({ status: 'settled', state: i % 2 === 0 ? 'completed' : 'scheduled' })),
    );
    const stats = await fixture().broker.stats(queue);
    expect(stats?.totals).toMatchObject({ completed: 50, failed: 50, claimed: 100 });
  });

  test('a settle-and-claim whose reply was cut gives the letters and the leases of the first run', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 4);
    const broker = await openBehindProxy(queue);
    const first = await broker.claim(queue, { workerId: 'w1', max: 2 });
    cutNext('settle-and-claim');
    const second = await broker.settleAndClaim(
      queue,
      first.leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
      { workerId: 'w1', max: 10, leaseMs: 5_000 },
    );
    const done = { status: 'settled', state: 'completed' };
    expect(second.settled).toEqual([done, done]);
    expect(second.leases.map((lease) => lease.payload)).toEqual(['2', '3']);
    const extended = await broker.extend(
      queue,
      second.leases.map((lease) => ({ ...of(lease), leaseMs: 5_000 })),
    );
    expect(extended.every((result) => result.status === 'extended')).toBe(true);
  });

  test('an enqueue whose reply was cut gives one job', async () => {
    const queue = fixture().queue();
    const broker = await openBehindProxy(queue);
    await broker.enqueue(queue, { payload: '"first"' });
    cutNext('enqueue');
    const { id, duplicate } = await broker.enqueue(queue, { payload: '"once"' });
    expect(duplicate).toBe(false);
    const many = Array.from({ length: 2_500 }, (_, i) => ({ payload: String(i) }));
    for (let i = 0; i < 3; i++) cutNext('enqueue');
    const outcomes = await broker.enqueueMany(queue, many);
    expect(proxy().cuts).toBe(4);
    expect(outcomes.every((outcome) => outcome.ok && !outcome.result.duplicate)).toBe(true);
    expect((await fixture().broker.stats(queue))?.counts.ready).toBe(2_502);
    expect((await fixture().broker.job(queue, id))?.payload).toBe('"once"');
  });

  test('an enqueue with an idempotency key whose reply was cut is no duplicate of itself', async () => {
    const queue = fixture().queue();
    const broker = await openBehindProxy(queue);
    await broker.enqueue(queue, { payload: '0' });
    cutNext('enqueue');
    const first = await broker.enqueue(queue, { payload: '1', idempotencyKey: 'k' });
    expect(first.duplicate).toBe(false);
    const second = await broker.enqueue(queue, { payload: '1', idempotencyKey: 'k' });
    expect(second).toEqual({ id: first.id, state: 'ready', duplicate: true });
  });

  test('a requeue whose reply was cut is not told that the job is not dead', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue, { maxAttempts: 1 });
    const broker = await openBehindProxy(queue);
    const lease = await fixture().claimOne(queue);
    await broker.settle(queue, [{ ...of(lease), outcome: 'fail', error: BOOM }]);
    proxy().cutNextReply(lease.id);
    await broker.requeue(queue, lease.id, { payload: '"again"' });
    expect(proxy().cuts).toBe(1);
    expect((await fixture().broker.stats(queue))?.totals.requeued).toBe(1);
    expect((await fixture().claimOne(queue)).payload).toBe('"again"');
  });

  test('reap, promote, extend, pause: repeated, they do no more than once', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 6, { delayMs: 60_000 });
    const broker = await openBehindProxy(queue);
    await until(async () => (await broker.promote(queue, { max: 1 })).nextDueAt !== null, {
      what: 'the scripts to be loaded',
    });
    await until(async () => (await fixture().broker.stats(queue))?.counts.scheduled === 6, {
      what: 'jobs',
    });
    const now = (await fixture().redis.time()).map(Number);
    await fixture().control.setNow((now[0] ?? 0) * 1_000 + 120_000);
    await fixture().broker.promote(queue);
    await fixture().control.setNow(null);
    const leases = await fixture().claim(queue);
    expect(leases).toHaveLength(6);
    cutNext('extend');
    const extended = await broker.extend(
      queue,
      leases.map((lease) => ({ ...of(lease), leaseMs: 60_000, progress: '1' })),
    );
    expect(extended.every((result) => result.status === 'extended')).toBe(true);
    await fixture().redis.zadd(
      fixture().key('active', queue),
      ...leases.flatMap((lease) => [1, lease.id]),
    );
    await broker.reap(queue, { max: 1 });
    cutNext('reap');
    await broker.reap(queue);
    expect((await fixture().broker.stats(queue))?.totals.crashed).toBe(6);
    await broker.pause(queue);
    cutNext('pause');
    await broker.resume(queue);
    expect((await fixture().broker.stats(queue))?.paused).toBe(false);
    expect(proxy().cuts).toBe(3);
  });

  test('a reply that breaks off in its middle is as good as none', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 100, { payload: JSON.stringify('x'.repeat(500)) });
    const broker = await openBehindProxy(queue);
    for (const bytes of [1, 17, 1_000, 20_000, 52_000]) {
      const before = proxy().cuts;
      proxy().cutReplyAfter(bytes);
      const { leases } = await broker.claim(queue, { workerId: 'w1', max: 100 });
      expect(proxy().cuts).toBe(before + 1);
      expect(leases).toHaveLength(100);
      const settled = await broker.settle(
        queue,
        leases.map((lease) => ({ ...of(lease), outcome: 'release' })),
      );
      expect(settled.every((result) => result.status === 'settled')).toBe(true);
      await fixture().assertConsistent(queue);
    }
  });
});

describe('a black hole', () => {
  test('ends in StoreUnavailableError within the deadline, and all is well when it heals', async () => {
    const queue = fixture().queue();
    const broker = await openBehindProxy(queue, 400);
    await broker.enqueue(queue, { payload: '0' });
    proxy().blackHole();
    const began = performance.now();
    const verbs = await Promise.allSettled([
      broker.enqueue(queue, { payload: '1' }),
      broker.claim(queue, { workerId: 'w1', max: 1 }),
      broker.reap(queue),
      broker.stats(queue),
      broker.ping(50),
    ]);
    expect(performance.now() - began).toBeLessThan(5_000);
    for (const verb of verbs)
      expect(verb).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
    expect(broker.status.state).not.toBe('closed');
    proxy().pass();
    const { id } = await broker.enqueue(queue, { payload: '2' }, { deadlineMs: 5_000 });
    expect((await broker.job(queue, id))?.state).toBe('ready');
    expect((await fixture().broker.stats(queue))?.counts).toMatchObject({ active: 0, ready: 2 });
  });

  test('a deadline shorter than the silence that ends a connection is kept too', async () => {
    const queue = fixture().queue();
    const broker = fixture().open({ redis: proxy().url, scripts: SCRIPTS, callTimeoutMs: 20_000 });
    await broker.enqueue(queue, { payload: '0' });
    proxy().blackHole();
    const began = performance.now();
    await expect(broker.ping(100)).rejects.toThrow(StoreUnavailableError);
    await expect(broker.stats(queue, { deadlineMs: 100 })).rejects.toThrow(StoreUnavailableError);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
