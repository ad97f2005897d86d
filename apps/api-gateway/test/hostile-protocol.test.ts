import { describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import { type Answer, call, serveTests } from './harness.ts';
import { expectHarmless, openOracle } from './oracle.ts';

const { redis, gateway } = await serveTests();

/** For requests that are well formed and come at the wrong time: what is true of all of them. */
async function withOracle<T>(act: () => Promise<T>): Promise<T> {
  await using oracle = await openOracle(gateway, redis);
  const result = await act();
  await oracle.isUnharmed();
  return result;
}

async function leaseOf(queue: string, leaseMs = 30_000): Promise<{ token: string; id: string }> {
  await call(gateway, `POST /v1/queues/${queue}/jobs`, { json: { payload: queue } });
  const claimed = await call(gateway, 'POST /v1/leases', {
    json: { workerId: 'w1', queues: [queue], leaseMs },
  });
  const [lease] = claimed.body.leases;
  return { token: lease.leaseToken, id: lease.job.id };
}

const settle = (...items: unknown[]) =>
  call(gateway, 'POST /v1/leases/settle', { json: { items } });
const complete = (leaseToken: string, result: unknown = 1) => ({
  leaseToken,
  outcome: 'complete',
  result,
});
const statuses = (answer: Answer) => {
  expectHarmless(answer);
  return answer.body.results.map((one: { status: string }) => one.status);
};
const stateOf = async (queue: string, id: string) =>
  (await call(gateway, `GET /v1/queues/${queue}/jobs/${id}`)).body;

describe('a settlement', () => {
  it('with an unknown, foreign, damaged or absurd token changes nothing', async () => {
    const { token, id } = await leaseOf('foreign');
    await withOracle(async () => {
      const other = token.slice(0, -2) + (token.endsWith('AA') ? 'BB' : 'AA');
      for (const one of [
        other,
        token.slice(1),
        `${token}x`,
        token.toUpperCase(),
        '{}',
        '../x',
        ' ',
      ]) {
        expect([one, statuses(await settle(complete(one)))]).toEqual([one, ['lease-lost']]);
      }
    });
    expect((await stateOf('foreign', id)).state).toBe('active');
  });

  it('that comes twice, or differently the second time, counts as the first', async () => {
    const { token, id } = await leaseOf('double');
    expect(statuses(await settle(complete(token, 'first')))).toEqual(['settled']);
    await withOracle(async () => {
      expect(statuses(await settle(complete(token, 'second')))).toEqual(['settled']);
      const failure = { leaseToken: token, outcome: 'fail', error: { name: 'E', message: 'm' } };
      expect(statuses(await settle(failure))).toEqual(['settled']);
    });
    expect(await stateOf('double', id)).toMatchObject({ state: 'completed', result: 'first' });
  });

  it('that stands twice in one call counts once', async () => {
    const { token, id } = await leaseOf('twice');
    const answer = await settle(complete(token, 'a'), complete(token, 'b'));
    expect(statuses(answer)).toEqual(['settled', 'settled']);
    expect((await stateOf('twice', id)).result).toBe('a');
  });

  it('of 50 clients at once counts once', async () => {
    const { token, id } = await leaseOf('race');
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => settle(complete(token, n))),
    );
    expect(new Set(answers.flatMap(statuses))).toEqual(new Set(['settled']));
    expect((await stateOf('race', id)).state).toBe('completed');
    expect((await gateway.broker.stats('race'))?.counts.completed).toBe(1);
  });

  it('of a job whose lease has expired and was reaped is lost', async () => {
    const { token, id } = await leaseOf('stale', 1_000);
    await until(async () => (await gateway.broker.reap('stale')).reaped === 1, {
      what: 'the lease to expire',
    });
    await withOracle(async () => {
      expect(statuses(await settle(complete(token)))).toEqual(['lease-lost']);
    });
    expect((await stateOf('stale', id)).state).toBe('ready');
  });
});

describe('an extension', () => {
  it('of a lease that is unknown, or was settled, is lost', async () => {
    const { token } = await leaseOf('extend');
    await settle(complete(token));
    await withOracle(async () => {
      const answer = await call(gateway, 'POST /v1/leases/extend', {
        json: {
          items: [
            { leaseToken: token, leaseMs: 5_000 },
            { leaseToken: 'x', leaseMs: 5_000 },
          ],
        },
      });
      expect(statuses(answer)).toEqual(['lease-lost', 'lease-lost']);
    });
  });

  it.each([0, 999, 3_600_001, -1, 1.5, 2 ** 53])('for %s ms is refused', async (leaseMs) => {
    await using oracle = await openOracle(gateway, redis);
    const answer = await call(gateway, 'POST /v1/leases/extend', {
      json: { items: [{ leaseToken: 'x', leaseMs }] },
    });
    await oracle.judge(answer, '422 validation');
  });
});

describe('a claim', () => {
  it.each<[string, unknown]>([
    ['of no queue', { workerId: 'w', queues: [] }],
    ['of a queue that is none', { workerId: 'w', queues: ['a:b'] }],
    ['of 101 queues', { workerId: 'w', queues: Array.from({ length: 101 }, (_, n) => `q${n}`) }],
    ['without a worker', { queues: ['q'] }],
    ['of a worker with line ends', { workerId: 'w\r\nX: y', queues: ['q'] }],
    ['of 101 jobs', { workerId: 'w', queues: ['q'], max: 101 }],
    ['of no jobs', { workerId: 'w', queues: ['q'], max: 0 }],
    ['that waits a day', { workerId: 'w', queues: ['q'], waitMs: 86_400_000 }],
    ['that waits since yesterday', { workerId: 'w', queues: ['q'], waitMs: -1 }],
    ['for a year', { workerId: 'w', queues: ['q'], leaseMs: 31_536_000_000 }],
  ])('%s is refused', async (_, json) => {
    await using oracle = await openOracle(gateway, redis);
    await oracle.judge(await call(gateway, 'POST /v1/leases', { json }), '422 validation');
  });
});

describe('an idempotency key', () => {
  it('100 times at once gives one job', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        call(gateway, 'POST /v1/queues/same/jobs', { json: { payload: 1, idempotencyKey: 'k' } }),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await gateway.broker.stats('same'))?.counts.ready).toBe(1);
  });

  it.each<[string, unknown]>([
    ['payload', { payload: 2 }],
    ['spelling of the payload', { payload: '1' }],
    ['type', { payload: 1, type: 'other' }],
    ['option', { payload: 1, maxAttempts: 2 }],
  ])('used again with another %s is refused', async (_, changed) => {
    const send = (json: unknown) =>
      call(gateway, 'POST /v1/queues/reused/jobs', {
        json,
        headers: { 'Idempotency-Key': 'once' },
      });
    await send({ payload: 1 });
    await using oracle = await openOracle(gateway, redis);
    await oracle.judge(await send(changed), '422 idempotency-mismatch');
  });
});

describe('a cursor', () => {
  it('of another list, or of another queue, is refused', async () => {
    for (let n = 0; n < 3; n++) {
      await call(gateway, 'POST /v1/queues/pages/jobs', { json: { payload: n } });
    }
    const list = (query: string, queue = 'pages') =>
      call(gateway, `GET /v1/queues/${queue}/jobs?${query}`);
    const { nextCursor } = (await list('state=ready&limit=1')).body;
    expect(nextCursor).toEqual(expect.any(String));
    await using oracle = await openOracle(gateway, redis);
    const cursor = encodeURIComponent(nextCursor);
    await oracle.judge(await list(`state=dead&cursor=${cursor}`), '400 malformed');
    await oracle.judge(await list(`state=ready&order=desc&cursor=${cursor}`), '400 malformed');
    const reversed = encodeURIComponent(String(nextCursor).split('').toReversed().join(''));
    await oracle.judge(await list(`state=ready&cursor=${reversed}`), '400 malformed');
  });
});
