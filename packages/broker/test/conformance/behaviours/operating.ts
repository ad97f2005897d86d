import { expect } from '@jest/globals';
import type { Broker } from '../../../src/index.ts';
import { InvalidStateError, NotFoundError } from '../../../src/index.ts';
import { BOOM, of } from '../../support/broker-fixture.ts';
import type { Behaviour } from '../suite.ts';
import type { Helpers } from '../target.ts';

/** `n` jobs that are dead as non-retryable. */
async function bury(
  broker: Broker,
  { queue, fill, claim }: Helpers,
  n: number,
  type = 'default',
): Promise<string[]> {
  const ids = await fill(n, { type });
  const leases = await claim();
  await broker.settle(
    queue,
    leases.map((lease) => ({ ...of(lease), outcome: 'fail', error: BOOM, retry: 'never' })),
  );
  return ids;
}

/** What an operator or a producer does to jobs that are in. */
export const operating: readonly Behaviour[] = [
  {
    name: 'a waiting job is cancelled at once and never claimed',
    async run(broker, { queue, fill, claim }) {
      const [ready] = await fill(1);
      const [scheduled] = await fill(1, { delayMs: 60_000 });
      expect(await broker.cancel(queue, ready!, { reason: 'not needed' })).toBe('cancelled');
      expect(await broker.cancel(queue, scheduled!)).toBe('cancelled');
      expect(await claim()).toEqual([]);
      expect((await broker.job(queue, ready!))?.error?.message).toBe('not needed');
      await expect(broker.cancel(queue, ready!)).rejects.toThrow(InvalidStateError);
    },
  },
  {
    name: 'a running job hears of its cancel at the next heartbeat, and ends in cancelled whatever it says',
    async run(broker, { queue, fill, claimOne }) {
      await fill(1);
      const lease = await claimOne();
      expect(await broker.cancel(queue, lease.id)).toBe('active');
      expect(await broker.extend(queue, [{ ...of(lease), leaseMs: 30_000 }])).toMatchObject([
        { cancelRequested: true },
      ]);
      expect(await broker.settle(queue, [{ ...of(lease), outcome: 'complete' }])).toEqual([
        { status: 'settled', state: 'cancelled' },
      ]);
    },
  },
  {
    name: 'a dead job goes back to ready with its counters at 0, and another payload if given',
    async run(broker, helpers) {
      const { queue, claimOne } = helpers;
      const [id] = await bury(broker, helpers, 1);
      await broker.requeue(queue, id!, { payload: '"mended"' });
      expect(await claimOne()).toMatchObject({ id, payload: '"mended"', attempt: 1 });
      await expect(broker.requeue(queue, id!)).rejects.toThrow(InvalidStateError);
    },
  },
  {
    name: 'a waiting job gets another priority, another time, or runs now',
    async run(broker, { queue, fill, claim }) {
      const [first, second, third] = await fill(3);
      const [later] = await fill(1, { delayMs: 60_000 });
      expect(await broker.change(queue, third!, { priority: 5 })).toBe('ready');
      expect(await broker.change(queue, first!, { runAt: Date.now() + 60_000 })).toBe('scheduled');
      await broker.promoteNow(queue, later!);
      expect((await claim()).map((lease) => lease.id)).toEqual([third, second, later]);
      await expect(broker.promoteNow(queue, later!)).rejects.toThrow(InvalidStateError);
    },
  },
  {
    name: 'a job is deleted, but not while it runs, and not twice',
    async run(broker, { queue, fill, claimOne }) {
      const [, waiting] = await fill(2);
      const lease = await claimOne();
      await expect(broker.delete(queue, lease.id)).rejects.toThrow(InvalidStateError);
      await broker.delete(queue, waiting!);
      expect(await broker.job(queue, waiting!)).toBeNull();
      await expect(broker.delete(queue, waiting!)).rejects.toThrow(NotFoundError);
    },
  },
  {
    name: 'many named jobs are acted upon in order, each with its own answer',
    async run(broker, helpers) {
      const ids = await helpers.fill(150);
      const lease = await helpers.claimOne();
      const results = await broker.act(helpers.queue, 'cancel', [...ids, 'unknown']);
      expect(results[0]).toEqual({ status: 'requested', state: 'active' });
      expect(results.at(-1)).toEqual({ status: 'not-found' });
      expect(results.slice(1, -1)).toEqual(
        ids.slice(1).map(() => ({ status: 'done', state: 'cancelled' })),
      );
      await broker.settle(helpers.queue, [{ ...of(lease), outcome: 'release' }]);
      expect((await broker.stats(helpers.queue))?.counts).toMatchObject({ cancelled: 150 });
    },
  },
  {
    name: 'all dead jobs of a type are counted, then requeued, in bounded steps',
    async run(broker, helpers) {
      const { queue } = helpers;
      await bury(broker, helpers, 700, 'mail');
      await bury(broker, helpers, 10, 'other');
      const target = { state: 'dead', filter: { type: 'mail', reason: 'non-retryable' } } as const;
      for (const action of ['count', 'retry'] as const) {
        let matched = 0;
        let steps = 0;
        let cursor: string | null = null;
        do {
          const step = await broker.actMatching(queue, action, {
            ...target,
            ...(cursor === null ? {} : { cursor }),
          });
          matched += step.matched;
          steps += 1;
          cursor = step.nextCursor;
        } while (cursor !== null);
        expect(matched).toBe(700);
        expect(steps).toBeLessThanOrEqual(3);
      }
      expect((await broker.stats(queue))?.counts).toMatchObject({ ready: 700, dead: 10 });
    },
  },
  {
    name: 'ended jobs are kept for as long and as many as the queue says, and the dead unless it says so',
    async run(broker, helpers) {
      const { queue, fill, claim } = helpers;
      await bury(broker, helpers, 5);
      await fill(5);
      const leases = await claim();
      await broker.settle(
        queue,
        leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
      );
      expect((await broker.retire(queue)).removed).toBe(0);
      await broker.configure(queue, { retention: { completed: { maxCount: 2 } } });
      expect(await broker.retire(queue)).toMatchObject({ removed: 3, deadRemoved: 0 });
      await broker.configure(queue, { retention: { dead: { maxCount: 1 } } });
      expect(await broker.retire(queue)).toMatchObject({ removed: 4, deadRemoved: 4 });
      expect((await broker.stats(queue))?.totals).toMatchObject({ retired: 3, deadRemoved: 4 });
    },
  },
];
