import { expect } from '@jest/globals';
import { until } from '@relay/testkit';
import { IdempotencyMismatchError, QueueFullError } from '../../../src/index.ts';
import type { Behaviour } from '../suite.ts';

/** Jobs come in, and start in the right order at the right time. */
export const accepting: readonly Behaviour[] = [
  {
    name: 'a payload reaches the worker byte for byte, with its type, headers and limits',
    async run(broker, { queue, claimOne }) {
      const payload = '{"text": "Zoë \\u0000 \u2028 🦊",\r\n "n": 1.10e2 }';
      const { id, state } = await broker.enqueue(queue, {
        payload,
        type: 'welcome',
        headers: { trace: 'a b' },
        maxAttempts: 7,
        timeoutMs: 9_000,
      });
      expect(state).toBe('ready');
      expect(await claimOne()).toMatchObject({
        id,
        payload,
        type: 'welcome',
        headers: { trace: 'a b' },
        attempt: 1,
        maxAttempts: 7,
        timeoutMs: 9_000,
      });
    },
  },
  {
    name: 'a payload of 1 MiB is accepted and claimed',
    async run(broker, { queue, claimOne }) {
      const payload = JSON.stringify('é'.repeat(524_287));
      await broker.enqueue(queue, { payload });
      expect((await claimOne()).payload).toBe(payload);
    },
  },
  {
    name: 'higher priorities run first, equal ones in the order of their enqueue',
    async run(broker, { queue, claim }) {
      for (const [payload, priority] of [
        ['1', 0],
        ['2', -1_000],
        ['3', 1_000],
        ['4', 0],
        ['5', 1_000],
      ] as const)
        await broker.enqueue(queue, { payload, priority });
      expect((await claim()).map((lease) => lease.payload)).toEqual(['3', '5', '1', '4', '2']);
    },
  },
  {
    name: 'a bulk of 2,500 is accepted in order, each with its own answer',
    async run(broker, { queue, fill, claim }) {
      const ids = await fill(2_500);
      expect(new Set(ids).size).toBe(2_500);
      const claimed: string[] = [];
      for (let leases = await claim(); leases.length > 0; leases = await claim())
        claimed.push(...leases.map((lease) => lease.id));
      expect(claimed).toEqual(ids);
      expect((await broker.stats(queue))?.totals).toMatchObject({ enqueued: 2_500 });
    },
  },
  {
    name: 'a delayed job is promoted and claimed when it is due, and not before',
    async run(broker, { queue, fill, claim }) {
      const [id] = await fill(1, { delayMs: 80 });
      await fill(1, { delayMs: 60_000 });
      expect(await claim()).toEqual([]);
      await until(async () => (await broker.promote(queue)).promoted === 1, {
        what: 'the job to be due',
      });
      const [lease] = await claim();
      expect(lease?.id).toBe(id);
      const job = await broker.job(queue, id!);
      expect(job?.runAt).toBe(job!.createdAt + 80);
      expect(job?.startedAt).toBeGreaterThanOrEqual(job!.runAt);
    },
  },
  {
    name: 'a time in the past means now',
    async run(broker, { queue, claimOne }) {
      const { id, state } = await broker.enqueue(queue, { payload: '1', runAt: 1 });
      expect(state).toBe('ready');
      expect((await claimOne()).id).toBe(id);
    },
  },
  {
    name: 'one idempotency key gives one job, however many call at once',
    async run(broker, { queue, open }) {
      const brokers = [broker, open(), open()];
      const request = { payload: '{"n":1}', idempotencyKey: 'order 17' };
      const results = await Promise.all(
        Array.from({ length: 30 }, (_, i) => brokers[i % 3]!.enqueue(queue, request)),
      );
      expect(new Set(results.map((result) => result.id)).size).toBe(1);
      expect(results.filter((result) => !result.duplicate)).toHaveLength(1);
      expect((await broker.idempotencyEntry(queue, 'order 17'))?.id).toBe(results[0]?.id);
    },
  },
  {
    name: 'a key that another request has used is refused, and in bulk it alone',
    async run(broker, { queue }) {
      await broker.enqueue(queue, { payload: '1', idempotencyKey: 'k' });
      const other = { payload: '2', idempotencyKey: 'k' };
      await expect(broker.enqueue(queue, other)).rejects.toThrow(IdempotencyMismatchError);
      const outcomes = await broker.enqueueMany(queue, [{ payload: '3' }, other, { payload: '4' }]);
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, true]);
      expect((await broker.stats(queue))?.counts.ready).toBe(3);
    },
  },
  {
    name: 'a job that is not started in time is dead as expired',
    async run(broker, { queue, fill, claim }) {
      const [id] = await fill(1, { expiresInMs: 20 });
      await until(async () => (await broker.expire(queue)).expired === 1, {
        what: 'the job to expire',
      });
      expect(await claim()).toEqual([]);
      expect(await broker.job(queue, id!)).toMatchObject({ state: 'dead', reason: 'expired' });
    },
  },
  {
    name: 'a full queue refuses more, and takes again what has been worked off',
    async run(broker, { queue, fill, claim }) {
      await broker.configure(queue, { maxReady: 2 });
      await fill(1);
      await fill(1, { delayMs: 60_000 });
      await expect(broker.enqueue(queue, { payload: '1' })).rejects.toThrow(QueueFullError);
      expect(await claim()).toHaveLength(1);
      expect((await broker.enqueue(queue, { payload: '1' })).state).toBe('ready');
    },
  },
  {
    name: 'a replicated enqueue tells how many replicas have it',
    async run(broker, { queue, claimOne }) {
      const request = { payload: '1', durability: 'replicated' } as const;
      const { id, replicas } = await broker.enqueue(queue, request);
      expect(replicas).toBeGreaterThanOrEqual(0);
      expect((await claimOne()).id).toBe(id);
    },
  },
];
