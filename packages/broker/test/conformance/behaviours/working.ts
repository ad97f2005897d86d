import { expect } from '@jest/globals';
import { until } from '@relay/testkit';
import { BOOM, of } from '../../support/broker-fixture.ts';
import type { Behaviour } from '../suite.ts';

const LOST = { status: 'lease-lost' };
const SHORT = 1_000;

/** Leases: who holds one decides about the job, and nobody else. */
export const working: readonly Behaviour[] = [
  {
    name: 'claims made at once share the jobs out: none is held twice',
    async run(broker, { queue, fill, open }) {
      const ids = await fill(200);
      const brokers = [broker, open(), open(), open()];
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          brokers[i % 4]!.claim(queue, { workerId: `w${i}`, max: 10 }),
        ),
      );
      const taken = claims.flatMap((claim) => claim.leases);
      expect(taken.map((lease) => lease.id).toSorted()).toEqual(ids.toSorted());
      expect(new Set(taken.map((lease) => lease.token)).size).toBe(200);
    },
  },
  {
    name: 'a completed job keeps its result, and its token is worth nothing any more',
    async run(broker, { queue, fill, claimOne }) {
      await fill(1);
      const lease = await claimOne();
      const settlement = { ...of(lease), outcome: 'complete', result: '{"a": 1}' } as const;
      expect(await broker.settle(queue, [settlement])).toEqual([
        { status: 'settled', state: 'completed' },
      ]);
      expect(await broker.settle(queue, [settlement])).toEqual([LOST]);
      const job = await broker.job(queue, lease.id);
      expect(job).toMatchObject({ state: 'completed', result: '{"a": 1}', attempts: 1 });
      expect(job?.history).toMatchObject([{ number: 1, outcome: 'completed', workerId: 'w1' }]);
    },
  },
  {
    name: 'a token of somebody else changes nothing',
    async run(broker, { queue, fill, claim }) {
      await fill(2);
      const [first, second] = await claim();
      const foreign = { id: first!.id, token: second!.token };
      expect(await broker.settle(queue, [{ ...foreign, outcome: 'complete' }])).toEqual([LOST]);
      expect(await broker.extend(queue, [{ ...foreign, leaseMs: SHORT }])).toEqual([LOST]);
      expect((await broker.stats(queue))?.counts.active).toBe(2);
    },
  },
  {
    name: 'each outcome leads to its own state',
    async run(broker, { queue, fill, claim }) {
      await fill(6);
      const leases = await claim();
      const answers = await broker.settle(queue, [
        { ...of(leases[0]!), outcome: 'complete' },
        { ...of(leases[1]!), outcome: 'fail', error: BOOM },
        { ...of(leases[2]!), outcome: 'fail', error: BOOM, retry: 'never' },
        { ...of(leases[3]!), outcome: 'release' },
        { ...of(leases[4]!), outcome: 'unhandled' },
        { ...of(leases[5]!), outcome: 'timeout' },
      ]);
      expect(answers.map((answer) => answer.status === 'settled' && answer.state)).toEqual([
        'completed',
        'scheduled',
        'dead',
        'ready',
        'scheduled',
        'scheduled',
      ]);
    },
  },
  {
    name: 'a released job is back at its old place and has paid nothing',
    async run(broker, { queue, fill, claim, claimOne }) {
      const ids = await fill(3);
      const lease = await claimOne();
      await broker.settle(queue, [{ ...of(lease), outcome: 'release' }]);
      const again = await claim();
      expect(again.map(({ id, attempt }) => [id, attempt])).toEqual(ids.map((id) => [id, 1]));
    },
  },
  {
    name: 'a job that fails is retried with a number higher by one, until it is dead with its history',
    async run(broker, { queue, fill, claimOne }) {
      const [id] = await fill(1, { maxAttempts: 3 });
      for (const attempt of [1, 2, 3]) {
        const lease = await claimOne();
        expect(lease.attempt).toBe(attempt);
        const failure = { outcome: 'fail', error: BOOM, retryInMs: 1 } as const;
        await broker.settle(queue, [{ ...of(lease), ...failure }]);
        if (attempt < 3) {
          await until(async () => (await broker.promote(queue)).promoted === 1, {
            what: 'the retry to be due',
          });
        }
      }
      const job = await broker.job(queue, id!);
      expect(job).toMatchObject({ state: 'dead', reason: 'attempts-exhausted', attempts: 3 });
      expect(job?.error).toMatchObject(BOOM);
      expect(job?.history.map(({ number, outcome }) => [number, outcome])).toEqual([
        [1, 'failed'],
        [2, 'failed'],
        [3, 'failed'],
      ]);
    },
  },
  {
    name: 'ends of leases and new ones fit into one step',
    async run(broker, { queue, fill, claim }) {
      const ids = await fill(300);
      const leases = await claim(100);
      const { settled, leases: next } = await broker.settleAndClaim(
        queue,
        leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
        { workerId: 'w1', max: 100 },
      );
      expect(settled.every((answer) => answer.status === 'settled')).toBe(true);
      expect(next.map((lease) => lease.id)).toEqual(ids.slice(100, 200));
    },
  },
  {
    name: 'a heartbeat moves the deadline and shows progress',
    async run(broker, { queue, fill, claimOne, open }) {
      await fill(1);
      const lease = await claimOne(SHORT);
      const [answer] = await broker.extend(queue, [
        { ...of(lease), leaseMs: 60_000, progress: '{"done":0.5}' },
      ]);
      expect(answer).toMatchObject({ status: 'extended', cancelRequested: false });
      const job = await open().job(queue, lease.id);
      expect(job).toMatchObject({ state: 'active', progress: '{"done":0.5}', workerId: 'w1' });
      expect(job?.leaseExpiresAt).toBeGreaterThan(lease.expiresAt + 50_000);
    },
  },
  {
    name: 'a job whose worker dies is ready again after its lease, and the dead one comes too late',
    async run(broker, { queue, fill, claimOne }) {
      const [id] = await fill(2);
      const lost = await claimOne(SHORT);
      expect((await broker.reap(queue)).reaped).toBe(0);
      await until(async () => (await broker.reap(queue)).outcomes.ready === 1, {
        what: 'the lease to expire',
      });
      expect(await broker.settle(queue, [{ ...of(lost), outcome: 'complete' }])).toEqual([LOST]);
      expect(await broker.extend(queue, [{ ...of(lost), leaseMs: SHORT }])).toEqual([LOST]);
      const again = await claimOne();
      expect(again).toMatchObject({ id, attempt: 2, crashes: 1 });
    },
  },
  {
    name: 'a job that kills its workers is dead as crashed beyond its budget',
    async run(broker, { queue, fill, claimOne }) {
      const [id] = await fill(1, { maxCrashes: 1, maxAttempts: 1 });
      for (const outcome of ['ready', 'dead'] as const) {
        await claimOne(SHORT);
        await until(async () => (await broker.reap(queue)).outcomes[outcome] === 1, {
          what: `the job to be ${outcome}`,
        });
      }
      expect(await broker.job(queue, id!)).toMatchObject({
        state: 'dead',
        reason: 'crashed',
        attempts: 0,
        crashes: 2,
      });
    },
  },
];
