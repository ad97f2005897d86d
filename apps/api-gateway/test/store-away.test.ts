import { describe, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { call, slug, startTestGateway, type TestGateway } from './harness.ts';

const enqueue = (gateway: TestGateway, payload: unknown = 1) =>
  call(gateway, 'POST /v1/queues/q/jobs', { json: { payload } });

/** How long a call took is printed, not judged: the machine may be busy. */
async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await act();
  process.stdout.write(`${what}: ${Math.round(performance.now() - begun)} ms\n`);
  return result;
}

/** All that must hold while there is no store, whatever the reason. */
async function isHonestlyAway(gateway: TestGateway, why: string): Promise<void> {
  const livez = () => timed(`${why}: /livez`, () => call(gateway, 'GET /livez'));
  const [refused, bulk, list, ready, live, metrics] = await Promise.all([
    timed(`${why}: enqueue`, () => enqueue(gateway)),
    call(gateway, 'POST /v1/queues/q/jobs/bulk', { json: { jobs: [{ payload: 1 }] } }),
    call(gateway, 'GET /v1/queues'),
    call(gateway, 'GET /readyz'),
    livez(),
    call(gateway, 'GET /metrics'),
  ]);
  for (const one of [refused, bulk, list]) {
    expect([one.status, slug(one)]).toEqual([503, 'store-unavailable']);
    expect(one.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  }
  expect([ready.status, live.status, metrics.status]).toEqual([503, 200, 200]);
  expect(metrics.text).not.toContain('relay_queue_jobs{');
}

async function recovers(gateway: TestGateway): Promise<void> {
  await until(async () => (await enqueue(gateway)).status === 201, {
    what: 'enqueue to work again',
    deadlineMs: 20_000,
  });
  await until(async () => (await call(gateway, 'GET /readyz')).status === 200, {
    what: 'readiness to come back',
    deadlineMs: 20_000,
  });
}

describe('while Redis is away', () => {
  it.each<[string, (redis: RedisServer) => Promise<void>, (redis: RedisServer) => Promise<void>]>([
    ['silent', (redis) => redis.kill('SIGSTOP'), (redis) => redis.kill('SIGCONT')],
    ['dead', (redis) => redis.kill('SIGKILL'), (redis) => redis.restart()],
  ])(
    '(%s) enqueue is 503, liveness stays, readiness goes, and all comes back by itself',
    async (why, takeAway, giveBack) => {
      await using redis = await startRedisServer({ appendonly: true });
      await using gateway = await startTestGateway({ redis: redis.url, deadlineMs: 1_500 });
      expect((await enqueue(gateway)).status).toBe(201);
      await takeAway(redis);
      await isHonestlyAway(gateway, why);
      // Once more, when the gateway knows it.
      await isHonestlyAway(gateway, `${why}, again`);
      await giveBack(redis);
      await recovers(gateway);
    },
  );

  it('a flood is answered to the last request, and liveness answers in its midst', async () => {
    await using redis = await startRedisServer();
    await using gateway = await startTestGateway({ redis: redis.url, deadlineMs: 1_500 });
    await enqueue(gateway);
    await redis.kill('SIGSTOP');
    const flood = Array.from({ length: 300 }, () => enqueue(gateway));
    const live = await timed('flood: /livez', () => call(gateway, 'GET /livez'));
    expect(live.status).toBe(200);
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([503]));
    await redis.kill('SIGCONT');
    await recovers(gateway);
  });
});

describe('while Redis is full', () => {
  it('new jobs are refused as store-full, the others go on, and all comes back', async () => {
    await using redis = await startRedisServer();
    await using gateway = await startTestGateway({ redis: redis.url, deadlineMs: 1_500 });
    const first = await enqueue(gateway);
    expect(first.status).toBe(201);
    const client = new Redis(redis.url);
    try {
      await client.config('SET', 'maxmemory', '1mb');
      const full = await enqueue(gateway);
      expect([full.status, slug(full)]).toEqual([503, 'store-full']);
      expect(full.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      const bulk = await call(gateway, 'POST /v1/queues/q/jobs/bulk', {
        json: { jobs: [{ payload: 1 }, { payload: 2 }] },
      });
      const [item] = bulk.body.results ?? [{ status: bulk.status }];
      expect(item.status).toBe(503);
      expect((await call(gateway, 'GET /livez')).status).toBe(200);
      // What is there is read, worked off and settled.
      const claimed = await call(gateway, 'POST /v1/leases', {
        json: { workerId: 'w', queues: ['q'] },
      });
      const [lease] = claimed.body.leases;
      expect(lease.job.id).toBe(first.body.id);
      const settled = await call(gateway, 'POST /v1/leases/settle', {
        json: { items: [{ leaseToken: lease.leaseToken, outcome: 'complete' }] },
      });
      expect(settled.body.results[0].status).toBe('settled');
      await client.config('SET', 'maxmemory', '0');
      await recovers(gateway);
    } finally {
      client.disconnect();
    }
  });
});
