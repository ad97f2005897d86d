import { afterEach, describe, expect, test } from '@jest/globals';
import { assertConsistent, until } from '@relay/testkit';
import { Replicas, scrape } from './support/replicas.ts';
import { openStore } from './support/store.ts';

const { redis, broker } = await openStore({ appendonly: true });
const replicas = new Replicas(() => redis.url);

afterEach(() => replicas.stop());

function sumOf(text: string, name: string, queue: string): number {
  const pattern = new RegExp(`^${name}\\{queue="${queue}"\\} (\\d+)`, 'm');
  return Number(pattern.exec(text)?.[1] ?? 0);
}

const payload = '{}';

describe('the reaper-promoter', () => {
  test('makes delayed jobs ready at their time, and expired leases at once, without a sweep', async () => {
    const replica = await replicas.start({ RELAY_REAP_INTERVAL_MS: '10000' });
    const queue = 'timing';
    const { id } = await broker.enqueue(queue, { payload, delayMs: 700 });
    const due = (await broker.job(queue, id))?.runAt ?? 0;
    const ready = await until(
      async () => {
        const stats = await broker.stats(queue);
        return stats?.counts.ready === 1 ? (stats.oldestReadyMs ?? 0) : null;
      },
      { what: 'the promotion', everyMs: 2 },
    );
    const age = Date.now() - due;
    // Long before the sweep. How many milliseconds it takes is told by `npm run bench -- --only lateness`.
    expect(age).toBeLessThan(5_000);
    expect(ready).toBeLessThan(5_000);
    const claimed = await broker.claim(queue, { workerId: 'w', max: 1, leaseMs: 1_000 });
    const expiresAt = claimed.leases[0]!.expiresAt;
    await until(async () => (await broker.stats(queue))?.counts.ready === 1, {
      what: 'the reaping',
    });
    expect(Date.now() - expiresAt).toBeLessThan(500);
    const metrics = await scrape(replica);
    expect(sumOf(metrics, 'relay_jobs_promoted_total', queue)).toBe(1);
    expect(sumOf(metrics, 'relay_jobs_reaped_total', queue)).toBe(1);
    expect(metrics).toMatch(/relay_loop_runs_total\{loop="reap",result="ok"\} [1-9]/);
    expect(metrics).toMatch(/relay_loop_last_success_timestamp_seconds\{loop="promote"\} \d+/);
    await assertConsistent(redis.url, queue);
  });

  test('three replicas promote and reap each job once, and end at SIGTERM with 0', async () => {
    const queue = 'shared';
    await Promise.all([replicas.start(), replicas.start(), replicas.start()]);
    const jobs = Array.from({ length: 3_000 }, (_, i) => ({
      payload,
      delayMs: 300 + (i % 7) * 50,
    }));
    await broker.enqueueMany(queue, jobs);
    await until(async () => (await broker.stats(queue))?.counts.ready === 3_000, { what: 'all' });
    await broker.claim(queue, { workerId: 'w', max: 1_000, leaseMs: 1_000 });
    await until(async () => (await broker.stats(queue))?.counts.ready === 3_000, {
      what: 'reaping',
    });
    const stats = await broker.stats(queue);
    expect(stats?.totals).toMatchObject({ promoted: 3_000, crashed: 1_000 });
    const texts = await Promise.all(replicas.all.map(scrape));
    const total = (name: string) => texts.reduce((sum, text) => sum + sumOf(text, name, queue), 0);
    expect(total('relay_jobs_promoted_total')).toBe(3_000);
    expect(total('relay_jobs_reaped_total')).toBe(1_000);
    for (const replica of replicas.all) replica.kill('SIGTERM');
    const exits = await Promise.all(replicas.all.map((replica) => replica.exit));
    expect(exits).toEqual(exits.map(() => ({ code: 0, signal: null })));
    await assertConsistent(redis.url, queue);
  });

  test('goes on by itself after Redis was killed and has come back', async () => {
    const queue = 'restart';
    const replica = await replicas.start();
    await broker.enqueue(queue, { payload, delayMs: 1_500 });
    await until(async () => (await broker.stats(queue))?.counts.scheduled === 1, { what: 'it' });
    await redis.kill('SIGKILL');
    await replica.waitForLine(/is unavailable: /, 15_000);
    await redis.restart();
    const backAt = performance.now();
    await until(async () => (await broker.stats(queue))?.counts.ready === 1, { what: 'promotion' });
    expect(performance.now() - backAt).toBeLessThan(5_000);
    await assertConsistent(redis.url, queue);
  });

  test('says in one line that the port is taken, and exits 1', async () => {
    const first = await replicas.start();
    const { url } = JSON.parse(await first.waitForLine(/"ready: /)) as { url: string };
    const second = await replicas.launch({ PORT: new URL(url).port });
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.lines()).toEqual([expect.stringMatching(/^reaper-promoter: port \d+ .* in use/)]);
  });
});
