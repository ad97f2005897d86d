import { expect } from '@jest/globals';
import { ClosedError, type JobSummary } from '../../../src/index.ts';
import type { Behaviour } from '../suite.ts';

/** What an operator sees. */
export const reading: readonly Behaviour[] = [
  {
    name: 'a list is read in pages, in both directions, while jobs leave it',
    async run(broker, { queue, fill, claim }) {
      const ids = await fill(25);
      const seen: JobSummary[] = [];
      let cursor: string | null = null;
      do {
        const page = await broker.list(queue, 'ready', {
          limit: 10,
          ...(cursor === null ? {} : { cursor }),
        });
        seen.push(...page.items);
        cursor = page.nextCursor;
        await claim(1);
      } while (cursor !== null);
      expect(seen.map((job) => job.id)).toEqual(ids);
      expect(seen[0]).not.toHaveProperty('payload');
      const newest = await broker.list(queue, 'ready', { limit: 5, order: 'desc' });
      expect(newest.items.map((job) => job.id)).toEqual(ids.slice(-5).toReversed());
    },
  },
  {
    name: 'counts, totals and the rates of this minute tell what has happened',
    async run(broker, { queue, fill, claimOne }) {
      expect(await broker.stats(queue)).toBeNull();
      await fill(3);
      await claimOne();
      const stats = await broker.stats(queue);
      expect(stats?.counts).toMatchObject({ ready: 2, active: 1, scheduled: 0 });
      expect(stats?.totals).toMatchObject({ enqueued: 3, claimed: 1 });
      expect(stats?.oldestReadyMs).toBeGreaterThanOrEqual(0);
      expect(await broker.rollUp(queue)).toBe(true);
      const minutes = await broker.series(queue);
      expect(minutes.at(-1)).toMatchObject({ totals: { enqueued: 3 }, gauges: { ready: 2 } });
      const since = (stats?.at ?? 0) - (stats?.oldestReadyMs ?? 0);
      expect(minutes.at(-1)?.gauges['oldestReadyAt']).toBe(since);
      expect(await broker.job(queue, 'unknown')).toBeNull();
    },
  },
  {
    name: 'a queue is listed from its first job on, until it is forgotten',
    async run(broker, { queue, fill }) {
      const named = async (): Promise<boolean> =>
        (await broker.queues({ search: queue, limit: 1_000 })).items.includes(queue);
      expect(await named()).toBe(false);
      const [id] = await fill(1);
      expect(await named()).toBe(true);
      await expect(broker.forget(queue)).rejects.toThrow('still holds jobs');
      await broker.delete(queue, id!);
      await broker.forget(queue);
      expect(await named()).toBe(false);
      expect(await broker.stats(queue)).toBeNull();
    },
  },
  {
    name: 'workers give signs of life, are asked to be quiet, and leave',
    async run(broker, { queue, open }) {
      const id = `worker-of-${queue}`;
      const beat = { id, info: { host: 'here' }, all: true };
      const first = await broker.beat('workers', beat);
      expect(first.quiet).toBe(false);
      expect(first.members).toContainEqual({ id, lastSeenAt: first.now, info: { host: 'here' } });
      expect(await open().setQuiet(id, true)).toBe(true);
      expect((await broker.beat('workers', beat)).quiet).toBe(true);
      await broker.leave('workers', id);
      expect((await broker.members('workers')).map((member) => member.id)).not.toContain(id);
      expect(await broker.setQuiet(id, false)).toBe(false);
    },
  },
  {
    name: 'the server says what it is, and a closed broker that it is closed',
    async run(broker, { queue, open }) {
      await broker.ping();
      expect(broker.status).toEqual({ state: 'ready', reason: null });
      const other = open();
      expect(Number((await other.connect()).version.split('.')[0])).toBeGreaterThanOrEqual(7);
      await other.close();
      await expect(other.stats(queue)).rejects.toThrow(ClosedError);
    },
  },
];
