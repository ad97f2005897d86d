import { describe, expect, it } from '@jest/globals';
import { startRedisServer, until } from '@relay/testkit';
import { Relay } from '../src/index.ts';
import { collect } from './conformance/tools.ts';
import { startGateway } from './gateway.ts';

const JOBS = 500;

describe('a gateway that is killed in mid-stream', () => {
  it.each([
    ['each job in its own request', {}],
    ['jobs in batches', { batch: { maxJobs: 20, maxWaitMs: 1 } }],
  ])('loses nothing and doubles nothing, %s', async (_, options) => {
    await using redis = await startRedisServer();
    const gateway = await startGateway(redis.url);
    const relay = new Relay({ url: gateway.url, retry: { capMs: 200 }, ...options });
    const queue = relay.queue<{ t: number }>('stream');
    let accepted = 0;
    let half = (): void => undefined;
    const halfway = new Promise<void>((resolve) => {
      half = resolve;
    });
    const numbers = Array.from({ length: JOBS }, (__, n) => n);
    // Ten producers, so that calls are under way whenever the gateway dies.
    const producers = Array.from({ length: 10 }, async () => {
      const ids: string[] = [];
      for (let n = numbers.pop(); n !== undefined; n = numbers.pop()) {
        ids.push((await queue.enqueue('t', n)).id);
        accepted += 1;
        if (accepted === JOBS / 2) half();
      }
      return ids;
    });
    await halfway;
    gateway.process.kill('SIGKILL');
    await gateway.process.exit;
    const port = Number(new URL(gateway.url).port);
    await using next = await startGateway(redis.url, port);
    expect(next.url).toBe(gateway.url);
    const ids = (await Promise.all(producers)).flat();
    expect(new Set(ids).size).toBe(JOBS);
    const stored = await collect(queue.jobs({ state: 'ready' }));
    expect(stored.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  it('stops no worker: what runs is settled by the next gateway, and nothing runs twice', async () => {
    await using redis = await startRedisServer();
    const gateway = await startGateway(redis.url);
    const relay = new Relay({ url: gateway.url, retry: { capMs: 200 } });
    const queue = relay.queue<{ t: number }>('work');
    const jobs = Array.from({ length: 200 }, (_hole, payload) => ({ type: 't', payload }) as const);
    await queue.enqueueMany(jobs);
    const ran: number[] = [];
    let half = (): void => undefined;
    const halfway = new Promise<void>((resolve) => {
      half = resolve;
    });
    const worker = queue.worker({
      concurrency: 5,
      handlers: {
        t: ({ payload }) => {
          ran.push(payload);
          if (ran.length === jobs.length / 2) half();
          return payload;
        },
      },
    });
    worker.start();
    await halfway;
    gateway.process.kill('SIGKILL');
    await gateway.process.exit;
    await using next = await startGateway(redis.url, Number(new URL(gateway.url).port));
    expect(next.url).toBe(gateway.url);
    await until(async () => (await queue.stats()).completed === jobs.length, {
      what: 'all jobs to be completed',
      deadlineMs: 20_000,
    });
    await worker.stop();
    expect(ran.toSorted((a, b) => a - b)).toEqual(jobs.map(({ payload }) => payload));
  });
});
