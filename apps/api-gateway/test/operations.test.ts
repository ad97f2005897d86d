import { describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import { call, killJob, serveTests, slug, startTestGateway, type TestGateway } from './harness.ts';

const { redis, gateway } = await serveTests();
const { broker } = gateway;

const fill = (queue: string, count: number, more: object = {}) =>
  broker.enqueueMany(
    queue,
    Array.from({ length: count }, () => ({ payload: '1', ...more })),
  );

/** Dead letters, each with a message of its own. */
async function kill(queue: string, messages: readonly string[]): Promise<string[]> {
  await fill(queue, messages.length);
  const { leases } = await broker.claim(queue, { workerId: 'w', max: messages.length });
  await broker.settle(
    queue,
    leases.map(({ id, token }, n) => ({
      id,
      token,
      outcome: 'fail',
      retry: 'never',
      error: { name: 'Boom', message: messages[n] ?? '' },
    })),
  );
  return leases.map(({ id }) => id);
}

const begin = async (path: string, json: object, at: TestGateway = gateway): Promise<string> => {
  const answer = await call(at, `POST ${path}`, { json });
  expect(answer.status).toBe(202);
  return answer.body.operationId;
};

const ended = (id: string, at: TestGateway = gateway) =>
  until(
    async () => {
      const { body } = await call(at, `GET /v1/operations/${id}`);
      return body.state === 'running' ? undefined : body;
    },
    { what: `operation ${id} to end` },
  );

describe('an action on many jobs', () => {
  it('is counted in a dry run, and done in the background', async () => {
    await fill('act', 700);
    await fill('act', 5, { type: 'other', delayMs: 60_000 });
    const path = '/v1/queues/act/jobs/actions';
    const dry = await call(gateway, `POST ${path}`, {
      json: { action: 'cancel', filter: {}, dryRun: true },
    });
    expect([dry.status, dry.body]).toEqual([200, { matched: 705 }]);
    const id = await begin(path, { action: 'cancel', filter: { type: 'other' }, reason: 'why' });
    expect(await ended(id)).toMatchObject({
      kind: 'cancel',
      queue: 'act',
      state: 'done',
      done: 5,
      total: 5,
      problem: null,
    });
    const all = await begin(path, { action: 'delete', filter: {} });
    expect(await ended(all)).toMatchObject({ done: 705, total: 705 });
    expect((await broker.stats('act'))?.counts).toMatchObject({ ready: 0, scheduled: 0 });
  });

  it('acts on named jobs', async () => {
    const [a, b] = await kill('named', ['x', 'y', 'z']);
    const id = await begin('/v1/queues/named/jobs/actions', {
      action: 'retry',
      filter: { ids: [a, b, 'nobody'] },
    });
    expect(await ended(id)).toMatchObject({ state: 'done', done: 2, total: 3 });
    expect((await broker.stats('named'))?.counts).toMatchObject({ ready: 2, dead: 1 });
  });

  it('on named jobs leaves those alone that are in another state', async () => {
    const [requeued = '', dead = ''] = await kill('moved', ['x', 'y']);
    await broker.requeue('moved', requeued);
    const id = await begin('/v1/queues/moved/jobs/actions', {
      action: 'delete',
      filter: { state: 'dead', ids: [requeued, dead] },
    });
    expect(await ended(id)).toMatchObject({ state: 'done', done: 1, total: 2 });
    expect((await broker.stats('moved'))?.counts).toMatchObject({ ready: 1, dead: 0 });
  });

  it('is refused where it cannot be done', async () => {
    await fill('refuse', 1);
    const post = (json: object) => call(gateway, 'POST /v1/queues/refuse/jobs/actions', { json });
    const wrong = await post({ action: 'retry', filter: { state: 'ready' } });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, '/filter/state']);
    expect((await post({ action: 'retry' })).status).toBe(422);
    const never = await call(gateway, 'POST /v1/queues/never/jobs/actions', {
      json: { action: 'delete', filter: {} },
    });
    expect([never.status, slug(never)]).toEqual([404, 'not-found']);
  });
});

describe('a purge', () => {
  it('empties states of a queue whose name was given twice', async () => {
    await fill('purge', 20);
    await killJob(broker, 'purge');
    const path = '/v1/queues/purge/purge';
    const unsure = await call(gateway, `POST ${path}`, {
      json: { states: ['ready'], confirm: 'purg' },
    });
    expect(unsure.body.errors[0].pointer).toBe('/confirm');
    const id = await begin(path, { states: ['ready', 'scheduled'], confirm: 'purge' });
    expect(await ended(id)).toMatchObject({ state: 'done', done: 19 });
    expect((await broker.stats('purge'))?.counts).toMatchObject({ ready: 0, dead: 1 });
  });
});

describe('dead letters', () => {
  const messages = [
    'user 17 has no "address"',
    'user 4711 has no "phone"',
    'timeout after 3000 ms at 0x7ffe01',
    'user 8 has no "name"',
  ];

  it('are grouped by what they have in common', async () => {
    await kill('groups', messages);
    await fill('groups', 1);
    await killJob(broker, 'groups');
    const { body } = await call(gateway, 'GET /v1/dead-letters/groups?queue=groups');
    expect(body).toMatchObject({ newestPerQueue: 1000, partial: false });
    expect(body.items.map((one: { count: number }) => one.count)).toEqual([3, 1, 1]);
    expect(body.items[0]).toMatchObject({
      queue: 'groups',
      reason: 'non-retryable',
      error: { name: 'Boom', message: 'user <n> has no <text>' },
      sample: { type: 'default' },
    });
    const { group } = body.items[0];
    const list = await call(gateway, `GET /v1/queues/groups/dead-letters?group=${group}`);
    expect(list.body.items).toHaveLength(3);
    const all = await call(gateway, 'GET /v1/dead-letters/groups');
    expect(all.body.items.length).toBeGreaterThanOrEqual(3);
  });

  it('are sent back by their group, reason or type, and removed', async () => {
    await kill('sendback', messages);
    const { body } = await call(gateway, 'GET /v1/dead-letters/groups?queue=sendback');
    const path = '/v1/queues/sendback/dead-letters';
    const dry = await call(gateway, `POST ${path}/requeue`, {
      json: { filter: { group: body.items[0].group }, dryRun: true },
    });
    expect(dry.body).toEqual({ matched: 3 });
    const id = await begin(`${path}/requeue`, { filter: { group: body.items[0].group } });
    expect(await ended(id)).toMatchObject({ kind: 'retry', done: 3, total: 3 });
    expect(
      await ended(await begin(`${path}/purge`, { filter: { reason: 'crashed' } })),
    ).toMatchObject({ done: 0, total: 0 });
    const before = '2090-01-01T00:00:00Z';
    expect(await ended(await begin(`${path}/purge`, { filter: { before } }))).toMatchObject({
      kind: 'delete',
      done: 1,
    });
    expect((await broker.stats('sendback'))?.counts).toMatchObject({ dead: 0, ready: 3 });
  });

  it('are sent back at a rate', async () => {
    await kill('rate', ['a', 'b', 'c', 'd', 'e', 'f']);
    const begun = performance.now();
    const id = await begin('/v1/queues/rate/dead-letters/requeue', { filter: {}, ratePerSec: 10 });
    expect(await ended(id)).toMatchObject({ done: 6, total: 6 });
    expect(performance.now() - begun).toBeGreaterThan(500);
  });
});

describe('an operation', () => {
  it('is cancelled', async () => {
    await kill(
      'cancel',
      Array.from({ length: 50 }, (_, n) => `e${n}`),
    );
    const id = await begin('/v1/queues/cancel/dead-letters/requeue', {
      filter: {},
      ratePerSec: 2,
    });
    await call(gateway, `POST /v1/operations/${id}/cancel`);
    const body = await ended(id);
    expect(body.state).toBe('cancelled');
    expect(body.done).toBeLessThan(50);
    expect(body.finishedAt).not.toBeNull();
  });

  it('goes on in another gateway when its own stops, and is seen from each', async () => {
    await using first = await startTestGateway({ redis: redis.url });
    await kill(
      'handover',
      Array.from({ length: 30 }, (_, n) => `e${n}`),
    );
    const id = await begin(
      '/v1/queues/handover/dead-letters/requeue',
      { filter: {}, ratePerSec: 15 },
      first,
    );
    await until(async () => (await call(first, `GET /v1/operations/${id}`)).body.done > 0, {
      what: 'it to have begun',
    });
    await first.gateway.close();
    expect(await ended(id)).toMatchObject({ state: 'done', done: 30, total: 30 });
    expect((await broker.stats('handover'))?.counts).toMatchObject({ ready: 30, dead: 0 });
  });

  it('goes on in another gateway when its own is silent', async () => {
    await using first = await startTestGateway({ redis: redis.url });
    await kill(
      'takeover',
      Array.from({ length: 30 }, (_, n) => `e${n}`),
    );
    const path = '/v1/queues/takeover/dead-letters/requeue';
    const id = await begin(path, { filter: {}, ratePerSec: 10 }, first);
    const done = async () => (await call(gateway, `GET /v1/operations/${id}`)).body.done;
    await until(async () => (await done()) > 0, { what: 'it to have begun' });
    // As good as killed: nothing that it says reaches Redis any more.
    await first.broker.close();
    expect(await ended(id)).toMatchObject({ state: 'done', total: 30 });
    expect((await broker.stats('takeover'))?.counts).toMatchObject({ ready: 30, dead: 0 });
  });

  it('is 404 when nobody knows it', async () => {
    for (const request of [
      'GET /v1/operations/unknown12',
      'POST /v1/operations/unknown12/cancel',
    ]) {
      const answer = await call(gateway, request);
      expect([answer.status, slug(answer)]).toEqual([404, 'not-found']);
    }
  });
});
