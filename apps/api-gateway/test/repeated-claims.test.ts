import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@relay/service-kit';
import { until } from '@relay/testkit';
import { boundedStore } from '../src/bounded-store.ts';
import { ClaimHub } from '../src/leases/claim-hub.ts';
import { type Claim, Claims } from '../src/leases/claims.ts';
import { HttpWorkers } from '../src/leases/http-workers.ts';
import { Tries } from '../src/leases/tries.ts';
import type { JobStore } from '../src/store.ts';
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

const CLAIM = { workerId: 'w1', max: 1, leaseMs: 60_000, waitMs: 0 };

/** Claims without HTTP, so that a test can stand between them and their store. */
function claimsOver(store: JobStore, limitMs: number): Claims {
  const logger = createLogger({ name: 'test', version: '0', level: 'silent' });
  const hub = new ClaimHub({
    open: () => gateway.broker.wakeListener(),
    nudge: async () => false,
    logger,
  });
  return new Claims({ store, hub, workers: new HttpWorkers(store, logger), logger, limitMs });
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

describe('a claim that was repeated', () => {
  it('takes nothing any more, though nobody told the gateway that its client has gone', async () => {
    await using other = await startTestGateway({ redis: redis.url });
    const json = { queues: ['taken-over', 'nothing-here'] };
    const first = repeatable('taken-over', { ...json, waitMs: 20_000 })();
    const looked = async (): Promise<number> => {
      const text = await gateway.broker.noted('claim anonymous taken-over');
      return text === null ? 0 : (JSON.parse(text) as { queues: string[] }).queues.length;
    };
    await until(async () => (await looked()) === 2, { what: 'a look at both queues' });
    expect(await repeatable('taken-over', { ...json, waitMs: 0 })(other)).toEqual([]);
    await add('taken-over');
    // It ends, and the wake token that it had is there for others.
    expect(await first).toEqual([]);
    expect(await counts('taken-over')).toMatchObject({ ready: 1, active: 0 });
    const next = await repeatable('another', { ...json, waitMs: 20_000 })(other);
    expect(next).toHaveLength(1);
  });

  it('gives what it took to the repetition, when neither has seen the other begin', async () => {
    const { broker } = gateway;
    const id = await add('at-once');
    const claim = { ...CLAIM, queues: ['at-once'], key: 'k' };
    const [first, second] = [await Tries.open(broker, claim), await Tries.open(broker, claim)];
    const ids = [];
    for (const tries of [first, second]) {
      const one = await tries.next('at-once');
      const { leases } = await broker.claim('at-once', claim, { callId: one?.callId ?? '' });
      ids.push(...leases.map((lease) => lease.id));
    }
    expect(ids).toEqual([id, id]);
    expect(await first.next('at-once')).toBeNull();
  });

  it('and began at the same time, is answered with what both took', async () => {
    const { broker } = gateway;
    const id = await add('both-b');
    const claim = { ...CLAIM, queues: ['both-a', 'both-b'], max: 2, key: 'both' };
    const ghost = await Tries.open(broker, claim);
    // Its first try is noted over that of the other one, which began before it was.
    const store = {
      ...boundedStore(broker, 10_000),
      note: async (name: string, text: string) => {
        await broker.note(name, text);
        const one = await ghost.next('both-b');
        if (one?.callId === undefined) return;
        await broker.claim('both-b', claim, { callId: one.callId });
      },
    };
    const { leases } = await claimsOver(store, 10_000).take(claim, new AbortController().signal);
    expect(leases).toMatchObject([{ id }]);
  });

  it('has its try that is on its way recalled before that was noted', async () => {
    const { broker } = gateway;
    const claim = { ...CLAIM, queues: ['on-its-way'], key: 'o' };
    const first = await Tries.open(broker, claim);
    await first.next('on-its-way');
    // The second one is noted at once: what was there before is what the repetition reads.
    const before = await broker.noted('claim o');
    const one = await first.next('on-its-way');
    await broker.note('claim o', before ?? '');
    const { earlier } = await Tries.open(broker, claim);
    expect(earlier.map(({ callId }) => callId)).toContain(one?.callId);
  });
});

describe('a claim that is answered too late', () => {
  /** Claims whose store answers at once, and keeps the answers to claims to itself until `tell`. */
  function lateClaims() {
    const { broker } = gateway;
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
    const claims = claimsOver(store, 20);
    const take = (claim: Pick<Claim, 'key' | 'queues'>) =>
      claims.take({ ...CLAIM, ...claim }, new AbortController().signal);
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
