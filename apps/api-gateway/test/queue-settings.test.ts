import { describe, expect, it } from '@jest/globals';
import { percentile, readSeries } from '../src/queues/series.ts';
import type { JobStore } from '../src/store.ts';
import { call, killJob, serveTests, slug } from './harness.ts';

const { client, gateway } = await serveTests();

const add = (queue: string) => gateway.broker.enqueue(queue, { payload: '1' });

async function work(queue: string): Promise<void> {
  const { leases } = await gateway.broker.claim(queue, { workerId: 'w', max: 10 });
  await gateway.broker.settle(
    queue,
    leases.map(({ id, token }) => ({ id, token, outcome: 'complete' })),
  );
}

/** As if what was noted last had been noted so many minutes ago. */
async function age(queue: string, minutes: number): Promise<void> {
  const key = `relay:{${queue}}:series`;
  const [member = ''] = await client.zrange(key, '-1', '-1');
  const minute = Math.floor(Date.now() / 60_000) - minutes;
  await client.zrem(key, member);
  await client.zadd(key, String(minute), member.replace(/^\d+/, String(minute)));
}

describe('settings', () => {
  it('are changed in part, and stand under config', async () => {
    await add('set');
    const before = await call(gateway, 'GET /v1/queues/set');
    expect(before.body.config).toEqual({
      revision: expect.stringMatching(/^[0-9a-f]{40}$/),
      rateLimit: null,
      concurrency: null,
      maxReady: null,
      defaults: {
        maxAttempts: 5,
        maxCrashes: 3,
        backoff: { type: 'exponential', baseMs: 1_000, capMs: 600_000, jitter: 'full' },
        leaseMs: 30_000,
      },
      retention: {
        completed: { maxAgeMs: 3_600_000, maxCount: 1_000 },
        dead: { maxAgeMs: null, maxCount: null },
      },
    });
    const patch = (json: object) => call(gateway, 'PATCH /v1/queues/set', { json });
    const changed = await patch({
      rateLimit: { rate: 5, perMs: 1_000 },
      concurrency: 2,
      defaults: { maxAttempts: 9 },
      retention: { completed: { maxCount: 0 } },
    });
    expect(changed.body.config).toMatchObject({
      rateLimit: { rate: 5, perMs: 1_000, burst: 5 },
      concurrency: 2,
      defaults: { maxAttempts: 9, maxCrashes: 3 },
      retention: { completed: { maxAgeMs: 3_600_000, maxCount: 0 } },
    });
    const back = await patch({ rateLimit: null, concurrency: null });
    expect(back.body.config).toMatchObject({ rateLimit: null, concurrency: null });
    const refused = await patch({ concurrency: 0, retention: { dead: { maxAgeMs: -1 } } });
    expect(refused.body.errors.map((one: { pointer: string }) => one.pointer)).toEqual([
      '/concurrency',
      '/retention/dead/maxAgeMs',
    ]);
  });

  it('are not overwritten by one who has read older ones', async () => {
    await add('two');
    const { body } = await call(gateway, 'GET /v1/queues/two');
    const ifRevision: string = body.config.revision;
    const patch = (json: object) => call(gateway, 'PATCH /v1/queues/two', { json });
    const first = await patch({ concurrency: 3, ifRevision });
    expect(first.body.config).toMatchObject({ concurrency: 3 });
    const second = await patch({ concurrency: 8, ifRevision });
    expect([second.status, slug(second)]).toEqual([409, 'revision-mismatch']);
    expect((await call(gateway, 'GET /v1/queues/two')).body.config).toEqual(first.body.config);
    expect((await patch({ concurrency: 3, ifRevision })).status).toBe(200);
    const { revision } = first.body.config;
    expect((await patch({ concurrency: 8, ifRevision: revision })).body.config).toMatchObject({
      concurrency: 8,
    });
    const nonsense = await patch({ concurrency: 1, ifRevision: 'x' });
    expect(nonsense.body.errors).toEqual([
      { pointer: '/ifRevision', detail: 'must be a revision that was read' },
    ]);
  });

  it('of a queue that has been removed are not made anew by one who had read them', async () => {
    await call(gateway, 'PATCH /v1/queues/gone', { json: { concurrency: 3 } });
    const { body } = await call(gateway, 'GET /v1/queues/gone');
    await call(gateway, 'DELETE /v1/queues/gone');
    const json = { concurrency: 4, ifRevision: body.config.revision };
    expect((await call(gateway, 'PATCH /v1/queues/gone', { json })).status).toBe(404);
    expect((await call(gateway, 'GET /v1/queues/gone')).status).toBe(404);
  });

  it('hold at the next claim and the next enqueue', async () => {
    await call(gateway, 'PATCH /v1/queues/hold', { json: { concurrency: 1, maxReady: 2 } });
    await add('hold');
    await add('hold');
    const full = await call(gateway, 'POST /v1/queues/hold/jobs', { json: { payload: 1 } });
    expect([full.status, slug(full)]).toEqual([429, 'queue-full']);
    const { leases } = await gateway.broker.claim('hold', { workerId: 'w', max: 10 });
    expect(leases).toHaveLength(1);
  });
});

describe('a queue', () => {
  it('is removed when it is empty, or by force when nothing runs', async () => {
    await add('remove');
    const refused = await call(gateway, 'DELETE /v1/queues/remove');
    expect([refused.status, slug(refused)]).toEqual([409, 'invalid-state']);
    await killJob(gateway.broker, 'remove');
    await add('remove');
    expect((await call(gateway, 'DELETE /v1/queues/remove?force=true')).status).toBe(204);
    expect((await call(gateway, 'GET /v1/queues/remove')).status).toBe(404);
    // Outcomes of calls are forgotten by themselves.
    const left = (await client.keys('relay:{remove}*')).filter((key) => !key.includes(':call:'));
    expect(left).toEqual([]);
    await add('running');
    await gateway.broker.claim('running', { workerId: 'w', max: 1 });
    expect((await call(gateway, 'DELETE /v1/queues/running?force=true')).status).toBe(409);
    expect((await call(gateway, 'DELETE /v1/queues/running?force=yes')).status).toBe(422);
  });

  it('has rates of the last minute, from what the loops noted', async () => {
    await add('rates');
    await gateway.broker.rollUp('rates');
    await age('rates', 3);
    for (let n = 0; n < 12; n++) await add('rates');
    await work('rates');
    const { body } = await call(gateway, 'GET /v1/queues/rates/stats');
    expect(body.enqueuedPerSec).toBeGreaterThanOrEqual(12 / 120 - 0.001);
    expect(body.enqueuedPerSec).toBeLessThanOrEqual(12 / 60);
    expect(body.completedPerSec).toBeGreaterThan(0);
    const list = await call(gateway, 'GET /v1/queues?search=rates');
    expect(list.body.items[0].rates).toMatchObject({ failedPerSec: 0, deadPerSec: 0 });
  });
});

describe('a series', () => {
  const get = (query: string) => call(gateway, `GET /v1/queues/series/series?${query}`);

  it('has a point a step, differences for totals and percentiles for times', async () => {
    await add('series');
    await gateway.broker.rollUp('series');
    await age('series', 5);
    for (let n = 0; n < 4; n++) await add('series');
    await work('series');
    await gateway.broker.rollUp('series');
    await age('series', 2);
    const from = new Date(Date.now() - 6 * 60_000).toISOString();
    const values = async (metric: string) => {
      const { body } = await get(`metric=${metric}&from=${encodeURIComponent(from)}`);
      expect(body).toMatchObject({ metric, stepMs: 60_000 });
      return body.points.map((point: { value: number | null }) => point.value);
    };
    const enqueued: number[] = await values('enqueued');
    expect(enqueued.filter((value) => value > 0)).toEqual([1, 4]);
    const completed: number[] = await values('completed');
    expect(completed.reduce((a, b) => a + b)).toBe(5);
    const waits: (number | null)[] = await values('waitMsP95');
    expect(waits.filter((value) => value !== null)).toHaveLength(1);
    expect((await values('ready')).at(-1)).toBe(0);
  });

  it('has the age of the oldest ready job as it was noted, older while nothing changes, and a gap where it is not known', async () => {
    const minute = Math.floor(Date.now() / 60_000);
    const note = (ago: number, gauges: string) =>
      client.zadd(
        'relay:{aging}:series',
        minute - ago,
        `${minute - ago} ${gauges} enqueued=${9 - ago}`,
      );
    await add('aging');
    await note(6, '#active=0 #ready=0');
    // It had waited for 2 ms, and was perhaps taken a moment later: no more is known of that minute.
    const notedAt = (minute - 4) * 60_000 + 55_000;
    await note(4, `#active=0 #notedAt=${notedAt} #oldestReadyAt=${notedAt - 2} #ready=1`);
    // As a reaper-promoter notes it that does not know the age yet.
    await note(2, '#active=0 #ready=1');
    await gateway.broker.rollUp('aging');
    const from = new Date((minute - 7) * 60_000).toISOString();
    const values = async (): Promise<(number | null)[]> => {
      const path = `/v1/queues/aging/series?metric=oldestReadyMs&from=${encodeURIComponent(from)}`;
      const { body } = await call(gateway, `GET ${path}`);
      return body.points.map((point: { value: number | null }) => point.value);
    };
    const noted = await values();
    expect(noted.slice(0, 7)).toEqual([null, 0, 0, 2, 65_002, null, null]);
    expect(noted.slice(7).find((value) => value !== null)).toBeGreaterThanOrEqual(0);
    // Of the minute that is not over nothing is known before its note, and that of another may be long past.
    await age('aging', 1);
    expect((await values()).at(-1)).toBeNull();
    expect(await gateway.broker.rollUp('aging')).toBe(false);
  });

  it('has at most 300 points, however fine it is asked for', async () => {
    const from = new Date(Date.now() - 23 * 3_600_000).toISOString();
    const { body } = await get(`metric=dead&from=${encodeURIComponent(from)}&stepMs=60000`);
    expect(body.points.length).toBeLessThanOrEqual(300);
    expect(body.points.length).toBeGreaterThan(250);
    expect(body.stepMs % 60_000).toBe(0);
    const hours = await get(`metric=dead&from=${encodeURIComponent(from)}&stepMs=3600000`);
    expect(hours.body.points.length).toBeLessThanOrEqual(25);
    expect((await get('metric=speed')).status).toBe(422);
  });

  it('reads the minutes that it shows and the one before, however many are noted', async () => {
    const now = 30_000_000 * 60_000 + 30_000;
    const all = Array.from({ length: 1_500 }, (_, ago) => ({
      at: now - 30_000 - (1_499 - ago) * 60_000,
      totals: { enqueued: ago },
      gauges: {},
    }));
    let read = 0;
    const series: JobStore['series'] = async (_, options) => {
      const { from = 0, to = now, last = all.length } = { ...options };
      const found = all.filter(({ at }) => at >= from && at <= to).slice(-last);
      read += found.length;
      return found;
    };
    const { points } = await readSeries({ series }, 'q', { metric: 'enqueued' }, now);
    expect(points.map(({ value }) => value)).toEqual(Array(61).fill(1));
    expect(read).toBe(62);
  });

  it('places a percentile within its bucket', () => {
    expect(percentile([0, 0, 0], 0.5)).toBeNull();
    expect(percentile([10], 0.5)).toBe(0.5);
    expect(percentile([0, 0, 0, 100], 0.95)).toBe(7.8);
    expect(percentile([50, 0, 0, 0, 50], 0.5)).toBe(1);
  });
});
