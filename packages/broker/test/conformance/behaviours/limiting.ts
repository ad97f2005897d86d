import { expect } from '@jest/globals';
import { until } from '@relay/testkit';
import { RevisionMismatchError } from '../../../src/index.ts';
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
    name: 'of two who change the same settings, the second is told and overwrites nothing',
    async run(broker, { queue }) {
      const first = await broker.settings(queue);
      const second = await broker.configure(queue, { concurrency: 4, ifRevision: first.revision });
      expect(second.revision).not.toBe(first.revision);
      const late = { concurrency: 9, maxReady: 50, ifRevision: first.revision };
      await expect(broker.configure(queue, late)).rejects.toThrow(RevisionMismatchError);
      expect(await broker.settings(queue)).toEqual(second);
      // The repetition of a request whose answer was lost, and one that has read again.
      const again = { concurrency: 4, ifRevision: first.revision };
      expect(await broker.configure(queue, again)).toEqual(second);
      const third = await broker.configure(queue, { ...late, ifRevision: second.revision });
      expect(third).toMatchObject({ concurrency: 9, maxReady: 50 });
    },
  },
  {
    name: 'the revision is that of all settings and of nothing else',
    async run(broker, { queue, fill, claim }) {
      const backoff = { type: 'fixed', baseMs: 7 } as const;
      const retention = { maxAgeMs: 1, maxCount: 2 };
      const patches = [
        { rateLimit: { rate: 1, perMs: 1_000 } },
        { rateLimit: { rate: 1, perMs: 2_000 } },
        { rateLimit: { rate: 1, perMs: 2_000, burst: 2 } },
        { concurrency: 5 },
        { maxReady: 500 },
        { defaults: { maxAttempts: 2 } },
        { defaults: { maxCrashes: 2 } },
        { defaults: { backoff } },
        { defaults: { leaseMs: 2_000 } },
        { retention: { completed: { maxAgeMs: 1 } } },
        { retention: { completed: retention } },
        { retention: { dead: { maxAgeMs: 1 } } },
        { retention: { dead: retention } },
      ];
      const seen = [(await broker.settings(queue)).revision];
      for (const patch of patches) {
        const { revision } = await broker.configure(queue, {
          ...patch,
          ifRevision: seen.at(-1) ?? '',
        });
        seen.push(revision);
      }
      expect(new Set(seen).size).toBe(patches.length + 1);
      await broker.pause(queue);
      await fill(2, { delayMs: 50 });
      await claim();
      expect((await broker.settings(queue)).revision).toBe(seen.at(-1));
      await broker.configure(queue, { concurrency: null });
      await broker.configure(queue, { concurrency: 5 });
      expect((await broker.settings(queue)).revision).toBe(seen.at(-1));
      await broker.resume(queue);
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
