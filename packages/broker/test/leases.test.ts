import { describe, expect, test } from '@jest/globals';
import { of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

/** Lets the leases of the queue expire and reaps them, with the clock then at the end of the leases. */
async function expireLeases(queue: string, at: number) {
  await fixture().control.setNow(at);
  return fixture().broker.reap(queue);
}

describe('reap', () => {
  test('a job whose lease expired is ready again at its old place, a live lease is left alone', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const ids = await fixture().fill(queue, 5);
    await fixture().claim(queue, 2, 1_000);
    const [live] = await fixture().claim(queue, 1, 60_000);
    expect(await expireLeases(queue, T0 + 999)).toMatchObject({ reaped: 0, nextDueAt: T0 + 1_000 });
    expect(await expireLeases(queue, T0 + 1_000)).toEqual({
      reaped: 2,
      outcomes: { ready: 2, scheduled: 0, dead: 0, cancelled: 0 },
      ghosts: [],
      more: false,
      nextDueAt: T0 + 60_000,
    });
    const again = await fixture().claim(queue);
    expect(again.map((lease) => lease.id)).toEqual(ids.filter((id) => id !== live?.id));
    expect(again.map((lease) => [lease.attempt, lease.crashes])).toEqual([
      [2, 1],
      [2, 1],
      [1, 0],
      [1, 0],
    ]);
  });

  test('from the second crash on it waits at random within lease × 2^crashes, at most 60 s', async () => {
    const queue = fixture().queue();
    const ids = await fixture().fill(queue, 300, { maxCrashes: 4 });
    let at = T0;
    for (const [crashes, bound] of [
      [1, 0],
      [2, 20_000],
      [3, 40_000],
      [4, 60_000],
    ] as const) {
      await fixture().control.setNow(at);
      await fixture().broker.promote(queue);
      expect(await fixture().claim(queue, 1_000, 5_000)).toHaveLength(300);
      at += 5_000;
      const { outcomes } = await expireLeases(queue, at);
      expect(outcomes[crashes === 1 ? 'ready' : 'scheduled']).toBe(300);
      const scores = await fixture().redis.zrange(
        fixture().key('scheduled', queue),
        '0',
        '-1',
        'WITHSCORES',
      );
      const waits = scores.filter((_, i) => i % 2 === 1).map((score) => Number(score) / 2_048 - at);
      if (bound > 0) {
        expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...waits)).toBeLessThan(bound + 1);
        expect(Math.max(...waits)).toBeGreaterThan(bound * 0.9);
        expect(Math.min(...waits)).toBeLessThan(bound * 0.1);
      }
      at += 60_000;
    }
    await fixture().control.setNow(at);
    await fixture().broker.promote(queue);
    await fixture().claim(queue, 1_000, 5_000);
    const { outcomes, reaped } = await expireLeases(queue, at + 5_000);
    expect([reaped, outcomes.dead]).toEqual([300, 300]);
    const job = await fixture().broker.job(queue, ids[7] ?? '');
    expect(job).toMatchObject({ state: 'dead', reason: 'crashed', crashes: 5, attempts: 0 });
    expect(job?.error).toMatchObject({ name: 'LeaseExpired' });
    expect(job?.history.map((delivery) => delivery.number)).toEqual([1, 2, 3, 4, 5]);
  });

  test('a poison job among 99 innocent ones dies as crashed, and costs them no attempt', async () => {
    const queue = fixture().queue();
    const ids = await fixture().fill(queue, 100);
    const poison = ids[50];
    // Whatever is ready is claimed at once; then time goes on to the next that is due.
    for (let at: number | null = T0; at !== null; ) {
      await fixture().control.setNow(at);
      await fixture().broker.reap(queue);
      await fixture().broker.promote(queue);
      const leases = await fixture().claim(queue, 10, 1_000);
      // A worker that holds the poison dies with all that it has claimed.
      if (!leases.some((lease) => lease.id === poison)) {
        await fixture().broker.settle(
          queue,
          leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
        );
      }
      if (leases.length === 0) at = (await fixture().broker.promote(queue)).nextDueAt;
    }
    expect((await fixture().broker.stats(queue))?.counts).toMatchObject({ completed: 99, dead: 1 });
    expect((await fixture().broker.list(queue, 'dead')).items[0]).toMatchObject({
      id: poison,
      reason: 'crashed',
      crashes: 4,
    });
  });

  test('a job that ran past its timeout has failed an attempt, and did not crash', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const backoff = { type: 'fixed', baseMs: 500, jitter: 'none' } as const;
    const id = await fixture().enqueue(queue, { timeoutMs: 1_000, maxAttempts: 2, backoff });
    const lease = await fixture().claimOne(queue, 30_000);
    await fixture().broker.extend(queue, [{ ...of(lease), leaseMs: 30_000 }]);
    expect(await expireLeases(queue, T0 + 5_999)).toMatchObject({
      reaped: 0,
      nextDueAt: T0 + 6_000,
    });
    expect((await expireLeases(queue, T0 + 6_000)).outcomes.scheduled).toBe(1);
    const job = await fixture().broker.job(queue, id);
    expect(job).toMatchObject({ attempts: 1, crashes: 0, runAt: T0 + 6_500 });
    expect(job?.error?.name).toBe('TimeoutError');
    await fixture().control.setNow(T0 + 6_500);
    await fixture().broker.promote(queue);
    await fixture().claimOne(queue, 30_000);
    expect((await expireLeases(queue, T0 + 60_000)).outcomes.dead).toBe(1);
    expect((await fixture().broker.job(queue, id))?.reason).toBe('attempts-exhausted');
  });

  test('works in batches, and says when there is more', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().fill(queue, 250);
    await fixture().claim(queue, 250, 1_000);
    await fixture().control.setNow(T0 + 2_000);
    const runs = [];
    for (let i = 0; i < 3; i++) runs.push(await fixture().broker.reap(queue, { max: 100 }));
    expect(runs.map(({ reaped, more }) => [reaped, more])).toEqual([
      [100, true],
      [100, true],
      [50, false],
    ]);
    expect(runs.map((run) => run.nextDueAt)).toEqual([T0 + 1_000, T0 + 1_000, null]);
  });

  test('ten reapers at once act upon each lease once', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().fill(queue, 200);
    await fixture().claim(queue, 200, 1_000);
    await fixture().control.setNow(T0 + 1_000);
    const runs = await Promise.all(
      Array.from({ length: 10 }, () => fixture().broker.reap(queue, { max: 50 })),
    );
    expect(runs.reduce((sum, run) => sum + run.reaped, 0)).toBe(200);
    expect((await fixture().broker.stats(queue))?.totals.crashed).toBe(200);
  });

  test('a lease without a record is taken out and reported, a damaged one is for an operator', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const [ghost = '', damaged = '', both = ''] = await fixture().fill(queue, 3);
    await fixture().claim(queue, 3, 1_000);
    await fixture().redis.hdel(fixture().key('leases', queue), ghost, both);
    await fixture().redis.hdel(fixture().key('jobs', queue), ghost);
    await fixture().redis.hset(fixture().key('leases', queue), damaged, 'no lease');
    const result = await expireLeases(queue, T0 + 1_000);
    expect(result).toMatchObject({ reaped: 2, outcomes: { dead: 2 }, ghosts: [ghost] });
    expect((await fixture().broker.job(queue, damaged))?.reason).toBe('corrupt');
  });
});

describe('extend', () => {
  test('moves the deadline, keeps the progress, and tells of lost leases and asked-for cancels', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().fill(queue, 3);
    const [a, b, c] = (await fixture().claim(queue, 3, 1_000)) as [never, never, never];
    await fixture().broker.cancel(queue, of(b).id);
    await fixture().broker.settle(queue, [{ ...of(c), outcome: 'complete' }]);
    await fixture().control.setNow(T0 + 500);
    const answers = await fixture().broker.extend(queue, [
      { ...of(a), leaseMs: 2_000, progress: '{"done":\n1}' },
      { ...of(b), leaseMs: 3_000 },
      { ...of(c), leaseMs: 2_000 },
      { id: of(a).id, token: of(b).token, leaseMs: 2_000 },
    ]);
    expect(answers).toEqual([
      { status: 'extended', expiresAt: T0 + 2_500, cancelRequested: false },
      { status: 'extended', expiresAt: T0 + 3_500, cancelRequested: true },
      { status: 'lease-lost' },
      { status: 'lease-lost' },
    ]);
    const job = await fixture().broker.job(queue, of(a).id);
    expect(job).toMatchObject({
      progress: '{"done": 1}',
      leaseExpiresAt: T0 + 2_500,
      workerId: 'w1',
    });
    expect((await expireLeases(queue, T0 + 2_499)).reaped).toBe(0);
  });

  test('never past the start plus the timeout plus 5 s', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().enqueue(queue, { timeoutMs: 10_000 });
    const lease = await fixture().claimOne(queue, 30_000);
    await fixture().control.setNow(T0 + 9_000);
    const [first] = await fixture().broker.extend(queue, [{ ...of(lease), leaseMs: 30_000 }]);
    expect(first).toMatchObject({ expiresAt: T0 + 15_000 });
    const [second] = await fixture().broker.extend(queue, [{ ...of(lease), leaseMs: 1_000 }]);
    expect(second).toMatchObject({ expiresAt: T0 + 10_000 });
  });

  test('refuses bad items as a whole', async () => {
    const { broker } = fixture();
    const item = { id: 'abc', token: 'def.1', leaseMs: 1_000 };
    expect(await broker.extend('q', [])).toEqual([]);
    await expect(broker.extend('q', [{ ...item, id: '' }])).rejects.toThrow('/0/id');
    await expect(broker.extend('q', [item, { ...item, token: ' ' }])).rejects.toThrow('/1/token');
    await expect(broker.extend('q', [{ ...item, leaseMs: 1 }])).rejects.toThrow('/0/leaseMs');
    const progress = 'x'.repeat(4_097);
    await expect(broker.extend('q', [{ ...item, progress }])).rejects.toThrow('/0/progress');
  });
});
