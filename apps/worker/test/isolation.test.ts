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

const ISOLATED = { RELAY_ISOLATION: 'process', RELAY_CHILD_MEMORY_MB: '40' };

describe('with a child process a job', () => {
  test('handlers say the same as in the worker itself', async () => {
    const queue = 'tells';
    const worker = await bench.worker(queue, ISOLATED);
    const [id = ''] = await bench.enqueue(queue, { type: 'tells', payload: '{"a":[1]}' });
    await until(async () => (await bench.tend(queue))?.completed === 1, { what: 'its end' });
    const job = await bench.broker.job(queue, id);
    const result = JSON.parse(job?.result ?? 'null') as { pid: number };
    expect(result).toMatchObject({ payload: { a: [1] }, attempt: 1 });
    expect(result.pid).not.toBe(worker.pid);
    expect(job?.logs?.lines.map(({ message }) => message)).toEqual(['one', 'two']);
    await worker.waitForLine(/"part":1.*"one"/);
    const [failed = ''] = await bench.enqueue(queue, { type: 'fails', maxAttempts: 1 });
    await until(async () => (await bench.tend(queue))?.dead === 1, { what: 'the failure' });
    expect((await bench.broker.job(queue, failed))?.error).toMatchObject({
      name: 'RangeError',
      message: 'not today',
      stack: expect.stringContaining('handlers'),
    });
    expect(await scrape(worker)).toMatch(
      /relay_jobs_dead_total\{queue="tells",reason="attempts-exhausted"\} 1/,
    );
    await assertConsistent(bench.redis.url, queue);
  });

  test('results, logs and errors that no channel can carry are a failed attempt, and no crash', async () => {
    const queue = 'odd';
    const worker = await bench.worker(queue, ISOLATED);
    const types = ['returnsFunction', 'illegible'];
    const ids: string[] = [];
    for (const type of types) ids.push(...(await bench.enqueue(queue, { type, maxAttempts: 1 })));
    const [first = '', second = ''] = ids;
    await until(async () => (await bench.tend(queue))?.dead === 2, { what: 'both ends' });
    expect(await bench.broker.job(queue, first)).toMatchObject({
      crashes: 0,
      error: { name: 'ResultError', message: expect.stringContaining('function') },
    });
    const illegible = await bench.broker.job(queue, second);
    expect(illegible).toMatchObject({ crashes: 0, error: { name: 'IllegibleError' } });
    expect(illegible?.logs?.lines.map(({ message }) => message)).toEqual(['odd fields']);
    await worker.waitForLine(/"fine":1.*"odd fields"/);
    await assertConsistent(bench.redis.url, queue);
  });

  test.each([
    ['exits', 'exits', /exited with code 3/],
    ['needs more memory than it may have', 'leaks', /was killed by SIGABRT/],
  ])(
    'one that %s counts as a crash, and the worker lives',
    async (_what, type, how) => {
      const queue = `crash-${type}`;
      const worker = await bench.worker(queue, ISOLATED);
      const [innocent = ''] = await bench.enqueue(queue, { type: 'slow', payload: '{"ms":1500}' });
      const [id = ''] = await bench.enqueue(queue, { type, maxCrashes: 1 });
      const crashed = () => bench.broker.job(queue, id);
      await until(async () => (await bench.tend(queue)) && ((await crashed())?.crashes ?? 0) > 0, {
        what: 'the crash to be counted',
        deadlineMs: 30_000,
      });
      const job = await crashed();
      expect(job?.history[0]).toMatchObject({ outcome: 'crashed', number: 1 });
      expect(job?.logs?.lines.at(-1)?.message).toMatch(how);
      const state = () => bench.broker.job(queue, id).then((one) => one?.state);
      await until(
        async () => {
          await bench.tend(queue);
          return ['completed', 'dead'].includes((await state()) ?? '');
        },
        { what: 'its end', deadlineMs: 30_000 },
      );
      expect(await state()).toBe(type === 'exits' ? 'completed' : 'dead');
      await until(async () => (await bench.broker.job(queue, innocent))?.state === 'completed', {
        what: 'the innocent job',
      });
      expect((await bench.broker.job(queue, innocent))?.crashes).toBe(0);
      expect(await scrape(worker)).toMatch(/outcome="lease_lost"\} [12]/);
      worker.kill('SIGTERM');
      expect(await worker.exit).toEqual({ code: 0, signal: null });
      await assertConsistent(bench.redis.url, queue);
    },
    90_000,
  );

  test('one that computes without a pause keeps its lease, and hears of its timeout by its end', async () => {
    const queue = 'child-busy';
    await bench.worker(queue, ISOLATED);
    const [id = ''] = await bench.enqueue(queue, { type: 'busy', payload: '{"ms":2500}' });
    await until(async () => (await bench.tend(queue))?.completed === 1, { what: 'its end' });
    expect(bench.notes(queue, 'start')).toHaveLength(1);
    expect((await bench.broker.job(queue, id))?.crashes).toBe(0);
    const [endless = ''] = await bench.enqueue(queue, {
      type: 'busy',
      payload: '{"ms":600000}',
      timeoutMs: 200,
      maxAttempts: 1,
    });
    await until(async () => (await bench.tend(queue))?.dead === 1, { what: 'the timeout' });
    expect((await bench.broker.job(queue, endless))?.history[0]?.outcome).toBe('timeout');
  });

  test('a handler module that does not load ends the start with one line', async () => {
    const worker = await bench.spawn(
      { ...ISOLATED, RELAY_HANDLERS: './nowhere.js' },
      { ready: false },
    );
    expect(await worker.exit).toEqual({ code: 1, signal: null });
    expect(worker.lines()).toEqual([expect.stringMatching(/there is no such file$/)]);
  });
});
