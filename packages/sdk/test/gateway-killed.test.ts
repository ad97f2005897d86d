import { describe, expect, it } from '@jest/globals';
import { startRedisServer } from '@relay/testkit';
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
});
