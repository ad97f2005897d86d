import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadScripts } from '@relay/broker';
import {
  assertConsistent,
  type RedisServer,
  startFaultProxy,
  startRedisServer,
  until,
} from '@relay/testkit';
import { Redis } from 'ioredis';
import { call, startTestGateway, type TestGateway } from './harness.ts';

let redis: RedisServer;
let client: Redis;
let gateway: TestGateway;
let other: TestGateway;

beforeAll(async () => {
  redis = await startRedisServer();
  client = new Redis(redis.url);
  gateway = await startTestGateway({ redis: redis.url });
  other = await startTestGateway({ redis: redis.url });
});

afterAll(async () => {
  const { items } = await gateway.broker.queues({ limit: 1_000 });
  for (const queue of items) await assertConsistent(redis.url, queue);
  client.disconnect();
  await other[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await redis.stop();
});

const add = async (queue: string, payload = '1'): Promise<string> =>
  (await gateway.broker.enqueue(queue, { payload })).id;

const claim = (queues: string[], more: object = {}, headers: Record<string, string> = {}) =>
  call(gateway, 'POST /v1/leases', { json: { workerId: 'w1', queues, ...more }, headers });

const settle = (items: object[], at: TestGateway = gateway) =>
  call(at, 'POST /v1/leases/settle', { json: { items } });

/** Connections that block on a wake token of this queue. */
async function blocked(): Promise<number> {
  const list = String(await client.client('LIST'));
  return list.split('\n').filter((line) => /cmd=blpop/.test(line) && /flags=\S*b/.test(line))
    .length;
}

const somebodyBlocks = () =>
  until(async () => (await blocked()) > 0, { what: 'a client to wait for work' });

describe('a claim', () => {
  it('gives jobs with their bytes, and an opaque token each', async () => {
    const id = await add('claim', '{"n": 12345678901234567890}');
    const answer = await claim(['claim', 'other'], { max: 5, leaseMs: 9_000 });
    expect(answer.body.leases).toHaveLength(1);
    const [lease] = answer.body.leases;
    expect(lease.job).toMatchObject({
      id,
      queue: 'claim',
      type: 'default',
      attempt: 1,
      crashes: 0,
    });
    expect(answer.text).toContain('"payload":{"n": 12345678901234567890}');
    expect(lease.leaseToken).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(gateway.logged()).not.toContain(lease.leaseToken);
    expect(await settle([{ leaseToken: lease.leaseToken, outcome: 'complete' }])).toMatchObject({
      body: { results: [{ index: 0, status: 'settled', state: 'completed' }] },
    });
  });

  it('is empty at once without a wait, and after it with one', async () => {
    expect((await claim(['nothing'])).body).toEqual({ leases: [] });
    expect((await claim(['nothing'], { waitMs: 30 })).body).toEqual({ leases: [] });
  });

  it('takes from all queues up to its max', async () => {
    for (const queue of ['many-a', 'many-b', 'many-c']) await add(queue);
    const { body } = await claim(['many-a', 'many-b', 'many-c'], { max: 2 });
    expect(body.leases).toHaveLength(2);
    const rest = await claim(['many-a', 'many-b', 'many-c'], { max: 9 });
    expect(rest.body.leases).toHaveLength(1);
  });

  it('says when a rate limit lets the next job go, and waits for that', async () => {
    await gateway.broker.configure('slow', { rateLimit: { rate: 1, perMs: 300, burst: 1 } });
    await add('slow');
    await add('slow');
    expect((await claim(['slow'])).body.leases).toHaveLength(1);
    const limited = await claim(['slow']);
    expect(limited.body.leases).toEqual([]);
    expect(limited.body.retryAfterMs).toBeGreaterThan(0);
    expect((await claim(['slow'], { waitMs: 10_000 })).body.leases).toHaveLength(1);
  });
});

describe('a waiting client', () => {
  it('gets a job as soon as it is enqueued, not at its next poll', async () => {
    const lags: number[] = [];
    for (let n = 0; n < 21; n++) {
      const waiting = claim(['idle'], { waitMs: 20_000 });
      await somebodyBlocks();
      const begun = performance.now();
      await add('idle');
      const { body } = await waiting;
      lags.push(performance.now() - begun);
      expect(body.leases).toHaveLength(1);
      await settle([{ leaseToken: body.leases[0].leaseToken, outcome: 'complete' }]);
    }
    const [fastest = Number.NaN, ...others] = lags.toSorted((a, b) => a - b);
    process.stdout.write(
      `idle long-poll: p50 ${others[9]?.toFixed(2)} ms from enqueue to answer\n`,
    );
    // The median is the machine's matter as well: the goal of 5 ms is that of `npm run long-poll`.
    expect(fastest).toBeLessThan(50);
  });

  it('is served in turn: each of ten gets one of ten jobs', async () => {
    const waiting = Array.from({ length: 10 }, (_, n) =>
      claim([`turn-${n % 2}`, 'turn'], { waitMs: 20_000, max: 1 }),
    );
    await somebodyBlocks();
    for (let n = 0; n < 10; n++) await add('turn');
    const answers = await Promise.all(waiting);
    const ids = answers.flatMap(({ body }) =>
      body.leases.map((lease: { job: { id: string } }) => lease.job.id),
    );
    expect(new Set(ids).size).toBe(10);
  });

  it('that has gone gets nothing: the job is there for the next one, at no cost', async () => {
    const left = new AbortController();
    const asking = fetch(`${gateway.url}/v1/leases`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ workerId: 'w1', queues: ['gone'], waitMs: 30_000 }),
      signal: left.signal,
      // It is aborted, and so has no answer.
    }).catch(() => undefined);
    await somebodyBlocks();
    left.abort();
    await asking;
    const id = await add('gone');
    const next = await claim(['gone'], { waitMs: 10_000 });
    expect(next.body.leases[0].job).toMatchObject({ id, attempt: 1, crashes: 0 });
  });

  it('that goes while its claim is under way costs the job nothing', async () => {
    await using proxy = await startFaultProxy({ target: redis });
    await using slow = await startTestGateway({ redis: proxy.url });
    const id = await add('midway');
    const left = new AbortController();
    proxy.delay(150);
    const asking = fetch(`${slow.url}/v1/leases`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ workerId: 'w1', queues: ['midway'] }),
      signal: left.signal,
      // As above.
    }).catch(() => undefined);
    const counts = async () => (await gateway.broker.stats('midway'))?.counts;
    await until(async () => (await counts())?.active === 1, { what: 'the claim' });
    left.abort();
    await asking;
    await until(async () => (await counts())?.ready === 1, { what: 'the job to be back' });
    proxy.delay(0);
    const [lease] = (await claim(['midway'])).body.leases;
    expect(lease.job).toMatchObject({ id, attempt: 1, crashes: 0 });
  });

  it('gets a job although the answers of the first claims for it were lost', async () => {
    await using proxy = await startFaultProxy({ target: redis });
    await using shaky = await startTestGateway({ redis: proxy.url, deadlineMs: 300 });
    const claiming = loadScripts().get('settle-and-claim')?.sha ?? 'none';
    await shaky.broker.ping(5_000);
    const { connections } = proxy;
    const asking = call(shaky, 'POST /v1/leases', {
      json: { workerId: 'w1', queues: ['lost-answers'], waitMs: 20_000 },
      headers: { 'Idempotency-Key': 'lost-answers' },
    });
    // Others may still block: this gateway's waiting has a connection of its own.
    await until(() => proxy.connections > connections, { what: 'the client to wait' });
    let cutting = true;
    for (let i = 0; i < 1_000; i++)
      proxy.cutNextReply((request) => cutting && request.includes(claiming));
    const id = await add('lost-answers');
    // The claim took it, and neither its answer nor one of its repetitions came through in time.
    await until(() => shaky.logged().includes('no claim for a waiting client'), {
      what: 'the claim to be given up',
    });
    cutting = false;
    const { body } = await asking;
    expect(body.leases).toMatchObject([{ job: { id, attempt: 1, crashes: 0 } }]);
    const { leaseToken } = body.leases[0];
    await settle([{ leaseToken, outcome: 'complete' }]);
  });

  it('is answered with nothing when the gateway stops', async () => {
    await using third = await startTestGateway({ redis: redis.url });
    const asking = call(third, 'POST /v1/leases', {
      json: { workerId: 'w1', queues: ['stopping'], waitMs: 30_000 },
    });
    await somebodyBlocks();
    expect(await third.gateway.close()).toBe(true);
    expect((await asking).body).toEqual({ leases: [] });
  });

  it('appears among the workers', async () => {
    await claim(['seen'], { waitMs: 0 });
    const members = await gateway.broker.members('workers');
    expect(members.find(({ id }) => id === 'w1')?.info).toMatchObject({ kind: 'http' });
  });
});

describe('a settle', () => {
  const leased = async (queue: string) => {
    await add(queue);
    return (await claim([queue])).body.leases[0].leaseToken as string;
  };

  it('again with the same token answers as the first time, through any gateway', async () => {
    const leaseToken = await leased('again');
    const error = { name: 'Boom', message: 'x' };
    const first = await settle([{ leaseToken, outcome: 'fail', error, retry: 'never' }]);
    expect(first.body.results).toEqual([{ index: 0, status: 'settled', state: 'dead' }]);
    const second = await settle([{ leaseToken, outcome: 'complete' }], other);
    expect(second.body).toEqual(first.body);
  });

  it('answers each item in its place; a token that is none of ours is lost', async () => {
    const [a, b] = [await leased('mix-a'), await leased('mix-b')];
    const forged = Buffer.from('mix-a AAAAAAAAAAAAAAAAAAAA abc.1 w1').toString('base64url');
    const { body } = await settle([
      { leaseToken: b, outcome: 'release' },
      { leaseToken: 'rubbish!', outcome: 'complete' },
      { leaseToken: forged, outcome: 'complete' },
      { leaseToken: a, outcome: 'complete', result: { ok: true } },
      { leaseToken: a, outcome: 'release' },
    ]);
    expect(body.results).toEqual([
      { index: 0, status: 'settled', state: 'ready' },
      { index: 1, status: 'lease-lost' },
      { index: 2, status: 'lease-lost' },
      { index: 3, status: 'settled', state: 'completed' },
      { index: 4, status: 'settled', state: 'completed' },
    ]);
    const { text } = await call(gateway, 'GET /metrics');
    expect(text).toContain('relay_job_attempts_total{queue="mix-a",outcome="completed"} 1');
  });

  it('with a result that is too large changes nothing', async () => {
    const leaseToken = await leased('large');
    const result = 'x'.repeat(70_000);
    const refused = await settle([{ leaseToken, outcome: 'complete', result }]);
    expect(refused).toMatchObject({ status: 422 });
    expect(refused.body.errors[0].pointer).toBe('/items/0/result');
    await settle([{ leaseToken, outcome: 'complete' }]);
  });
});

describe('an extension', () => {
  it('moves the deadline, shows progress and tells of a cancel', async () => {
    const id = await add('beat');
    const [lease] = (await claim(['beat'], { leaseMs: 1_000 })).body.leases;
    await gateway.broker.cancel('beat', id);
    const { body } = await call(gateway, 'POST /v1/leases/extend', {
      json: {
        items: [
          { leaseToken: lease.leaseToken, leaseMs: 60_000, progress: { done: 0.5 } },
          { leaseToken: 'unknown', leaseMs: 60_000 },
        ],
      },
    });
    expect(body.results).toEqual([
      { index: 0, status: 'extended', expiresAt: expect.any(String), cancelRequested: true },
      { index: 1, status: 'lease-lost' },
    ]);
    expect(Date.parse(body.results[0].expiresAt)).toBeGreaterThan(Date.parse(lease.expiresAt));
    const job = await call(gateway, `GET /v1/queues/beat/jobs/${id}`);
    expect(job.body.progress).toEqual({ done: 0.5 });
    await settle([{ leaseToken: lease.leaseToken, outcome: 'release' }]);
  });
});
