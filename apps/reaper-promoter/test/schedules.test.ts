import { afterEach, describe, expect, test } from '@jest/globals';
import { assertConsistent, until } from '@relay/testkit';
import { Replicas } from './support/replicas.ts';
import { scheduleStorm } from './support/schedule-storm.ts';
import { openStore } from './support/store.ts';

const { redis, broker } = await openStore();
const replicas = new Replicas(() => redis.url);

afterEach(() => replicas.stop());

describe('schedules', () => {
  test('fire while replicas are killed at random: each tick once, none missed', async () => {
    const seed = Number(process.env.RELAY_SEED ?? Date.now() % 1_000_000) || 1;
    process.stdout.write(`seed ${seed}\n`);
    const report = await scheduleStorm({
      broker,
      replicas,
      schedules: 20,
      seconds: 10,
      size: 5,
      seed,
    });
    expect(report).toMatchObject({ ticks: 200, jobs: 200, missed: [], repeated: [] });
    expect(report.kills).toBeGreaterThan(0);
    await assertConsistent(redis.url, 'storm');
  }, 90_000);

  test('one that is made, or becomes due earlier, is heard of at once; a deleted one is silent', async () => {
    await replicas.start({ RELAY_REAP_INTERVAL_MS: '60000' });
    const job = { payload: '1' };
    const ready = async () => (await broker.stats('made'))?.counts.ready ?? 0;
    await broker.schedules.upsert('made', { queue: 'made', everyMs: 86_400_000, job });
    await broker.schedules.upsert('made', { queue: 'made', everyMs: 1_000, limit: 3, job });
    await until(async () => (await ready()) === 3, { what: 'three ticks' });
    expect(await broker.schedules.find('made')).toMatchObject({
      nextRunAt: null,
      counts: { fired: 3, missed: 0 },
    });
    const [enqueued] = await replicas.values('relay_schedule_ticks_total', 'outcome="enqueued"');
    expect(enqueued).toBe(3);
    await broker.schedules.delete('made');
    expect((await broker.schedules.list()).items.map(({ id }) => id)).not.toContain('made');
    await assertConsistent(redis.url, 'made');
  });
});
