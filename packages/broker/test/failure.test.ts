import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Backoff, JobError, Settlement } from '../src/index.ts';
import { BOOM, of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

/** Fails the only ready job of the queue, and tells how long it then waits. */
async function failOnce(queue: string, more: Partial<Settlement> = {}): Promise<number> {
  const lease = await fixture().claimOne(queue);
  const item = { ...of(lease), outcome: 'fail', error: BOOM, ...more } as Settlement;
  await fixture().broker.settle(queue, [item]);
  return ((await fixture().broker.job(queue, lease.id))?.runAt ?? 0) - T0;
}

/** Makes all of the queue ready again at once, with the clock still at T0. */
async function rush(queue: string): Promise<void> {
  await fixture().control.setNow(T0 + 4_000_000_000);
  while ((await fixture().broker.promote(queue)).more);
  await fixture().control.setNow(T0);
}

describe('backoff', () => {
  const seed = Number(process.env.RELAY_SEED ?? Date.now() % 2 ** 31);

  test(`without jitter it is exactly the bound, seed ${seed}`, async () => {
    const backoff = fc.record({
      type: fc.constantFrom('exponential' as const, 'fixed' as const),
      baseMs: fc.integer({ min: 1, max: 86_400_000 }),
      capMs: fc.integer({ min: 1, max: 2_592_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(backoff, async ({ type, baseMs, capMs }) => {
        const queue = fixture().queue();
        await fixture().control.setNow(T0);
        await fixture().enqueue(queue, {
          backoff: { type, baseMs, capMs, jitter: 'none' },
          maxAttempts: 1_000,
        });
        for (let failures = 1; failures <= 4; failures++) {
          const bound = type === 'fixed' ? baseMs : baseMs * 2 ** (failures - 1);
          expect(await failOnce(queue)).toBe(Math.min(capMs, bound));
          await rush(queue);
        }
      }),
      { seed, numRuns: 15 },
    );
  });

  test.each([
    ['exponential', { type: 'exponential', baseMs: 1_000, capMs: 3_000 }, [1_000, 2_000, 3_000]],
    ['fixed', { type: 'fixed', baseMs: 700 }, [700, 700, 700]],
    ['fixed beyond its cap', { type: 'fixed', baseMs: 700, capMs: 50 }, [50, 50, 50]],
    ['that of the queue', undefined, [1_000, 2_000, 4_000]],
  ] as [string, Backoff | undefined, number[]][])(
    'full jitter is uniform in [0, bound]: %s',
    async (_, backoff, bounds) => {
      const queue = fixture().queue();
      await fixture().control.setNow(T0);
      await fixture().fill(queue, 600, backoff === undefined ? {} : { backoff });
      for (const bound of bounds) {
        // Several calls, so that several seeds take part.
        for (let calls = 0; calls < 12; calls++) {
          const leases = await fixture().claim(queue, 50);
          await fixture().broker.settle(
            queue,
            leases.map((lease) => ({ ...of(lease), outcome: 'fail', error: BOOM })),
          );
        }
        const cells = await fixture().redis.zrange(
          fixture().key('scheduled', queue),
          '0',
          '-1',
          'WITHSCORES',
        );
        const waits = cells
          .filter((_cell, i) => i % 2 === 1)
          .map((score) => Math.floor(Number(score) / 2_048) - T0);
        expect(waits).toHaveLength(600);
        expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...waits)).toBeLessThanOrEqual(bound);
        // 600 uniform values: each fifth of the range has 120 ± 10 of them; 5 sigma are 50.
        for (let fifth = 0; fifth < 5; fifth++) {
          const within = waits.filter(
            (wait) => Math.min(4, Math.floor((wait / (bound + 1)) * 5)) === fifth,
          );
          expect(Math.abs(within.length - 120)).toBeLessThan(55);
        }
        await rush(queue);
      }
    },
  );

  test('an explicit wait takes its place', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().enqueue(queue);
    for (const retryInMs of [0, 1, 123_456, 315_576_000_000]) {
      expect(await failOnce(queue, { retryInMs })).toBe(retryInMs);
      await fixture().control.setNow(T0 + retryInMs);
      expect(await fixture().broker.promote(queue)).toMatchObject({ promoted: 1 });
      await fixture().control.setNow(T0);
    }
  });
});

describe('the end of trying', () => {
  test('exhausted attempts lie in the dead letters with reason and last error, are requeued and completed', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().enqueue(queue, { maxAttempts: 3, payload: '"p"' });
    for (let i = 1; i <= 3; i++) {
      const lease = await fixture().claimOne(queue);
      expect(lease.attempt).toBe(i);
      const error: JobError = { name: 'TypeError', message: `no. ${i}`, stack: `at ${i}\nat 0` };
      const [answer] = await fixture().broker.settle(queue, [
        { ...of(lease), outcome: i === 2 ? 'timeout' : 'fail', error },
      ]);
      expect(answer).toEqual({ status: 'settled', state: i < 3 ? 'scheduled' : 'dead' });
      await rush(queue);
    }
    const [dead] = (await fixture().broker.list(queue, 'dead')).items;
    expect(dead).toMatchObject({
      reason: 'attempts-exhausted',
      attempts: 3,
      finishedAt: T0,
      error: { name: 'TypeError', message: 'no. 3' },
    });
    const id = dead?.id ?? '';
    const job = await fixture().broker.job(queue, id);
    expect(job?.error?.stack).toBe('at 3\nat 0');
    expect(job?.history.map(({ number, outcome, message }) => [number, outcome, message])).toEqual([
      [1, 'failed', 'TypeError: no. 1'],
      [2, 'timeout', 'TimeoutError: The handler ran past the timeoutMs of its job'],
      [3, 'failed', 'TypeError: no. 3'],
    ]);
    await fixture().broker.requeue(queue, id);
    await expect(fixture().broker.requeue(queue, id)).rejects.toMatchObject({
      code: 'invalid-state',
      state: 'ready',
    });
    const lease = await fixture().claimOne(queue);
    expect(lease).toMatchObject({ id, attempt: 1, crashes: 0, payload: '"p"' });
    await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'complete' }]);
    const done = await fixture().broker.job(queue, id);
    expect(done).toMatchObject({ state: 'completed', attempts: 1, reason: null });
    expect(done?.history).toHaveLength(4);
    const totals = { dead: 1, requeued: 1, completed: 1, failed: 3 };
    expect((await fixture().broker.stats(queue))?.totals).toMatchObject(totals);
  });

  test('an error that says never goes to the dead letters at once', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    await failOnce(queue, { retry: 'never', retryInMs: 5 });
    const [job] = (await fixture().broker.list(queue, 'dead')).items;
    expect(job).toMatchObject({ reason: 'non-retryable', attempts: 1 });
  });

  test('requeueing what is not dead, or not there, says so', async () => {
    const queue = fixture().queue();
    const id = await fixture().enqueue(queue);
    const { broker } = fixture();
    await expect(broker.requeue(queue, id)).rejects.toMatchObject({ state: 'ready' });
    await expect(broker.requeue(queue, 'nosuch')).rejects.toMatchObject({ code: 'not-found' });
    await expect(broker.requeue(queue, id, { payload: '' })).rejects.toThrow('/payload');
  });

  test('long and multi-line errors are cut, not refused', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue, { maxAttempts: 1 });
    const lease = await fixture().claimOne(queue);
    const error = {
      name: 'é'.repeat(300),
      message: `a\r\nb${'🐎'.repeat(9_000)}`,
      stack: 'x\n'.repeat(9_000),
    };
    await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'fail', error }]);
    const job = await fixture().broker.job(queue, lease.id);
    expect(job?.error?.name).toBe('é'.repeat(100));
    expect(job?.error?.message.startsWith('a\r\nb🐎')).toBe(true);
    expect(Buffer.byteLength(job?.error?.message ?? '')).toBeLessThanOrEqual(2_048);
    expect(job?.error?.message).not.toContain('�');
    expect(Buffer.byteLength(job?.error?.stack ?? '')).toBe(8_192);
    expect(job?.history[0]?.message?.length).toBeLessThanOrEqual(500);
  });

  test('the history holds the last 20 deliveries', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue, { maxAttempts: 30 });
    await fixture().control.setNow(T0);
    for (let i = 0; i < 25; i++) {
      await failOnce(queue);
      await rush(queue);
    }
    const [job] = (await fixture().broker.list(queue, 'ready')).items;
    const { history } = (await fixture().broker.job(queue, job?.id ?? ''))!;
    expect(history.map((delivery) => delivery.number)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 6),
    );
  });
});
