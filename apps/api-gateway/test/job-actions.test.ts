import { request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import { call, killJob, serveTests, slug } from './harness.ts';

const { client, gateway } = await serveTests();

async function add(queue: string, json: object = {}): Promise<string> {
  const sent = await call(gateway, `POST /v1/queues/${queue}/jobs`, {
    json: { payload: 1, ...json },
  });
  return sent.body.id;
}

async function settle(queue: string, result?: string): Promise<void> {
  const { leases } = await gateway.broker.claim(queue, { workerId: 'w', max: 1 });
  await gateway.broker.settle(
    queue,
    leases.map(({ id, token }) => ({
      id,
      token,
      outcome: 'complete',
      ...(result === undefined ? {} : { result }),
    })),
  );
}

/** Resolves when somebody waits for the end of this job. */
const somebodyWaits = (queue: string) =>
  until(async () => (await gateway.broker.stats(queue)) !== null && (await waiters(queue)) > 0, {
    what: 'somebody to wait',
  });

const waiters = (queue: string) => client.hlen(`relay:{${queue}}:waiters`);

describe('the result of a job', () => {
  it('is 202 until it ended, then its bytes', async () => {
    const id = await add('result');
    const path = `GET /v1/queues/result/jobs/${id}/result`;
    expect(await call(gateway, path)).toMatchObject({ status: 202, body: { state: 'ready' } });
    const short = await call(gateway, `${path}?waitMs=20`);
    expect(short).toMatchObject({ status: 202, body: { state: 'ready' } });
    await settle('result', '{"big": 12345678901234567890}');
    const done = await call(gateway, path);
    expect(done.text).toBe('{"state":"completed","result":{"big": 12345678901234567890}}');
  });

  it('comes at once to whoever waits, with the error of a dead job', async () => {
    const id = await add('await');
    const waiting = call(gateway, `GET /v1/queues/await/jobs/${id}/result?waitMs=20000`);
    await somebodyWaits('await');
    await killJob(gateway.broker, 'await');
    expect((await waiting).body).toMatchObject({
      state: 'dead',
      error: { name: 'Boom', message: 'it broke' },
    });
  });

  it('is waited for no longer when the client has gone', async () => {
    const id = await add('leave');
    const url = `${gateway.url}/v1/queues/leave/jobs/${id}/result?waitMs=30000`;
    // Its end is an error of the request, which is what the test is about.
    const asking = request(url).on('error', () => undefined);
    asking.end();
    await somebodyWaits('leave');
    asking.destroy();
    const inFlight = async () =>
      /relay_http_requests_in_flight (\d+)/.exec((await call(gateway, 'GET /metrics')).text)?.[1];
    await until(async () => (await inFlight()) === '1', { what: 'the wait to end' });
  });

  it('is 404 for a job that is not there, 422 for a wait that is too long', async () => {
    const unknown = await call(gateway, 'GET /v1/queues/result/jobs/nobody/result?waitMs=5');
    expect([unknown.status, slug(unknown)]).toEqual([404, 'not-found']);
    const long = await call(gateway, 'GET /v1/queues/result/jobs/nobody/result?waitMs=30001');
    expect([long.status, slug(long)]).toEqual([422, 'validation']);
  });
});

describe('one job', () => {
  it('is cancelled, once', async () => {
    const id = await add('cancel');
    const path = `POST /v1/queues/cancel/jobs/${id}/cancel`;
    const done = await call(gateway, path, { json: { reason: 'not needed' } });
    expect([done.status, done.body]).toEqual([200, { id, queue: 'cancel', state: 'cancelled' }]);
    const job = await call(gateway, `GET /v1/queues/cancel/jobs/${id}`);
    expect(job.body).toMatchObject({ state: 'cancelled', error: { message: 'not needed' } });
    const again = await call(gateway, path);
    expect([again.status, slug(again)]).toEqual([409, 'invalid-state']);
  });

  it('is asked to stop while it runs', async () => {
    const id = await add('stop');
    const { leases } = await gateway.broker.claim('stop', { workerId: 'w', max: 1 });
    const asked = await call(gateway, `POST /v1/queues/stop/jobs/${id}/cancel`);
    expect([asked.status, asked.body.state]).toEqual([202, 'active']);
    const [lease] = leases;
    const beats = await gateway.broker.extend('stop', [
      { id, token: lease!.token, leaseMs: 5_000 },
    ]);
    expect(beats[0]).toMatchObject({ cancelRequested: true });
  });

  it('is retried when dead, promoted when scheduled, and neither otherwise', async () => {
    await add('revive');
    const dead = await killJob(gateway.broker, 'revive');
    const later = await add('revive', { delayMs: 60_000 });
    const post = (id: string, verb: string) =>
      call(gateway, `POST /v1/queues/revive/jobs/${id}/${verb}`);
    expect((await post(later, 'retry')).status).toBe(409);
    expect((await post(dead, 'promote')).status).toBe(409);
    expect((await post(dead, 'retry')).body).toEqual({ id: dead, queue: 'revive', state: 'ready' });
    expect((await post(later, 'promote')).body.state).toBe('ready');
  });

  it('is changed while it waits', async () => {
    const id = await add('change', { delayMs: 60_000 });
    const patch = (json: object) => call(gateway, `PATCH /v1/queues/change/jobs/${id}`, { json });
    expect((await patch({ priority: 9, runAt: '2090-01-01T00:00:00Z' })).body.state).toBe(
      'scheduled',
    );
    const job = await call(gateway, `GET /v1/queues/change/jobs/${id}`);
    expect(job.body).toMatchObject({ priority: 9, runAt: '2090-01-01T00:00:00.000Z' });
    expect((await patch({ runAt: '2020-01-01T00:00:00Z' })).body.state).toBe('ready');
    expect((await patch({})).status).toBe(422);
    await gateway.broker.claim('change', { workerId: 'w', max: 1 });
    expect((await patch({ priority: 1 })).status).toBe(409);
  });

  it('is deleted unless it runs', async () => {
    const id = await add('delete');
    const path = `DELETE /v1/queues/delete/jobs/${id}`;
    expect(await call(gateway, path)).toMatchObject({ status: 204, text: '' });
    expect((await call(gateway, path)).status).toBe(404);
    const busy = await add('delete');
    await gateway.broker.claim('delete', { workerId: 'w', max: 1 });
    const refused = await call(gateway, `DELETE /v1/queues/delete/jobs/${busy}`);
    expect([refused.status, slug(refused)]).toEqual([409, 'invalid-state']);
  });

  it('is found by its id alone', async () => {
    const id = await add('where', { type: 'x' });
    const found = await call(gateway, `GET /v1/jobs/${id}`);
    expect(found.body).toMatchObject({ id, queue: 'where', type: 'x' });
    expect((await call(gateway, 'GET /v1/jobs/nobody')).status).toBe(404);
  });

  it('is known by its idempotency key', async () => {
    const id = await add('keyed', { idempotencyKey: 'order/7 ü' });
    const path = 'GET /v1/queues/keyed/idempotency-keys/';
    const entry = await call(gateway, path + encodeURIComponent('order/7 ü'));
    expect(entry.body).toEqual({ id, expiresAt: expect.any(String) });
    expect((await call(gateway, `${path}other`)).status).toBe(404);
  });

  it('can be asked to be on a replica too, and says that there is none', async () => {
    const json = { payload: 1, durability: 'replicated' };
    const sent = await call(gateway, 'POST /v1/queues/safe/jobs', { json });
    expect(sent.body).toMatchObject({ replicas: 0, duplicate: false });
  });
});
