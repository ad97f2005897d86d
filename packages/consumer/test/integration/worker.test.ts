import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { Redis } from 'ioredis';
import type { LeaseLossCause } from '../../src/index.ts';
import { Bench } from './support.ts';

const bench = await Bench.forTests();

const NO_BACKOFF = { type: 'fixed', baseMs: 1, jitter: 'none' } as const;

describe('a worker on a real Redis', () => {
  test('an idle one is woken by a job, and keeps its result', async () => {
    let startedAt = 0;
    bench.worker({
      queues: ['idle'],
      handlers: () => {
        startedAt = performance.now();
        return { ok: false };
      },
    });
    const client = new Redis(bench.redis.url);
    const blocked = async () => /blocked_clients:1/.test(await client.info('clients'));
    await until(blocked, { what: 'the worker to wait' });
    client.disconnect();
    const sentAt = performance.now();
    const [id = ''] = await bench.enqueue('idle');
    await bench.until('idle', 'the job', ({ counts }) => counts.completed === 1);
    // Its safety poll comes after five seconds.
    expect(startedAt - sentAt).toBeLessThan(2_500);
    expect((await bench.broker.job('idle', id))?.result).toBe('{"ok":false}');
  });

  test('a job that keeps failing ends in the dead letters with its last error', async () => {
    const seen: number[] = [];
    bench.worker({
      queues: ['fails'],
      handlers: ({ attempt }) => {
        seen.push(attempt);
        throw new RangeError(`attempt ${attempt}`);
      },
    });
    const [id = ''] = await bench.enqueue('fails', { maxAttempts: 3, backoff: NO_BACKOFF });
    await bench.until('fails', 'its death', ({ counts }) => counts.dead === 1);
    expect(seen).toEqual([1, 2, 3]);
    expect(await bench.broker.job('fails', id)).toMatchObject({
      reason: 'attempts-exhausted',
      attempts: 3,
      error: { name: 'RangeError', message: 'attempt 3' },
    });
  });

  test('a job that runs too long is aborted, and counts as failed', async () => {
    const reasons: unknown[] = [];
    bench.worker({
      queues: ['slow'],
      handlers: (_job, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason as Error);
          });
        }),
    });
    const [id = ''] = await bench.enqueue('slow', {
      timeoutMs: 50,
      maxAttempts: 2,
      backoff: NO_BACKOFF,
    });
    await bench.until('slow', 'its death', ({ counts }) => counts.dead === 1);
    expect(reasons).toMatchObject([{ code: 'timeout' }, { code: 'timeout' }]);
    const job = await bench.broker.job('slow', id);
    expect(job?.history.map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout']);
  });

  test('a running job that is cancelled sees its abort within a heartbeat', async () => {
    let running = false;
    bench.worker({
      queues: ['cancel'],
      heartbeatMs: 200,
      handlers: (_job, { signal }) =>
        new Promise((resolve) => {
          running = true;
          // Whatever it says now, the job is cancelled.
          signal.addEventListener('abort', () => resolve('done all the same'));
        }),
    });
    const [id = ''] = await bench.enqueue('cancel');
    await until(() => running, { what: 'the job to run' });
    await bench.broker.cancel('cancel', id);
    await bench.until('cancel', 'its end', ({ counts }) => counts.cancelled === 1);
  });

  test('heartbeats keep a job that runs for three leases', async () => {
    const lost: LeaseLossCause[] = [];
    let deliveries = 0;
    const worker = bench.worker({
      queues: ['long'],
      handlers: async () => {
        deliveries += 1;
        const end = performance.now() + 3_000;
        await until(() => performance.now() > end, { what: 'three leases' });
      },
    });
    worker.on('lost', ({ cause }) => lost.push(cause));
    await bench.enqueue('long');
    await bench.until('long', 'its end', ({ counts }) => counts.completed === 1);
    expect(deliveries).toBe(1);
    expect(lost).toEqual([]);
  });

  test('an unknown type goes back to its queue, for a worker that knows it', async () => {
    bench.worker({ queues: ['types'], handlers: { a: () => 'A' }, unhandledDelayMs: 20 });
    const [id = ''] = await bench.enqueue('types', { type: 'b' });
    await bench.until('types', 'a refusal', ({ totals }) => totals.unhandled > 0);
    bench.worker({ queues: ['types'], handlers: { b: () => 'B' } });
    await bench.until('types', 'its end', ({ counts }) => counts.completed === 1);
    expect((await bench.broker.job('types', id))?.attempts).toBe(1);
  });

  test('one worker empties several queues', async () => {
    const queues = ['one', 'two', { name: 'three', concurrency: 1 }];
    const seen = new Map<string, number>();
    bench.worker({
      queues,
      concurrency: 3,
      handlers: async ({ queue }) => {
        seen.set(queue, (seen.get(queue) ?? 0) + 1);
        await Promise.resolve();
      },
    });
    for (const name of ['one', 'two', 'three']) await bench.enqueue(name, {}, 300);
    for (const name of ['one', 'two', 'three']) {
      await bench.until(name, 'its end', ({ counts }) => counts.completed === 300);
    }
    expect(Object.fromEntries(seen)).toEqual({ one: 300, two: 300, three: 300 });
  });

  test('a paused queue with waiting workers costs no busy loop', async () => {
    const queue = 'paused';
    await bench.enqueue(queue, {}, 100);
    await bench.broker.pause(queue);
    for (let i = 0; i < 10; i++) bench.worker({ queues: [queue], handlers: () => i });
    const client = new Redis(bench.redis.url);
    await until(async () => /blocked_clients:10/.test(await client.info('clients')), {
      what: 'ten workers to wait',
    });
    await client.config('RESETSTAT');
    const end = performance.now() + 2_000;
    await until(() => performance.now() > end, { what: 'two seconds', everyMs: 100 });
    const stats = await client.info('commandstats');
    client.disconnect();
    const calls = (command: string) =>
      Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
    // Ten workers, one safety poll in 5 s each.
    expect(calls('evalsha')).toBeLessThanOrEqual(20);
    expect(calls('blpop')).toBeLessThanOrEqual(20);
    await bench.broker.resume(queue);
    await bench.until(queue, 'all jobs', ({ counts }) => counts.completed === 100);
  });

  test('stopping workers one after the other under load delivers nothing twice', async () => {
    const queue = 'rolling';
    const seen = new Map<string, number>();
    const start = () =>
      bench.worker({
        queues: [queue],
        concurrency: 20,
        handlers: async ({ id }) => {
          seen.set(id, (seen.get(id) ?? 0) + 1);
          await new Promise((resolve) => setTimeout(resolve, 5));
        },
      });
    const old = [start(), start(), start()];
    await bench.enqueue(queue, {}, 1_000);
    for (const worker of old) {
      start();
      await worker.stop();
    }
    await bench.until(queue, 'all jobs', ({ totals }) => totals.completed === 1_000);
    expect(seen.size).toBe(1_000);
    expect([...seen.values()].filter((count) => count !== 1)).toEqual([]);
  });
});
