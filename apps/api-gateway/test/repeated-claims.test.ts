import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@relay/service-kit';
import { until } from '@relay/testkit';
import { boundedStore } from '../src/bounded-store.ts';
import { ClaimHub } from '../src/leases/claim-hub.ts';
import { type Claim, Claims } from '../src/leases/claims.ts';
import { HttpWorkers } from '../src/leases/http-workers.ts';
import { call, serveTests, startTestGateway } from './harness.ts';

const { redis, gateway, client } = await serveTests();

const add = async (queue: string): Promise<string> =>
  (await gateway.broker.enqueue(queue, { payload: '1' })).id;

const counts = async (queue: string) => (await gateway.broker.stats(queue))?.counts;

/** The same claim as often as it is called. */
function repeatable(key: string, json: object) {
  return async (at: { readonly url: string } = gateway) => {
    const headers = { 'Idempotency-Key': key };
    const sent = { json: { workerId: 'w1', ...json }, headers };
    return (await call(at, 'POST /v1/leases', sent)).body.leases;
  };
}

describe('a repeated claim', () => {
  it('with its idempotency key gets the same leases, through any gateway', async () => {
    await using other = await startTestGateway({ redis: redis.url });
    await add('once');
    await add('once');
    const json = { workerId: 'w1', queues: ['empty', 'once'], max: 1, waitMs: 100 };
    const claim = repeatable('claim-7', json);
    const first = await claim();
    expect(first).toHaveLength(1);
    expect(await claim(other)).toEqual(first);
    const changed = await call(other, 'POST /v1/leases', {
      json: { ...json, max: 2 },
      headers: { 'Idempotency-Key': 'claim-7' },
    });
    expect(changed.body.type).toMatch(/idempotency-mismatch$/);
    expect(await counts('once')).toMatchObject({ active: 1, ready: 1 });
  });

  it('gets what it got, though a queue that was empty has jobs by now', async () => {
    const claim = repeatable('late', { queues: ['empty-first', 'late'], waitMs: 20_000 });
    const asking = claim();
    await until(async () => String(await client.client('LIST')).includes('cmd=blpop'), {
      what: 'the client to wait',
    });
    await add('late');
    const first = await asking;
    expect(first).toHaveLength(1);
    await add('empty-first');
    expect(await claim()).toEqual(first);
    expect(await counts('empty-first')).toMatchObject({ ready: 1, active: 0 });
  });

  it('never gets more than its max', async () => {
    const claim = repeatable('most', { queues: ['most-a', 'most-b'], max: 2 });
    await add('most-a');
    const first = await claim();
    expect(first).toHaveLength(1);
    for (let n = 0; n < 3; n++) await add('most-b');
    expect(await claim()).toEqual(first);
    expect(await counts('most-b')).toMatchObject({ ready: 3, active: 0 });
  });

  it('that does not wait and got nothing gets nothing', async () => {
    const claim = repeatable('nothing', { queues: ['nothing'], waitMs: 0 });
    expect(await claim()).toEqual([]);
    await add('nothing');
    expect(await claim()).toEqual([]);
    expect(await counts('nothing')).toMatchObject({ ready: 1, active: 0 });
  });
});

describe('a claim that is answered too late', () => {
  /** Claims whose store answers at once, and keeps the answers to claims to itself until `tell`. */
  function lateClaims() {
    const { broker } = gateway;
    const logger = createLogger({ name: 'test', version: '0', level: 'silent' });
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const underWay: Promise<unknown>[] = [];
    const store = {
      ...boundedStore(broker, 10_000),
      claim: async (...args: Parameters<typeof broker.claim>) => {
        const claimed = broker.claim(...args).then(async (result) => {
          await told;
          return result;
        });
        underWay.push(claimed);
        return await claimed;
      },
    };
    const hub = new ClaimHub({
      open: () => broker.wakeListener(),
      nudge: async () => false,
      logger,
    });
    const workers = new HttpWorkers(store, logger);
    const claims = new Claims({ store, hub, workers, logger, limitMs: 20 });
    const take = (claim: Pick<Claim, 'key' | 'queues'>) =>
      claims.take(
        { workerId: 'w1', max: 1, leaseMs: 60_000, waitMs: 0, ...claim },
        new AbortController().signal,
      );
    const tellAll = async (): Promise<void> => {
      tell();
      await Promise.all(underWay);
    };
    return { take, tellAll };
  }

  it('leaves its jobs to the client that has come again with its key', async () => {
    const { take, tellAll } = lateClaims();
    const claim = { key: 'late-answer', queues: ['late-answer'] };
    const id = await add('late-answer');
    await expect(take(claim)).rejects.toMatchObject({ code: 'store-unavailable' });
    const { leases } = await take(claim);
    expect(leases).toMatchObject([{ id }]);
    await tellAll();
    const items = leases.map(({ token }) => ({ id, token, outcome: 'complete' as const }));
    expect(await gateway.broker.settle('late-answer', items)).toMatchObject([
      { status: 'settled' },
    ]);
  });

  it('gives its jobs back without a key', async () => {
    const { take, tellAll } = lateClaims();
    await add('no-key');
    const claim = { key: undefined, queues: ['no-key'] };
    await expect(take(claim)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await counts('no-key')).toMatchObject({ active: 1 });
    await tellAll();
    await until(async () => (await counts('no-key'))?.ready === 1, { what: 'the job to be back' });
  });
});
