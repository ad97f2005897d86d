// Over 300 lines on purpose: it is a list, one entry a way to run a script, and the tests go through all of it.
import { createHash } from 'node:crypto';
import type { Broker, Script, ScriptSet, Settlement } from '../../src/index.ts';
import { BOOM, type BrokerFixture, of, T0 } from './broker-fixture.ts';

/** One way to run a script, at a size: prepares a queue, and gives the call itself. */
export interface Scenario {
  readonly script: string;
  readonly name: string;
  /** Defaults to 1. */
  readonly sizes?: readonly number[];
  /** How often what the header charges "for each" is there, by its words there. */
  readonly units?: (size: number) => Readonly<Record<string, number>>;
  readonly prepare: (at: Stage) => Promise<() => Promise<unknown>>;
}

/** What a scenario works with. Its broker's runs are counted, those of the fixture's are too. */
interface Stage {
  readonly f: BrokerFixture;
  readonly broker: Broker;
  readonly queue: string;
  readonly size: number;
}

/** Without `no-writes`, so that the runs of read-only scripts can be noted. */
export function countable(scripts: ScriptSet): ScriptSet {
  const unlock = (script: Script): Script => {
    const source = script.source.replace(/^#!lua flags=no-writes/, '#!lua flags=allow-oom');
    return { ...script, source, sha: createHash('sha1').update(source).digest('hex') };
  };
  return new Map([...scripts].map(([name, script]) => [name, unlock(script)]));
}

/** A queue on which each script makes every call that it may: all limits set, the token bucket in use. */
async function limited({ f, queue }: Stage): Promise<void> {
  await f.control.setNow(T0);
  await f.redis.hset(f.key('config', queue), { rate: 100_000, perMs: 1_000, burst: 100_000 });
  await f.redis.hset(f.key('limiter', queue), { tokens: 100_000, at: T0 });
}

async function settleOutcomes({ f, queue }: Stage): Promise<Settlement[]> {
  const outcomes = [
    { outcome: 'complete' },
    { outcome: 'fail', error: BOOM, retryInMs: 1 },
    { outcome: 'fail', error: BOOM, retry: 'never' },
    { outcome: 'release' },
    { outcome: 'unhandled' },
    { outcome: 'complete' },
  ] as const;
  const leases = await f.claim(queue, outcomes.length);
  await f.broker.cancel(queue, leases.at(-1)?.id ?? '');
  return leases.map((lease, i) => ({ ...of(lease), ...(outcomes[i] ?? { outcome: 'release' }) }));
}

/** Jobs at the head that a claim takes out in place of running them: expired, damaged, without a record. */
async function strangeHeads({ f, queue }: Stage): Promise<void> {
  const [expired = '', corrupt = '', ghost = ''] = await f.fill(queue, 3, {
    priority: 9,
    expiresInMs: 1,
  });
  await f.redis.hset(f.key('jobs', queue), corrupt, 'not one of ours');
  await f.redis.hdel(f.key('jobs', queue), ghost);
  await f.redis.hset(f.key('state', queue), expired, '1 0 0 0');
}

export const SCENARIOS: readonly Scenario[] = [
  {
    script: 'enqueue',
    name: 'all kinds at once',
    sizes: [1, 50],
    units: (size) => ({ 'idempotency key': size * 2, duplicate: size }),
    async prepare(stage) {
      const { f, broker, queue, size } = stage;
      await limited(stage);
      const keyed = Array.from({ length: size }, (_, i) => ({
        payload: '1',
        idempotencyKey: `${i}`,
      }));
      await broker.enqueueMany(queue, keyed);
      await f.redis.del(f.key('wake', queue));
      await f.redis.zrem(
        f.key('ready', queue),
        ...(await f.redis.zrange(f.key('ready', queue), '0', '-1')),
      );
      await f.redis.del(f.key('jobs', queue), f.key('stats', queue));
      const fresh = keyed.map((job, i) => ({ ...job, idempotencyKey: `new${i}`, expiresInMs: 5 }));
      return () =>
        broker.enqueueMany(queue, [
          ...keyed,
          ...fresh,
          { payload: '2', delayMs: 9, expiresInMs: 2 },
        ]);
    },
  },
  {
    script: 'settle-and-claim',
    name: 'every outcome, and every kind of head',
    sizes: [1, 16, 200],
    units: (size) => ({
      '16 jobs looked at': Math.ceil((size + 3) / 16),
      'job that may expire': size,
      'job not fit to run': 3,
      'job waited for': 3,
      'answer to keep': 0,
    }),
    async prepare(stage) {
      const { f, broker, queue, size } = stage;
      await limited(stage);
      await f.fill(queue, 6, { priority: 10 });
      const items = await settleOutcomes(stage);
      await f.redis.hset(f.key('waiters', queue), ...items.flatMap(({ id }) => [id, '1']));
      await strangeHeads(stage);
      await f.fill(queue, size, { expiresInMs: 60_000 });
      await f.redis.hset(f.key('config', queue), { completedMaxCount: 1 });
      await f.redis.hdel(f.key('config', queue), 'due');
      await f.redis.zadd(f.key('completed', queue), 1, 'old');
      await f.redis.hset(f.key('jobs', queue), 'old', '');
      await f.redis.del(f.key('wake', queue));
      await f.control.setNow(T0 + 10);
      return () =>
        broker.settleAndClaim(queue, items, { workerId: 'w1', max: size + 3, leaseMs: 1_000 });
    },
  },
  {
    script: 'settle-and-claim',
    name: 'a queue that keeps no completed jobs',
    sizes: [1, 100],
    units: () => ({
      '16 jobs looked at': 0,
      'job that may expire': 0,
      'job not fit to run': 0,
      'job waited for': 0,
      'answer to keep': 0,
    }),
    async prepare({ f, broker, queue, size }) {
      await f.redis.hset(f.key('config', queue), { completedMaxCount: 0 });
      await f.fill(queue, size);
      const leases = await f.claim(queue);
      return () =>
        broker.settle(
          queue,
          leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
        );
    },
  },
  {
    script: 'extend',
    name: 'with progress',
    sizes: [1, 300],
    async prepare({ f, broker, queue, size }) {
      await f.fill(queue, size);
      const leases = await f.claim(queue);
      await f.redis.hdel(f.key('config', queue), 'due');
      return () =>
        broker.extend(
          queue,
          leases.map((lease) => ({ ...of(lease), leaseMs: 1_000, progress: '1' })),
        );
    },
  },
  {
    script: 'reap',
    name: 'every outcome',
    sizes: [6, 300],
    units: () => ({ 'damaged lease': 2, 'job waited for': 0 }),
    async prepare(stage) {
      const { f, broker, queue, size } = stage;
      await limited(stage);
      await f.fill(queue, size, { timeoutMs: 1, maxAttempts: 1 });
      const ids = await f.fill(queue, size, { maxCrashes: 3 });
      await f.enqueue(queue, { delayMs: 600_000, expiresInMs: 1_000 });
      await f.claim(queue, size * 2, 1_000);
      const key = f.key('leases', queue);
      // The sixth crashes for the first time.
      const [cancelled = '', twice = '', ghost = '', damaged = '', dead = ''] = ids;
      await f.redis.hset(f.key('state', queue), twice, '0 1 0 0', dead, '0 9 0 0');
      await f.broker.cancel(queue, cancelled);
      await f.redis.hdel(key, ghost, damaged);
      await f.redis.hdel(f.key('jobs', queue), ghost);
      await f.redis.hset(f.key('waiters', queue), 'other', '1');
      await f.redis.hdel(f.key('config', queue), 'due');
      await f.control.setNow(T0 + 6_000);
      return () => broker.reap(queue, { max: size * 2 });
    },
  },
  {
    script: 'promote',
    name: 'due jobs',
    sizes: [1, 500],
    async prepare(stage) {
      const { f, broker, queue, size } = stage;
      await limited(stage);
      await f.fill(queue, size, { delayMs: 5, expiresInMs: 50 });
      await f.control.setNow(T0 + 5);
      return () => broker.promote(queue);
    },
  },
  {
    script: 'act',
    name: 'retry of a dead job with another payload',
    units: () => ({ job: 1 }),
    async prepare(stage) {
      const { f, broker, queue } = stage;
      await limited(stage);
      await f.enqueue(queue);
      const lease = await f.claimOne(queue);
      await f.broker.settle(queue, [
        { ...of(lease), outcome: 'fail', error: BOOM, retry: 'never' },
      ]);
      return () => broker.requeue(queue, lease.id, { payload: '2' });
    },
  },
  ...(['cancel', 'delete', 'promote'] as const).map(
    (action): Scenario => ({
      script: 'act',
      name: action,
      sizes: [1, 100],
      units: (size) => ({ job: size }),
      async prepare(stage) {
        const { f, broker, queue, size } = stage;
        await limited(stage);
        const ids = await f.fill(queue, size, { delayMs: 50, expiresInMs: 50 });
        return () => broker.act(queue, action, ids);
      },
    }),
  ),
  {
    script: 'change',
    name: 'priority and due time',
    async prepare(stage) {
      const { f, broker, queue } = stage;
      await limited(stage);
      const id = await f.enqueue(queue, { expiresInMs: 50 });
      return () => broker.change(queue, id, { priority: 5, runAt: T0 + 50_000 });
    },
  },
  {
    script: 'expire',
    name: 'jobs that were not started in time',
    sizes: [1, 100],
    units: (size) => ({ job: size }),
    async prepare(stage) {
      const { f, broker, queue, size } = stage;
      await limited(stage);
      await f.fill(queue, size, { expiresInMs: 1 });
      await f.fill(queue, size, { delayMs: 1, expiresInMs: 1 });
      await f.control.setNow(T0 + 10);
      return () => broker.expire(queue, { max: size });
    },
  },
  {
    script: 'retire',
    name: 'completed jobs beyond their age',
    sizes: [1, 300],
    async prepare(stage) {
      const { f, broker, queue, size } = stage;
      await limited(stage);
      await f.fill(queue, size);
      const leases = await f.claim(queue);
      await f.broker.settle(
        queue,
        leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
      );
      await f.control.setNow(T0 + 86_400_000);
      return () => broker.retire(queue);
    },
  },
  {
    script: 'pause',
    name: 'with work to do',
    async prepare(stage) {
      await limited(stage);
      await stage.f.enqueue(stage.queue);
      return () => stage.broker.pause(stage.queue);
    },
  },
  {
    script: 'heads',
    name: 'of several queues',
    sizes: [1, 50],
    units: (size) => ({ 'further queue': size - 1 }),
    async prepare({ f, broker, queue, size }) {
      await f.enqueue(queue, { delayMs: 1 });
      const queues = [queue, ...Array.from({ length: size - 1 }, () => f.queue())];
      return () => broker.heads(queues);
    },
  },
  {
    script: 'nudge',
    name: 'with work to do',
    async prepare(stage) {
      await limited(stage);
      await stage.f.enqueue(stage.queue);
      await stage.f.redis.del(stage.f.key('wake', stage.queue));
      return () => stage.broker.nudge(stage.queue);
    },
  },
  {
    script: 'register',
    name: 'a new queue',
    prepare:
      async ({ broker, queue }) =>
      () =>
        broker.configure(queue, {}),
  },
  {
    script: 'configure',
    name: 'a limit for another, under a condition, with work that can start',
    async prepare({ f, broker, queue }) {
      await f.enqueue(queue);
      const { revision } = await broker.configure(queue, {
        concurrency: 4,
        rateLimit: { rate: 9, perMs: 1_000 },
      });
      await f.redis.del(f.key('wake', queue));
      return () =>
        broker.configure(queue, { concurrency: null, maxReady: 8, ifRevision: revision });
    },
  },
  {
    script: 'inspect',
    name: 'a queue with every limit',
    async prepare(stage) {
      const { f, broker, queue } = stage;
      await limited(stage);
      await f.fill(queue, 2);
      return () => broker.inspect(queue);
    },
  },
  {
    script: 'stats',
    name: 'many priorities',
    sizes: [1, 5, 40],
    units: (size) => ({ 'priority with ready jobs up to 32': Math.min(size, 32) }),
    async prepare({ f, broker, queue, size }) {
      await f.broker.enqueueMany(
        queue,
        Array.from({ length: size }, (_, i) => ({ payload: '1', priority: i })),
      );
      return () => broker.stats(queue);
    },
  },
  {
    script: 'job',
    name: 'a cancelled one',
    async prepare({ f, broker, queue }) {
      const id = await f.enqueue(queue);
      await f.broker.cancel(queue, id);
      return () => broker.job(queue, id);
    },
  },
  {
    script: 'list',
    name: 'the second page',
    sizes: [10, 100, 200],
    units: (size) => ({
      'further 100 looked at': Math.ceil(size / 100) - 1,
      job: size,
      'page behind a job that has left': 0,
    }),
    async prepare({ f, broker, queue, size }) {
      await f.fill(queue, size * 2 + 5);
      await f.claim(queue);
      const { nextCursor } = await f.broker.list(queue, 'active', { limit: size });
      return () => broker.list(queue, 'active', { limit: size, cursor: nextCursor ?? '' });
    },
  },
  {
    script: 'list',
    name: 'a page behind a job that has left',
    sizes: [10, 100],
    units: (size) => ({
      'further 100 looked at': 0,
      job: size,
      'page behind a job that has left': 1,
    }),
    async prepare({ f, broker, queue, size }) {
      await f.control.setNow(T0);
      const ids = await f.fill(queue, size * 3);
      await f.broker.act(queue, 'cancel', ids.slice(0, 100));
      const { items, nextCursor } = await f.broker.list(queue, 'cancelled', { limit: size / 2 });
      await f.broker.delete(queue, items.at(-1)?.id ?? '');
      return () => broker.list(queue, 'cancelled', { limit: size, cursor: nextCursor ?? '' });
    },
  },
  ...(['cancel', 'delete'] as const).map(
    (action): Scenario => ({
      script: 'act-matching',
      name: action,
      sizes: [1, 100],
      units: (size) => ({ job: size, 'page behind a job that has left': 0 }),
      async prepare(stage) {
        const { f, broker, queue, size } = stage;
        await limited(stage);
        await f.fill(queue, size, { delayMs: 50, expiresInMs: 50 });
        return () => broker.actMatching(queue, action, { state: 'scheduled', filter: {} });
      },
    }),
  ),
];
