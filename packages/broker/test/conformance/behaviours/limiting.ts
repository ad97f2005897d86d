import { expect } from '@jest/globals';
import { until } from '@relay/testkit';
import { of } from '../../support/broker-fixture.ts';
import type { Behaviour } from '../suite.ts';

/** Limits are the queue's own, and in force at the next claim. */
export const limiting: readonly Behaviour[] = [
  {
    name: 'nothing is claimed between pause and resume, and running jobs go on',
    async run(broker, { queue, fill, claim, claimOne }) {
      await fill(2);
      const lease = await claimOne();
      await broker.pause(queue);
      expect(await claim()).toEqual([]);
      expect(await broker.settle(queue, [{ ...of(lease), outcome: 'complete' }])).toMatchObject([
        { status: 'settled' },
      ]);
      expect(await broker.settings(queue)).toMatchObject({ paused: true });
      await broker.resume(queue);
      expect(await claim()).toHaveLength(1);
    },
  },
  {
    name: 'no more leases are alive than the concurrency, and a freed slot is used in the same step',
    async run(broker, { queue, fill, claim }) {
      await broker.configure(queue, { concurrency: 2 });
      await fill(5);
      const leases = await claim();
      expect(leases).toHaveLength(2);
      expect(await claim()).toEqual([]);
      const { leases: next } = await broker.settleAndClaim(
        queue,
        [{ ...of(leases[0]!), outcome: 'complete' }],
        { workerId: 'w1', max: 5 },
      );
      expect(next).toHaveLength(1);
    },
  },
  {
    name: 'a rate limit lets the burst through, then says when to come again',
    async run(broker, { queue, fill }) {
      await broker.configure(queue, { rateLimit: { rate: 1, perMs: 100, burst: 3 } });
      await fill(5);
      const claim = { workerId: 'w1', max: 10 };
      const first = await broker.claim(queue, claim);
      expect(first.leases).toHaveLength(3);
      expect(first.retryAfterMs).toBeGreaterThan(0);
      expect(first.retryAfterMs).toBeLessThanOrEqual(100);
      const next = await until(
        async () => (await broker.claim(queue, claim)).leases[0]?.expiresAt,
        { what: 'a token in the bucket' },
      );
      // A token that came while the first claim was decided on may already have been half full.
      expect(next - first.leases[0]!.expiresAt).toBeGreaterThanOrEqual(99);
    },
  },
  {
    name: 'defaults of the queue are those of jobs that leave them open',
    async run(broker, { queue, fill, claim }) {
      await broker.configure(queue, { defaults: { maxAttempts: 2, maxCrashes: 9 } });
      await fill(1);
      await fill(1, { maxAttempts: 4 });
      expect(
        (await claim()).map(({ maxAttempts, maxCrashes }) => [maxAttempts, maxCrashes]),
      ).toEqual([
        [2, 9],
        [4, 9],
      ]);
    },
  },
];
