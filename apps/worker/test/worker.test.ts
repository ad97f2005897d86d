import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assertConsistent, until } from '@relay/testkit';
import { Bench, scrape } from './support.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

describe('workers as processes', () => {
  test('eight compete for 2,000 jobs, and each runs exactly once', async () => {
    const queue = 'race';
    const workers = await Promise.all(Array.from({ length: 8 }, () => bench.worker(queue)));
    const ids = await bench.enqueue(queue, { type: 'quick' }, 2_000);
    await until(async () => (await bench.broker.stats(queue))?.totals.completed === 2_000, {
      what: 'all jobs',
      deadlineMs: 30_000,
    });
    const ran = bench.notes(queue, 'start');
    expect(ran.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(new Set(ran.map(({ pid }) => pid)).size).toBeGreaterThan(1);
    const report = await assertConsistent(bench.redis.url, queue);
    expect(report.counts.active).toBe(0);
    const texts = await Promise.all(workers.map(scrape));
    const completed = texts.map((text) =>
      Number(
        /relay_job_attempts_total\{queue="race",outcome="completed"\} (\d+)/.exec(text)?.[1] ?? 0,
      ),
    );
    expect(completed.reduce((sum, one) => sum + one, 0)).toBe(2_000);
    expect(texts[0]).toMatch(/relay_worker_slots 10/);
    expect(texts[0]).toMatch(/relay_job_wait_seconds_count\{queue="race"\} [1-9]/);
    await Promise.all(workers.map((worker) => worker.stop()));
  }, 120_000);

  test('a job whose worker is killed runs again after its lease', async () => {
    const queue = 'killed';
    const first = await bench.worker(queue);
    const [id = ''] = await bench.enqueue(queue, { type: 'stuck' });
    await until(() => bench.notes(queue, 'start').length === 1, { what: 'the first delivery' });
    first.kill('SIGKILL');
    const killedAt = performance.now();
    await bench.worker(queue);
    await until(async () => (await bench.tend(queue))?.completed === 1, { what: 'the second' });
    expect(bench.notes(queue, 'start')).toHaveLength(2);
    expect(performance.now() - killedAt).toBeLessThan(10_000);
    const job = await bench.broker.job(queue, id);
    expect(job).toMatchObject({ state: 'completed', crashes: 1, result: '"at last"' });
    await assertConsistent(bench.redis.url, queue);
  });

  test('a worker that was frozen for longer than its lease changes nothing any more', async () => {
    const queue = 'frozen';
    const frozen = await bench.worker(queue);
    await bench.enqueue(queue, { type: 'slow', payload: '{"ms":300}' });
    await until(() => bench.notes(queue, 'start').length === 1, { what: 'the first delivery' });
    frozen.kill('SIGSTOP');
    const other = await bench.worker(queue);
    await until(async () => (await bench.tend(queue))?.completed === 1, { what: 'the second' });
    frozen.kill('SIGCONT');
    await frozen.waitForLine(/the lease of a job was lost/);
    expect(await scrape(frozen)).toMatch(/outcome="lease_lost"\} 1/);
    expect(await scrape(other)).toMatch(/outcome="completed"\} 1/);
    const stats = await bench.broker.stats(queue);
    expect(stats?.totals).toMatchObject({ completed: 1, crashed: 1 });
    await assertConsistent(bench.redis.url, queue);
  });

  test('a poison job dies as crashed, and its 99 neighbours complete', async () => {
    const queue = 'poison';
    const [poison = ''] = await bench.enqueue(queue, { type: 'poison' });
    await bench.enqueue(queue, { type: 'quick' }, 99);
    let over = false;
    const supervisor = (async () => {
      while (!over) {
        const worker = await bench.worker(queue, { RELAY_CONCURRENCY: '100' });
        await Promise.race([
          worker.exit,
          until(() => over, { what: 'the end', deadlineMs: 120_000 }),
        ]);
        await worker.stop();
      }
    })();
    await until(
      async () => {
        const counts = await bench.tend(queue);
        return counts?.dead === 1 && counts.completed === 99;
      },
      { what: 'the end of all hundred', deadlineMs: 90_000, everyMs: 20 },
    );
    over = true;
    await supervisor;
    expect(await bench.broker.job(queue, poison)).toMatchObject({
      state: 'dead',
      reason: 'crashed',
      attempts: 0,
      crashes: 4,
    });
    expect(bench.notes(queue, 'start').filter(({ id }) => id === poison)).toHaveLength(4);
    await assertConsistent(bench.redis.url, queue);
  }, 150_000);

  test('an error that nobody caught ends the worker, not the work beside it, and whoever never ends pays', async () => {
    const queue = 'uncaught';
    const [forgetful = ''] = await bench.enqueue(queue, { type: 'forgets', payload: '{"ms":400}' });
    const [stuck = ''] = await bench.enqueue(queue, { type: 'throwsAside' });
    const others = await bench.enqueue(queue, { type: 'slow', payload: '{"ms":800}' }, 8);
    // Longer than the test: it is not the lease that ends the stuck one.
    const env = { RELAY_DRAIN_MS: '3000', RELAY_LEASE_MS: '600000' };
    const worker = await bench.worker(queue, env);
    const line = JSON.parse(await worker.waitForLine(/unexpected error/)) as {
      level: string;
      jobs: number;
      running: { id: string; type: string }[];
    };
    expect(line.level).toBe('fatal');
    expect(line.jobs).toBe(10);
    expect(line.running).toContainEqual({ queue, id: stuck, type: 'throwsAside' });
    expect(line.running).toContainEqual({ queue, id: forgetful, type: 'forgets' });
    expect(await worker.exit).toEqual({ code: 1, signal: null });
    const ended = bench.notes(queue, 'end').map(({ id }) => id);
    expect(ended.toSorted()).toEqual([forgetful, ...others].toSorted());
    await until(async () => (await bench.tend(queue))?.ready === 1, { what: 'the crash' });
    expect((await bench.broker.stats(queue))?.counts).toMatchObject({ completed: 9, active: 0 });
    expect(await bench.broker.job(queue, stuck)).toMatchObject({ state: 'ready', crashes: 1 });
    await assertConsistent(bench.redis.url, queue);
  });

  test('SIGTERM with 20 running jobs: all end, none runs twice, exit 0', async () => {
    const queue = 'drain';
    const worker = await bench.worker(queue, { RELAY_CONCURRENCY: '20' });
    const ids = await bench.enqueue(queue, { type: 'slow', payload: '{"ms":1500}' }, 25);
    await until(() => bench.notes(queue, 'start').length === 20, { what: '20 running jobs' });
    worker.kill('SIGTERM');
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    const ended = bench.notes(queue, 'end').map(({ id }) => id);
    expect(ended.toSorted()).toEqual(ids.slice(0, 20).toSorted());
    expect(bench.notes(queue, 'start')).toHaveLength(20);
    expect((await bench.broker.stats(queue))?.counts).toMatchObject({
      ready: 5,
      completed: 20,
      active: 0,
    });
    await assertConsistent(bench.redis.url, queue);
  });

  test('what does not end within the drain budget goes back at no cost', async () => {
    const queue = 'evict';
    const worker = await bench.worker(queue, { RELAY_DRAIN_MS: '200' });
    const [id = ''] = await bench.enqueue(queue, { type: 'slow', payload: '{"ms":60000}' });
    await bench.enqueue(queue, { type: 'stuck' });
    await until(() => bench.notes(queue, 'start').length === 2, { what: 'both to run' });
    const signalledAt = performance.now();
    worker.kill('SIGTERM');
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - signalledAt).toBeLessThan(2_500);
    expect((await bench.broker.stats(queue))?.counts).toMatchObject({ ready: 2, active: 0 });
    expect(await bench.broker.job(queue, id)).toMatchObject({ attempts: 0, crashes: 0 });
    await assertConsistent(bench.redis.url, queue);
  });
});

describe('a worker that cannot start', () => {
  test.each([
    [
      'RELAY_HANDLERS',
      { RELAY_HANDLERS: '' },
      78,
      /^worker: configuration: RELAY_HANDLERS must be set/,
    ],
    [
      'the handler module',
      { RELAY_HANDLERS: './nowhere.js' },
      1,
      /^worker: RELAY_HANDLERS: \/.*nowhere\.js cannot be used: there is no such file$/,
    ],
    ['a queue', { RELAY_QUEUES: 'a b' }, 78, /^worker: configuration: RELAY_QUEUES .*queue names/],
  ])('says what is wrong with %s in one line', async (_what, env, code, line) => {
    const worker = await bench.spawn(env, { ready: false });
    expect(await worker.exit).toEqual({ code, signal: null });
    expect(worker.lines()).toEqual([expect.stringMatching(line)]);
  });
});
