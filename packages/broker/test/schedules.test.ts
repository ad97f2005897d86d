import { describe, expect, test } from '@jest/globals';
import type { ScheduleSpec } from '../src/index.ts';
import { of, useBroker } from './support/broker-fixture.ts';
import { SECOND, START, setUpSchedule, spec } from './support/schedule.ts';

const fixture = useBroker();
const setUp = (more: Partial<ScheduleSpec> = {}) => setUpSchedule(fixture(), more);

describe('firing', () => {
  test('a tick gives one job, however many look at it, and the next tick is known', async () => {
    const { id, queue, schedules, at, ready } = await setUp();
    expect(await at(-1)).toEqual({ status: 'nothing', results: [], nextDueAt: START });
    await fixture().control.setNow(START);
    const looks = await Promise.all(Array.from({ length: 20 }, () => schedules.fire(id)));
    expect(looks.filter(({ status }) => status === 'fired')).toHaveLength(1);
    expect(await ready()).toBe(1);
    expect(await schedules.find(id)).toMatchObject({
      nextRunAt: START + 60_000,
      counts: { fired: 1, missed: 0, skipped: 0, refused: 0 },
      results: [{ tick: START, outcome: 'enqueued' }],
    });
    const lease = await fixture().claimOne(queue);
    expect(lease).toMatchObject({
      type: 'tick',
      payload: '{"n":1}',
      headers: { 'relay-schedule': id, 'relay-tick': new Date(START).toISOString() },
    });
  });

  test.each(['schedule-advance', 'enqueue'])(
    'whoever dies around %s: the tick is made up for, once',
    async (script) => {
      for (const nth of [1, 2, 3, 4, 5, 6]) {
        const { control } = fixture();
        const { id, at, ready, schedules } = await setUp();
        await control.setNow(START);
        await control.failAt(script, nth);
        // Most of these failures are thrown here; what counts is what the next rounds make of them.
        await schedules.fire(id).catch(() => null);
        await control.endFailure();
        await at(2_000);
        await at(4_000);
        expect([nth, await ready()]).toEqual([nth, 1]);
        expect((await schedules.find(id))?.counts.fired).toBe(1);
      }
    },
  );

  test('a decision that was carried out and not noted is carried out under the same key', async () => {
    const { id, at, ready, schedules } = await setUp();
    const { redis } = fixture();
    await fixture().control.setNow(START);
    const states = 'relay:{.schedules}:states';
    await at(0);
    const [revision, ...rest] = (await redis.hget(states, id))!.split(' ');
    const state = { ...JSON.parse(rest.join(' ')), firing: [START], firingAt: START };
    await redis.hset(states, id, `${revision} ${JSON.stringify(state)}`);
    expect(await at(1_999)).toMatchObject({ status: 'nothing', nextDueAt: START + 2_000 });
    expect(await at(2_000)).toMatchObject({ status: 'fired' });
    expect(await ready()).toBe(1);
    expect((await schedules.find(id))?.nextRunAt).toBe(START + 60_000);
  });

  test.each([
    ['and not carried out', 0],
    ['and carried out, but not noted', 1],
  ])('a decision that was taken %s stands when the schedule is defined anew', async (_, before) => {
    const { id, queue, at, ready, schedules } = await setUp();
    const { redis, control, broker } = fixture();
    const states = 'relay:{.schedules}:states';
    await control.setNow(START);
    if (before === 1) await at(0);
    else {
      await control.failAt('enqueue', 1);
      // The failure that was asked for.
      await schedules.fire(id).catch(() => null);
      await control.endFailure();
    }
    const [revision, ...rest] = (await redis.hget(states, id))!.split(' ');
    const state = { ...JSON.parse(rest.join(' ')), firing: [START], firingAt: START };
    await redis.hset(states, id, `${revision} ${JSON.stringify(state)}`);
    const other = fixture().queue();
    await schedules.upsert(id, spec(other, { job: { payload: '"second"' } }));
    await schedules.upsert(id, spec(other, { job: { payload: '"third"' } }));
    expect(await at(2_000)).toMatchObject({ status: 'fired', results: [{ outcome: 'enqueued' }] });
    expect(await ready()).toBe(1);
    expect((await broker.stats(other))?.counts.ready ?? 0).toBe(0);
    await at(60_000);
    expect(await ready()).toBe(1);
    expect(await fixture().claimOne(other)).toMatchObject({ payload: '"third"' });
    expect((await schedules.find(id))?.counts).toMatchObject({ refused: 0 });
    expect((await fixture().claimOne(queue)).payload).toBe('{"n":1}');
  });

  test('a schedule that is made anew is not taken for the one before it', async () => {
    const { id, queue, schedules } = await setUp();
    const revision = async (): Promise<number> =>
      Number((await fixture().redis.hget('relay:{.schedules}:states', id))!.split(' ')[0]);
    const first = await revision();
    await schedules.delete(id);
    await schedules.upsert(id, spec(queue));
    expect(await revision()).not.toBe(first);
  });

  test('a full Redis refuses the job: the tick is told as refused', async () => {
    const { id, at, ready, schedules } = await setUp({ everyMs: SECOND });
    const { redis, control } = fixture();
    await control.setNow(START);
    await redis.config('SET', 'maxmemory', '1');
    try {
      await schedules.fire(id);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(await schedules.find(id)).toMatchObject({
      counts: { fired: 1, refused: 1 },
      results: [{ tick: START, outcome: 'refused', reason: 'store-full' }],
    });
    await at(SECOND);
    expect(await ready()).toBe(1);
  });

  test('a name without a definition is taken out', async () => {
    const { broker, redis } = fixture();
    await redis.zadd('relay:{.schedules}:times', 1, 'nothing-there');
    expect(await broker.schedules.due()).toContain('nothing-there');
    expect(await broker.schedules.fire('nothing-there')).toMatchObject({ status: 'gone' });
    expect(await broker.schedules.due()).not.toContain('nothing-there');
  });

  test('a full queue refuses, a paused one takes: both are told', async () => {
    const { broker } = fixture();
    const { id, queue, at, schedules } = await setUp({ everyMs: SECOND });
    await broker.pause(queue);
    await at(0);
    await broker.configure(queue, { maxReady: 1 });
    await at(SECOND);
    expect(await schedules.find(id)).toMatchObject({
      counts: { fired: 2, refused: 1 },
      results: [
        { tick: START, outcome: 'enqueued' },
        { tick: START + SECOND, outcome: 'refused', reason: 'queue-full' },
      ],
    });
  });
});

describe('missed ticks', () => {
  const OUTAGE = 300 * SECOND;
  test.each([
    ['skip', 0],
    ['last', 1],
    ['all', 7],
  ] as const)('%s fires %d of them', async (missed, fired) => {
    const { id, at, ready, schedules } = await setUp({ everyMs: SECOND, missed, catchUp: 7 });
    await at(OUTAGE);
    expect(await ready()).toBe(fired);
    const found = await schedules.find(id);
    expect(found?.counts).toMatchObject({ fired, missed: 301 - fired });
    expect(found?.nextRunAt).toBe(START + OUTAGE + SECOND);
    if (fired > 0) expect(found?.results.at(-1)?.tick).toBe(START + OUTAGE);
    await at(OUTAGE + SECOND);
    expect(await ready()).toBe(fired + 1);
  });

  test.each(['skip', 'last', 'all'] as const)(
    'what is late by less than the grace is fired whatever the policy: %s',
    async (missed) => {
      for (const cron of [undefined, '* * * * * *']) {
        const timing = cron === undefined ? { everyMs: SECOND } : { cron };
        const { broker, control } = fixture();
        const queue = fixture().queue();
        const id = `late-${missed}-${cron === undefined ? 'every' : 'cron'}`;
        await control.setNow(START - 1);
        await broker.schedules.upsert(id, {
          queue,
          job: { payload: '1' },
          missed,
          ...timing,
        });
        await control.setNow(START + 5 * SECOND);
        const { results } = await broker.schedules.fire(id);
        expect(results.map(({ tick }) => tick)).toEqual(
          [0, 1, 2, 3, 4, 5].map((n) => START + n * SECOND),
        );
      }
    },
  );

  test('a clock that jumps back fires nothing twice', async () => {
    const { at, ready } = await setUp({ everyMs: SECOND });
    await at(2 * SECOND);
    expect(await ready()).toBe(3);
    expect(await at(-30 * SECOND)).toMatchObject({ status: 'nothing' });
    await at(3 * SECOND);
    expect(await ready()).toBe(4);
  });
});

describe('overlap', () => {
  test('skip leaves ticks out while the job before waits or runs', async () => {
    const { queue, id, at, ready, schedules } = await setUp({ everyMs: SECOND, overlap: 'skip' });
    await at(0);
    await at(SECOND);
    const lease = await fixture().claimOne(queue);
    await at(2 * SECOND);
    await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'complete' }]);
    await at(3 * SECOND);
    expect(await ready()).toBe(1);
    expect((await schedules.find(id))?.counts).toMatchObject({ fired: 2, skipped: 2 });
  });

  test('queue holds them, and fires one after the other', async () => {
    const { queue, at, id, ready, schedules } = await setUp({ everyMs: SECOND, overlap: 'queue' });
    await at(0);
    await at(SECOND);
    expect(await at(2 * SECOND + 1)).toMatchObject({ nextDueAt: START + 2_501 });
    expect((await schedules.find(id))?.waiting).toEqual([START + SECOND, START + 2 * SECOND]);
    expect(await at(2_501)).toMatchObject({ status: 'nothing' });
    for (const tick of [1, 2]) {
      const lease = await fixture().claimOne(queue);
      await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'complete' }]);
      const { results } = await at(2_600 + tick);
      expect(results.map((one) => one.tick)).toEqual([START + tick * SECOND]);
    }
    expect(await ready()).toBe(1);
  });
});
