import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { Bench } from './support.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open({ appendonly: true });
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

describe('while Redis is killed and restarted', () => {
  test('workers go on by themselves, no job is lost and none fails for it', async () => {
    const queue = 'away';
    const ran = new Set<string>();
    const failures: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const worker = bench.worker({
        queues: [queue],
        concurrency: 10,
        leaseMs: 2_000,
        handlers: async ({ id }) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          ran.add(id);
        },
      });
      worker.on('failed', (event) => failures.push(event.error));
    }
    const ids = await bench.enqueue(queue, {}, 1_000);
    await until(() => ran.size > 100, { what: 'a hundred jobs' });
    await bench.redis.kill('SIGKILL');
    const atKill = ran.size;
    await bench.redis.restart();
    const backAt = performance.now();
    await until(() => ran.size > atKill + 20, { what: 'work to go on' });
    expect(performance.now() - backAt).toBeLessThan(5_000);
    await bench.until(queue, 'all jobs', ({ totals }) => totals.completed === 1_000);
    expect(ids.filter((id) => !ran.has(id))).toEqual([]);
    expect(failures).toEqual([]);
    await bench.settle();
  });

  test('a worker can be stopped while Redis is away', async () => {
    const worker = bench.worker({ queues: ['off'], handlers: () => 1 });
    await bench.enqueue('off');
    await bench.until('off', 'a job', ({ counts }) => counts.completed === 1);
    await bench.redis.kill('SIGKILL');
    const startedAt = performance.now();
    await worker.stop();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await bench.redis.restart();
    await bench.settle();
  });
});
