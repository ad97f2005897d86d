import { describe, expect, test } from '@jest/globals';
import { type Broker, type Lease, StoreCorruptError } from '../src/index.ts';
import { queueKeys } from '../src/keys.ts';
import { BOOM, type BrokerFixture, of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

/** Jobs of the queue that a verb may act upon. */
interface Stage {
  readonly broker: Broker;
  readonly queue: string;
  readonly ready: string;
  readonly scheduled: string;
  readonly dead: string;
  readonly leases: readonly Lease[];
}

const VERBS: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  enqueue: ({ broker, queue }) =>
    broker.enqueue(queue, { payload: '1', idempotencyKey: 'k', expiresInMs: 90_000 }),
  'delayed enqueue': ({ broker, queue }) => broker.enqueue(queue, { payload: '1', delayMs: 9 }),
  claim: ({ broker, queue }) => broker.claim(queue, { workerId: 'w1', max: 2 }),
  complete: ({ broker, queue, leases }) =>
    broker.settle(queue, [{ ...of(leases[0]!), outcome: 'complete', result: '1' }]),
  fail: ({ broker, queue, leases }) =>
    broker.settle(queue, [{ ...of(leases[1]!), outcome: 'fail', error: BOOM }]),
  'fail for good': ({ broker, queue, leases }) =>
    broker.settle(queue, [{ ...of(leases[2]!), outcome: 'fail', error: BOOM, retry: 'never' }]),
  release: ({ broker, queue, leases }) =>
    broker.settle(queue, [{ ...of(leases[3]!), outcome: 'release' }]),
  extend: ({ broker, queue, leases }) =>
    broker.extend(queue, [{ ...of(leases[4]!), leaseMs: 1_000, progress: '1' }]),
  cancel: ({ broker, queue, leases }) => broker.cancel(queue, leases[4]!.id),
  'cancel of a waiting job': ({ broker, queue, ready }) => broker.cancel(queue, ready),
  change: ({ broker, queue, scheduled }) => broker.change(queue, scheduled, { priority: 3 }),
  promoteNow: ({ broker, queue, scheduled }) => broker.promoteNow(queue, scheduled),
  requeue: ({ broker, queue, dead }) => broker.requeue(queue, dead),
  actMatching: ({ broker, queue }) =>
    broker.actMatching(queue, 'cancel', { state: 'ready', filter: { type: 'other' } }),
  pause: ({ broker, queue }) => broker.pause(queue),
  resume: ({ broker, queue }) => broker.resume(queue),
  configure: ({ broker, queue }) => broker.configure(queue, { concurrency: 50 }),
  nudge: ({ broker, queue }) => broker.nudge(queue),
  reap: ({ broker, queue }) => broker.reap(queue),
  promote: ({ broker, queue }) => broker.promote(queue),
  expire: ({ broker, queue }) => broker.expire(queue),
  retire: ({ broker, queue }) => broker.retire(queue),
  rollUp: ({ broker, queue }) => broker.rollUp(queue),
  stats: ({ broker, queue }) => broker.stats(queue),
  series: ({ broker, queue }) => broker.series(queue),
  list: ({ broker, queue }) => broker.list(queue, 'active'),
  job: ({ broker, queue, leases }) => broker.job(queue, leases[4]!.id),
  waitForEnd: ({ broker, queue, leases }) => broker.waitForEnd(queue, leases[4]!.id, 1),
  settings: ({ broker, queue }) => broker.settings(queue),
  forget: ({ broker, queue }) =>
    broker.forget(queue).catch((error: unknown) => {
      if (error instanceof StoreCorruptError) throw error;
    }),
};

/** A queue with jobs in every state, some of them due for the background loops. */
async function prepare(f: BrokerFixture, queue: string): Promise<Stage> {
  const { broker } = f;
  await f.control.setNow(T0);
  await broker.configure(queue, {
    concurrency: 40,
    rateLimit: { rate: 100, perMs: 1_000 },
    retention: { completed: { maxCount: 1 } },
  });
  const [one = ''] = await f.fill(queue, 12);
  const [first, second, third, ...leases] = await f.claim(queue, 8);
  await broker.settle(queue, [
    { ...of(first!), outcome: 'complete' },
    { ...of(second!), outcome: 'complete' },
    { ...of(third!), outcome: 'fail', error: BOOM, retry: 'never' },
  ]);
  expect(first?.id).toBe(one);
  const [scheduled = ''] = await f.fill(queue, 1, { delayMs: 500_000 });
  await f.fill(queue, 2, { delayMs: 1 });
  await f.fill(queue, 2, { expiresInMs: 1 });
  await f.claim(queue, 1, 1_000);
  const [waiting = ''] = await f.fill(queue, 1);
  await broker.rollUp(queue);
  await f.control.setNow(T0 + 5_000);
  return { broker, queue, ready: waiting, scheduled, dead: third!.id, leases };
}

/** Everything that Redis holds of the queue. */
async function contents(f: BrokerFixture, queue: string): Promise<Record<string, unknown>> {
  const { redis } = f;
  const found: Record<string, unknown> = {};
  for (const key of (await redis.keys(`relay:{${queue}}:*`)).toSorted()) {
    switch (await redis.type(key)) {
      case 'hash':
        found[key] = await redis.hgetall(key);
        break;
      case 'zset':
        found[key] = await redis.zrange(key, '0', '-1', 'WITHSCORES');
        break;
      case 'list':
        found[key] = await redis.lrange(key, 0, -1);
        break;
      case 'string':
        found[key] = await redis.get(key);
        break;
      default:
        found[key] = await redis.smembers(key);
    }
  }
  return found;
}

describe('a key of another type', () => {
  test.each(Object.keys(queueKeys) as (keyof typeof queueKeys)[])(
    '%s: each verb that meets it says so and changes nothing, and with it gone the queue goes on',
    async (name) => {
      const f = fixture();
      const queue = f.queue();
      const stage = await prepare(f, queue);
      const key = f.key(name, queue);
      const saved = `saved-${queue}`;
      if ((await f.redis.exists(key)) === 1) await f.redis.rename(key, saved);
      // No key of ours is a set.
      await f.redis.sadd(key, 'somebody else');
      const refused: string[] = [];
      for (const [verb, run] of Object.entries(VERBS)) {
        const before = await contents(f, queue);
        try {
          await run(stage);
        } catch (error) {
          expect([verb, error]).toEqual([verb, expect.any(StoreCorruptError)]);
          expect(String(error)).toContain(queue);
          expect([verb, await contents(f, queue)]).toEqual([verb, before]);
          refused.push(verb);
        }
      }
      expect(refused.length).toBeGreaterThan(0);
      expect(await f.redis.smembers(key)).toEqual(['somebody else']);
      await f.redis.del(key);
      if ((await f.redis.exists(saved)) === 1) await f.redis.rename(saved, key);
      await f.broker.nudge(queue);
      await f.assertConsistent(queue);
      await f.broker.resume(queue);
      await f.enqueue(queue);
      expect((await f.claim(queue, 1)).length).toBe(1);
    },
  );
});
