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

async function start(queue: string, thread: boolean) {
  const worker = await bench.worker(queue, {
    RELAY_HEARTBEAT_THREAD: String(thread),
    LOG_LEVEL: 'debug',
  });
  if (thread) await worker.waitForLine(/the heartbeat thread is ready/);
  return worker;
}

/** Runs one job that computes for so long at a worker with a lease of 1 s, while the reaper looks on. */
async function compute(queue: string, ms: number, thread: boolean) {
  const worker = await start(queue, thread);
  const [id = ''] = await bench.enqueue(queue, { type: 'busy', payload: JSON.stringify({ ms }) });
  await until(async () => (await bench.tend(queue))?.completed === 1, {
    what: 'its end',
    deadlineMs: 40_000,
    everyMs: 50,
  });
  await worker.waitForLine(/has blocked the event loop/);
  const job = await bench.broker.job(queue, id);
  const metrics = await scrape(worker);
  const value = (pattern: RegExp) => Number(pattern.exec(metrics)?.[1] ?? -1);
  await assertConsistent(bench.redis.url, queue);
  return {
    job,
    starts: bench.notes(queue, 'start').length,
    blocked: value(/^relay_worker_blocked_total (\d+)/m),
    extensions: value(/^relay_worker_blocked_extensions_total (\d+)/m),
    lost: value(/outcome="lease_lost"\} (\d+)/),
    worker,
  };
}

/** The same where it is in vain: until the job is dead of its second crash. */
async function loses(queue: string, ms: number, thread: boolean) {
  const worker = await start(queue, thread);
  const payload = JSON.stringify({ ms });
  const [id = ''] = await bench.enqueue(queue, { type: 'busy', payload, maxCrashes: 1 });
  await until(async () => (await bench.tend(queue))?.dead === 1, {
    what: 'its death',
    deadlineMs: 40_000,
    everyMs: 50,
  });
  // It still computes when the reaper buries the job.
  await until(() => bench.notes(queue, 'end').length === 2, { what: 'the handler to end' });
  await worker.waitForLine(/the lease of a job was lost/);
  await worker.waitForLine(/has blocked the event loop/);
  const both = /relay_job_attempts_total\{queue="[^"]*",outcome="lease_lost"\} 2/;
  await until(async () => both.test(await scrape(worker)), { what: 'both losses to be counted' });
  const metrics = await scrape(worker);
  const job = await bench.broker.job(queue, id);
  expect(job).toMatchObject({ reason: 'crashed', attempts: 0 });
  expect(job?.history.map(({ outcome }) => outcome)).toEqual(['crashed', 'crashed']);
  await assertConsistent(bench.redis.url, queue);
  return { metrics, job, starts: bench.notes(queue, 'start').length };
}

describe('a handler that computes for two leases without a pause', () => {
  test('keeps its job with the heartbeat thread: event and metric, one delivery', async () => {
    const seen = await compute('kept', 2_000, true);
    expect(seen).toMatchObject({ starts: 1, lost: 0, job: { crashes: 0, state: 'completed' } });
    expect(seen.blocked).toBeGreaterThanOrEqual(1);
    expect(seen.extensions).toBeGreaterThanOrEqual(1);
  });

  test('loses it in the open without: each delivery is counted on both sides', async () => {
    const { metrics, job, starts } = await loses('lost', 2_000, false);
    expect(metrics).toMatch(/^relay_worker_blocked_total [1-9]/m);
    expect(metrics).toMatch(/^relay_worker_blocked_extensions_total 0/m);
    expect(starts).toBe(job?.history.length);
  });
});

test('one that computes for far longer than the thread may help loses its job in the open', async () => {
  const { metrics, job, starts } = await loses('too-long', 3_500, true);
  expect(metrics).toMatch(/^relay_worker_blocked_extensions_total [1-9]/m);
  expect(starts).toBe(job?.history.length);
});
