import { describe, expect, it } from '@jest/globals';
import type { QueueStats } from '@relay/broker';
import { RateMeter } from '../src/queues/rates.ts';
import { Snapshots } from '../src/queues/snapshots.ts';
import { call, killJob, serveTests, slug } from './harness.ts';

const { gateway } = await serveTests();

describe('workers', () => {
  it('are listed in pages with what they say of themselves, and can be asked to be quiet', async () => {
    const { broker } = gateway;
    const info = {
      host: 'box-1',
      pid: 7,
      version: '1.0.0',
      queues: ['emails'],
      slots: 10,
      busy: 3,
      startedAt: 1_900_000_000_000,
      novelty: true,
    };
    for (const id of ['w-a', 'w-b', 'w-c']) await broker.beat('workers', { id, info });
    await broker.beat('workers', { id: 'w-odd', info: { slots: 'many', host: 9 } });
    const first = await call(gateway, 'GET /v1/workers?limit=3');
    expect(first.body.items[0]).toMatchObject({
      id: 'w-a',
      kind: 'process',
      host: 'box-1',
      slots: 10,
      busy: 3,
      draining: false,
      startedAt: '2030-03-17T17:46:40.000Z',
    });
    const rest = await call(gateway, `GET /v1/workers?cursor=${first.body.nextCursor}`);
    expect(rest.body).toMatchObject({ nextCursor: null, items: [{ id: 'w-odd', slots: null }] });
    expect(slug(await call(gateway, 'GET /v1/workers?cursor=forged'))).toBe('malformed');
    const quiet = await call(gateway, 'POST /v1/workers/w-b/quiet');
    expect(quiet.body).toEqual({ id: 'w-b', quiet: true });
    expect((await broker.beat('workers', { id: 'w-b', info })).quiet).toBe(true);
    await call(gateway, 'POST /v1/workers/w-b/quiet', { json: { quiet: false } });
    expect((await broker.beat('workers', { id: 'w-b', info })).quiet).toBe(false);
    expect((await call(gateway, 'POST /v1/workers/nobody/quiet')).status).toBe(404);
  });
});

describe('the overview', () => {
  it('says in one answer of at most 15 KB what needs attention', async () => {
    const { broker } = gateway;
    const long = 'x'.repeat(120);
    for (let n = 0; n < 12; n++) {
      await broker.enqueue(`${long}${n}`, { payload: '1' });
      if (n % 2 === 0) await broker.pause(`${long}${n}`);
    }
    await broker.enqueue('dying', { payload: '1' });
    await killJob(broker, 'dying');
    await broker.beat('replicas', { id: 'reaper-1', info: { host: 'box-2' } });
    const answer = await call(gateway, 'GET /v1/overview');
    expect(answer.text.length).toBeLessThan(15_000);
    expect(answer.body).toMatchObject({
      queues: 13,
      tiles: { ready: 12, dead: 1, active: 0 },
      redis: { product: 'redis', memoryMaxBytes: null, evictionPolicy: 'noeviction' },
      loops: { replicas: [{ id: 'reaper-1', host: 'box-2' }], lastSeenAt: expect.any(String) },
      partial: false,
    });
    expect(answer.body.tiles.oldestReadyMs).toBeGreaterThan(0);
    expect(answer.body.attention.oldest).toHaveLength(10);
    expect(answer.body.attention.pausedWithBacklog).toHaveLength(6);
    expect(answer.body.chart.points).toHaveLength(60);
    expect(answer.body.workers.live).toBeGreaterThan(0);
  });

  it('is shared by those who ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call(gateway, 'GET /v1/overview')),
    );
    expect(new Set(answers.map(({ body }) => body.at)).size).toBe(1);
  });
});

describe('a scrape', () => {
  it('shows Redis, workers, limits and how late due jobs are', async () => {
    const { broker } = gateway;
    await broker.configure('scraped', { concurrency: 7 });
    await broker.enqueue('scraped', { payload: '1', delayMs: 60_000 });
    await broker.beat('workers', { id: 'w-s', info: { queues: ['scraped'] } });
    const { text } = await call(gateway, 'GET /metrics');
    expect(text).toContain('relay_queue_workers{queue="scraped"} 1');
    expect(text).toContain('relay_queue_concurrency_limit{queue="scraped"} 7');
    expect(text).toContain('relay_queue_promotion_lag_seconds{queue="scraped"} 0');
    expect(text).toMatch(/^relay_redis_memory_used_bytes \d+/m);
    expect(text).toContain('relay_redis_memory_max_bytes 0');
    expect(text).toContain('relay_redis_noeviction 1');
    expect(text).toContain('relay_redis_aof_enabled 0');
    expect(text).toContain('relay_redis_evicted_keys_total 0');
    expect(text).toContain('relay_sse_clients 0');
    expect(text).toContain('relay_jobs_claimed_total{queue="scraped"} 0');
  });
});

describe('a snapshot', () => {
  it('tells the ages of all queues as of one moment, however far apart they were read', async () => {
    const store = gateway.broker;
    const queues = ['early', 'late'];
    for (const queue of queues) await gateway.broker.enqueue(queue, { payload: '1' });
    // Read 40 ms apart: the job of `early` is the older one, by 5 ms.
    const read: Record<string, Pick<QueueStats, 'at' | 'oldestReadyMs'>> = {
      early: { at: 1_000, oldestReadyMs: 105 },
      late: { at: 1_040, oldestReadyMs: 140 },
    };
    const snapshots = new Snapshots({
      store: {
        queues: async () => ({ items: queues, nextCursor: null }),
        stats: async (queue) => {
          const stats = await store.stats(queue);
          return stats === null ? null : { ...stats, ...read[queue] };
        },
      },
      rates: new RateMeter(store),
    });
    const { queues: told } = await snapshots.read();
    expect(told.map(({ oldestReadyMs }) => oldestReadyMs)).toEqual([145, 140]);
  });
});
