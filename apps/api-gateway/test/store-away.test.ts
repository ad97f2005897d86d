import { describe, expect, it } from '@jest/globals';
import { startRedisServer, until } from '@relay/testkit';
import { call, slug, startTestGateway } from './harness.ts';

describe('while Redis is away', () => {
  it('enqueue is 503 within 2 s, liveness stays, readiness goes, and all comes back', async () => {
    await using redis = await startRedisServer();
    await using gateway = await startTestGateway({ redis: redis.url });
    const enqueue = () => call(gateway, 'POST /v1/queues/q/jobs', { json: { payload: 1 } });
    expect((await enqueue()).status).toBe(201);

    await redis.kill('SIGSTOP');
    const begun = performance.now();
    const [refused, bulk, ready, live, metrics] = await Promise.all([
      enqueue(),
      call(gateway, 'POST /v1/queues/q/jobs/bulk', { json: { jobs: [{ payload: 1 }] } }),
      call(gateway, 'GET /readyz'),
      call(gateway, 'GET /livez'),
      call(gateway, 'GET /metrics'),
    ]);
    expect(performance.now() - begun).toBeLessThan(2_500);
    expect([refused.status, slug(refused)]).toEqual([503, 'store-unavailable']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect([bulk.status, slug(bulk)]).toEqual([503, 'store-unavailable']);
    expect([ready.status, live.status, metrics.status]).toEqual([503, 200, 200]);
    expect(metrics.text).not.toContain('relay_queue_jobs{');

    await redis.kill('SIGCONT');
    await until(async () => (await enqueue()).status === 201, { what: 'enqueue to work again' });
    await until(async () => (await call(gateway, 'GET /readyz')).status === 200, {
      what: 'readiness to come back',
    });
  });
});
