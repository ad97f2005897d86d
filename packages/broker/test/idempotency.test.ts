import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { BOOM, of, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

describe('idempotency', () => {
  const request = { payload: '{"n":1}', idempotencyKey: 'key 1 ž' };

  test('the same key 100 times at once gives one job', async () => {
    const queue = fixture().queue();
    const brokers = [fixture().broker, fixture().open(), fixture().open()];
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) => brokers[i % 3]!.enqueue(queue, request)),
    );
    expect(new Set(results.map((result) => result.id)).size).toBe(1);
    expect(results.filter((result) => !result.duplicate)).toHaveLength(1);
    expect((await fixture().broker.stats(queue))?.totals.enqueued).toBe(1);
  });

  test('another request under the key is refused; headers do not make it another', async () => {
    const queue = fixture().queue();
    const { id } = await fixture().broker.enqueue(queue, request);
    const same = await fixture().broker.enqueue(queue, { ...request, headers: { trace: '2' } });
    expect(same).toEqual({ id, state: 'ready', duplicate: true });
    for (const other of [{ payload: '2' }, { type: 'other' }, { priority: 1 }, { delayMs: 1 }])
      await expect(fixture().broker.enqueue(queue, { ...request, ...other })).rejects.toMatchObject(
        { code: 'idempotency-mismatch' },
      );
    expect((await fixture().broker.stats(queue))?.totals.enqueued).toBe(1);
  });

  test('in bulk each item has its own answer, also about the items before it', async () => {
    const queue = fixture().queue();
    await fixture().broker.enqueue(queue, { payload: '0', idempotencyKey: 'a' });
    const outcomes = await fixture().broker.enqueueMany(queue, [
      { payload: '0', idempotencyKey: 'a' },
      { payload: '1', idempotencyKey: 'a' },
      { payload: '2', idempotencyKey: 'b', delayMs: 60_000 },
      { payload: '2', idempotencyKey: 'b', delayMs: 60_000 },
      { payload: '3', idempotencyKey: 'b' },
      { payload: '4' },
    ]);
    expect(
      outcomes.map((o) => (o.ok ? `${o.result.state} ${o.result.duplicate}` : o.error.code)),
    ).toEqual([
      'ready true',
      'idempotency-mismatch',
      'scheduled false',
      'scheduled true',
      'idempotency-mismatch',
      'ready false',
    ]);
    expect((await fixture().broker.stats(queue))?.counts).toMatchObject({ ready: 2, scheduled: 1 });
  });

  test('a duplicate tells the state of the original, gone included', async () => {
    const queue = fixture().queue();
    const again = async () => (await fixture().broker.enqueue(queue, request)).state;
    expect(await again()).toBe('ready');
    const first = await fixture().claimOne(queue);
    expect(await again()).toBe('active');
    await fixture().broker.settle(queue, [{ ...of(first), outcome: 'release', delayMs: 60_000 }]);
    expect(await again()).toBe('scheduled');
    await fixture().broker.cancel(queue, first.id);
    expect(await again()).toBe('cancelled');
    await fixture().broker.delete(queue, first.id);
    expect(await again()).toBe('gone');
    const other = { ...request, idempotencyKey: 'other' };
    for (const outcome of ['complete', 'fail'] as const) {
      const key = { ...other, idempotencyKey: outcome };
      await fixture().broker.enqueue(queue, key);
      const lease = await fixture().claimOne(queue);
      await fixture().broker.settle(queue, [
        {
          ...of(lease),
          ...(outcome === 'fail' ? { outcome, error: BOOM, retry: 'never' } : { outcome }),
        },
      ]);
      const { state } = await fixture().broker.enqueue(queue, key);
      expect(state).toBe(outcome === 'fail' ? 'dead' : 'completed');
    }
  });

  test('the key is forgotten after its window, 24 h unless told otherwise', async () => {
    const queue = fixture().queue();
    await fixture().broker.enqueue(queue, request);
    await fixture().broker.enqueue(queue, {
      ...request,
      idempotencyKey: 'short',
      idempotencyWindowMs: 1_000,
    });
    const keys = await fixture().redis.keys(`relay:{${queue}}:idem:*`);
    const ttls = await Promise.all(keys.map((key) => fixture().redis.pttl(key)));
    ttls.sort((a, b) => a - b);
    expect(ttls[0]).toBeLessThanOrEqual(1_000);
    expect(ttls[1]).toBeGreaterThan(86_390_000);
    for (const key of keys) await fixture().redis.pexpire(key, 1);
    await until(async () => (await fixture().redis.exists(...keys)) === 0, { what: 'the end' });
    expect((await fixture().broker.enqueue(queue, request)).duplicate).toBe(false);
  });
});
