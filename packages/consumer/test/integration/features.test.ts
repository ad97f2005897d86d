import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { aesGcmCodec, CrashError, encodePayload, gzipCodec } from '../../src/index.ts';
import { Bench } from './support.ts';

const bench = await Bench.forTests();

describe('on a real Redis', () => {
  test('an encoded payload is unreadable there, and plain for its handler', async () => {
    const codecs = [gzipCodec(), aesGcmCodec({ keys: { k1: randomBytes(32) } })];
    const seen: unknown[] = [];
    bench.worker({
      queues: ['coded'],
      codecs,
      handlers: ({ payload }) => {
        seen.push(payload);
      },
    });
    const secret = { card: '4111', zero: 0, none: null };
    const [id = ''] = await bench.enqueue('coded', encodePayload(secret, codecs));
    await bench.until('coded', 'its end', ({ counts }) => counts.completed === 1);
    expect(seen).toEqual([secret]);
    expect((await bench.broker.job('coded', id))?.payload).not.toContain('4111');
  });

  test('what a handler logged is found at the job, of the last delivery that logged', async () => {
    bench.worker({
      queues: ['logs'],
      handlers: ({ attempt }, { log }) => {
        log.warn({}, `delivery ${attempt}`);
        if (attempt === 1) throw new Error('again');
      },
    });
    const backoff = { type: 'fixed', baseMs: 1, jitter: 'none' } as const;
    const [id = ''] = await bench.enqueue('logs', { backoff });
    await bench.until('logs', 'its end', ({ counts }) => counts.completed === 1);
    expect((await bench.broker.job('logs', id))?.logs).toMatchObject({
      number: 2,
      lines: [{ level: 'warn', message: 'delivery 2' }],
    });
  });

  test('a crash of what ran the job is counted as one, and the job runs again', async () => {
    bench.worker({
      queues: ['crash'],
      leaseMs: 30_000,
      handlers: ({ crashes }) => {
        if (crashes === 0) throw new CrashError('the child died');
      },
    });
    const [id = ''] = await bench.enqueue('crash');
    await bench.until('crash', 'its end', ({ counts }) => counts.completed === 1);
    const job = await bench.broker.job('crash', id);
    expect(job?.history.map(({ outcome }) => outcome)).toEqual(['crashed', 'completed']);
    expect(job).toMatchObject({ crashes: 1, attempts: 1 });
  });

  test('an operator’s quiet stops the claims, and its end starts them again', async () => {
    let ran = 0;
    const worker = bench.worker({ queues: ['hush'], presenceMs: 50, handlers: () => ran++ });
    const known = async () => await bench.broker.setQuiet(worker.workerId, true);
    await until(known, { what: 'the worker to be known' });
    await until(() => worker.isQuiet, { what: 'it to hear' });
    await bench.enqueue('hush', {}, 10);
    const told = async () =>
      (await bench.broker.members('workers')).find(({ id }) => id === worker.workerId)?.info;
    await until(async () => (await told())?.['quiet'] === true, { what: 'it to say so' });
    expect(ran).toBe(0);
    await bench.broker.setQuiet(worker.workerId, false);
    await bench.until('hush', 'all jobs', ({ counts }) => counts.completed === 10);
    await worker.stop();
    expect(await told()).toBeUndefined();
  });

  test('weights hold under load: the heavy queue is done first, the light one never starves', async () => {
    const order: string[] = [];
    await bench.enqueue('heavy', {}, 300);
    await bench.enqueue('light', {}, 300);
    bench.worker({
      queues: [{ name: 'heavy', weight: 4 }, 'light'],
      concurrency: 5,
      handlers: async ({ queue }) => {
        order.push(queue);
        await new Promise((resolve) => setTimeout(resolve, 2));
      },
    });
    for (const queue of ['heavy', 'light']) {
      await bench.until(queue, 'its end', ({ counts }) => counts.completed === 300);
    }
    const light = order.slice(0, 200).filter((queue) => queue === 'light').length;
    expect(light).toBeGreaterThan(10);
    expect(light).toBeLessThan(100);
  });
});
