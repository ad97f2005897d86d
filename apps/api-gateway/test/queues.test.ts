import { describe, expect, it } from '@jest/globals';
import { call, killJob, serveTests, slug } from './harness.ts';

const { gateway } = await serveTests();

const enqueue = (queue: string, json: object = { payload: 1 }) =>
  call(gateway, `POST /v1/queues/${queue}/jobs`, { json });

describe('queues', () => {
  it('are listed in pages and found by a part of their name', async () => {
    for (const name of ['list-a', 'list-b', 'list-c', 'other']) await enqueue(name);
    const first = await call(gateway, 'GET /v1/queues?search=list-&limit=2');
    const second = await call(
      gateway,
      `GET /v1/queues?search=list-&limit=2&cursor=${encodeURIComponent(first.body.nextCursor)}`,
    );
    const names = [...first.body.items, ...second.body.items].map(
      (one: { name: string }) => one.name,
    );
    expect(names.toSorted()).toEqual(['list-a', 'list-b', 'list-c']);
    expect(first.body.items[0].counts.ready).toBe(1);
  });

  it('have counts and flat numbers', async () => {
    await enqueue('numbers');
    await enqueue('numbers', { payload: 1, delayMs: 60_000 });
    await killJob(gateway.broker, 'numbers');
    await enqueue('numbers');
    const queue = await call(gateway, 'GET /v1/queues/numbers');
    expect(queue.body).toEqual({
      name: 'numbers',
      paused: false,
      counts: { ready: 1, scheduled: 1, active: 0, completed: 0, dead: 1, cancelled: 0 },
      oldestReadyMs: expect.any(Number),
      rates: expect.any(Object),
      config: expect.any(Object),
    });
    const stats = await call(gateway, 'GET /v1/queues/numbers/stats');
    expect(stats.body).toMatchObject({ ready: 1, dead: 1, enqueuedTotal: 3, deadTotal: 1 });
  });

  it.each(['GET /v1/queues/never', 'GET /v1/queues/never/stats', 'POST /v1/queues/never/pause'])(
    'that never existed are 404: %s',
    async (request) => {
      const answer = await call(gateway, request);
      expect([answer.status, slug(answer)]).toEqual([404, 'not-found']);
    },
  );

  it('can be paused and resumed, with no body or an empty object', async () => {
    await enqueue('stop');
    const paused = await call(gateway, 'POST /v1/queues/stop/pause');
    expect(paused.body.paused).toBe(true);
    expect((await gateway.broker.claim('stop', { workerId: 'w', max: 1 })).leases).toEqual([]);
    const resumed = await call(gateway, 'POST /v1/queues/stop/resume', { json: {} });
    expect(resumed.body.paused).toBe(false);
    const refused = await call(gateway, 'POST /v1/queues/stop/pause', { json: { for: 'ever' } });
    expect([refused.status, slug(refused)]).toEqual([422, 'validation']);
  });
});

describe('dead letters', () => {
  it('are listed newest first, with reason and error but no stack', async () => {
    await enqueue('dead', { payload: 'one' });
    const one = await killJob(gateway.broker, 'dead');
    await enqueue('dead', { payload: 'two', type: 'second' });
    const two = await killJob(gateway.broker, 'dead');
    const list = await call(gateway, 'GET /v1/queues/dead/dead-letters');
    const ids = list.body.items.map((job: { id: string }) => job.id);
    expect(new Set(ids)).toEqual(new Set([one, two]));
    expect(list.body.items[0]).toMatchObject({
      reason: 'non-retryable',
      error: { name: 'Boom', message: 'it broke' },
    });
    expect(list.text).not.toContain('y.ts');
    const typed = await call(gateway, 'GET /v1/queues/dead/dead-letters?type=second');
    expect(typed.body.items).toHaveLength(1);
    const job = await fetch(`${gateway.url}/v1/queues/dead/jobs/${one}`);
    expect(await job.json()).toMatchObject({ error: { stack: expect.stringContaining('y.ts') } });
  });

  it('are sent back, with the old payload or a new one', async () => {
    await enqueue('back', { payload: { v: 1 } });
    const id = await killJob(gateway.broker, 'back');
    const path = `/v1/queues/back/dead-letters/${id}/requeue`;
    const sent = await call(gateway, `POST ${path}`, { body: '{"payload": {"v" : 2.0}}' });
    expect([sent.status, sent.body]).toEqual([200, { id, queue: 'back', state: 'ready' }]);
    const again = await call(gateway, `POST ${path}`);
    expect([again.status, slug(again)]).toEqual([409, 'invalid-state']);
    const { leases } = await gateway.broker.claim('back', { workerId: 'w', max: 1 });
    expect(leases[0]).toMatchObject({ id, payload: '{"v" : 2.0}', attempt: 1 });
    const unknown = await call(gateway, 'POST /v1/queues/back/dead-letters/nobody/requeue');
    expect([unknown.status, slug(unknown)]).toEqual([404, 'not-found']);
  });
});

describe('the service itself', () => {
  it('tells its version', async () => {
    const { body } = await call(gateway, 'GET /v1/version');
    expect(body).toEqual({
      service: 'api-gateway',
      version: '1.2.3',
      api: 'v1',
      minClientVersion: expect.any(String),
    });
  });

  it('answers the probes', async () => {
    for (const path of ['/livez', '/healthz', '/readyz']) {
      const answer = await call(gateway, `GET ${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
    }
    expect((await call(gateway, 'HEAD /livez')).status).toBe(200);
    expect((await call(gateway, 'POST /livez')).status).toBe(405);
  });

  it('shows what was asked of it, and the state of the queues', async () => {
    await enqueue('seen');
    await enqueue('seen', { payload: 1, priority: 1e9 });
    await call(gateway, 'POST /v1/queues/made-up-name/jobs', { json: {} });
    const { text } = await call(gateway, 'GET /metrics');
    expect(text).toContain('relay_jobs_enqueued_total{queue="seen",result="accepted"} 1');
    expect(text).toContain('relay_jobs_enqueued_total{queue="seen",result="duplicate"} 0');
    expect(text).toContain('relay_queue_jobs{queue="seen",state="ready"} 1');
    expect(text).toContain('relay_queue_paused{queue="seen"} 0');
    expect(text).toMatch(/relay_queue_oldest_ready_age_seconds\{queue="seen"\} \d/);
    expect(text).toMatch(
      /relay_http_requests_total\{route="\/v1\/queues\/\{queue\}\/jobs",method="POST",status="201"\} \d/,
    );
    expect(text).toMatch(/relay_http_rejected_total\{reason="validation"\} \d/);
    expect(text).toContain('relay_build_info');
    expect(text).not.toContain('made-up-name');
  });
});
