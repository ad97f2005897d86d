import { describe, expect, test } from '@jest/globals';
import { NotFoundError, type ScheduleSpec, ValidationError } from '../src/index.ts';
import { useBroker } from './support/broker-fixture.ts';
import { SECOND, START, setUpSchedule, spec } from './support/schedule.ts';

const fixture = useBroker();
const setUp = (more: Partial<ScheduleSpec> = {}) => setUpSchedule(fixture(), more);

describe('verbs', () => {
  test('start, end and limit bound the ticks', async () => {
    const bounded = await setUp({
      everyMs: SECOND,
      startAt: START + 2_500,
      endAt: START + 4 * SECOND,
    });
    expect(await bounded.schedules.preview(bounded.id)).toEqual([START + 3_000, START + 4_000]);
    await bounded.at(10 * SECOND);
    expect(await bounded.ready()).toBe(2);
    expect((await bounded.schedules.find(bounded.id))?.nextRunAt).toBeNull();
    const limited = await setUp({ everyMs: SECOND, limit: 2 });
    for (const second of [0, 1, 2, 3]) await limited.at(second * SECOND);
    expect(await limited.ready()).toBe(2);
    expect((await limited.schedules.find(limited.id))?.nextRunAt).toBeNull();
  });

  test('pause, resume, run and delete', async () => {
    const { id, at, ready, schedules } = await setUp({ everyMs: SECOND });
    await schedules.pause(id);
    expect(await at(5 * SECOND)).toMatchObject({ status: 'nothing', nextDueAt: null });
    expect(await schedules.resume(id)).toMatchObject({ nextRunAt: START + 6 * SECOND });
    expect(await ready()).toBe(0);
    const first = await schedules.run(id, { runId: 'r1' });
    expect(await schedules.run(id, { runId: 'r1' })).toEqual({ ...first, duplicate: true });
    expect(await ready()).toBe(1);
    expect((await schedules.find(id))?.results).toMatchObject([{ byHand: true }]);
    expect(await schedules.delete(id)).toBe(true);
    expect(await schedules.delete(id)).toBe(false);
    expect(await schedules.find(id)).toBeNull();
    for (const verb of ['pause', 'resume', 'run', 'preview'] as const)
      await expect(schedules[verb](id)).rejects.toBeInstanceOf(NotFoundError);
    expect(await fixture().redis.zscore('relay:{.schedules}:times', id)).toBeNull();
  });

  test('upsert keeps counts, pause and the next tick; another timing begins anew', async () => {
    const { id, queue, at, schedules } = await setUp();
    await at(0);
    await schedules.pause(id);
    const again = await schedules.upsert(id, spec(queue, { job: { payload: '2' } }));
    expect(again).toMatchObject({
      created: false,
      schedule: { paused: true, counts: { fired: 1 } },
    });
    const other = await schedules.upsert(id, { ...spec(queue, { offsetMs: 500 }), paused: false });
    expect(other.schedule).toMatchObject({ paused: false, nextRunAt: START + 500 });
  });

  test('upserts, pauses and runs at once all come through', async () => {
    const { id, queue, schedules } = await setUp();
    await Promise.all([
      ...Array.from({ length: 5 }, () => schedules.upsert(id, spec(queue))),
      ...Array.from({ length: 5 }, () => schedules.run(id)),
      schedules.pause(id),
    ]);
    expect(await schedules.find(id)).toMatchObject({ paused: true, results: { length: 5 } });
  });

  test('are listed by name, a page at a time; a published time wakes the listener', async () => {
    const { broker, control } = fixture();
    const queue = fixture().queue();
    await control.setNow(START - 1);
    const heard: [string, number][] = [];
    const listener = await broker.schedules.listener((id, at) => heard.push([id, at]));
    for (const id of ['zz-3', 'zz-1', 'zz-2']) await broker.schedules.upsert(id, spec(queue));
    const first = await broker.schedules.list({ cursor: 'zz', limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(['zz-1', 'zz-2']);
    const second = await broker.schedules.list({ cursor: first.nextCursor!, limit: 2 });
    expect(second).toMatchObject({ items: [{ id: 'zz-3' }], nextCursor: null });
    expect(heard).toEqual([
      ['zz-3', START],
      ['zz-1', START],
      ['zz-2', START],
    ]);
    await listener.close();
  });
});

describe('what cannot be a schedule is refused at once', () => {
  const cron = (text: string, more: Partial<ScheduleSpec> = {}): Partial<ScheduleSpec> => ({
    cron: text,
    ...more,
  });
  test.each([
    ['neither cron nor everyMs', {}, '/cron'],
    ['both', cron('* * * * *', { everyMs: 1_000 }), '/everyMs'],
    ['10 KB', cron(`${'1,'.repeat(5_000)}1 * * * *`), '/cron'],
    ['huge ranges', cron('0-99999999999 * * * *'), '/cron'],
    ['huge steps', cron('*/99999999999 * * * *'), '/cron'],
    ['four fields', cron('* * * *'), '/cron'],
    ['seven fields', cron('* * * * * * *'), '/cron'],
    ['a nickname', cron('@daily'), '/cron'],
    ['a date', cron('2030-01-01T00:00:00'), '/cron'],
    ['February 30', cron('0 0 30 2 *'), '/cron'],
    ['no day in five months', cron('0 0 31 2,4,6,9,11 *'), '/cron'],
    ['no working day that is a Saturday', cron('* * * 1W * +SAT'), '/cron'],
    [
      'an hour that the clocks always skip',
      cron('*/2 1-59 2 8-14 3 +SUN', { timezone: 'America/New_York' }),
      '/cron',
    ],
    ['a day in forty years', cron('0 0 29 2 +MON'), '/cron'],
    ['garbage', cron('a b c d e'), '/cron'],
    ['no text', cron(7 as unknown as string), '/cron'],
    ['an unknown zone', cron('* * * * *', { timezone: 'Mars/Olympus' }), '/timezone'],
    ['an offset for a zone', cron('* * * * *', { timezone: '+01:00' }), '/timezone'],
    ['a zone without cron', { everyMs: 1_000, timezone: 'Europe/Berlin' }, '/timezone'],
    ['too often', { everyMs: 999 }, '/everyMs'],
    ['an offset as long as the interval', { everyMs: 1_000, offsetMs: 1_000 }, '/offsetMs'],
    ['an end before the start', { everyMs: 1_000, startAt: 2, endAt: 1 }, '/endAt'],
    ['an end in the past', { everyMs: 1_000, endAt: 1 }, '/everyMs'],
    ['a job that is none', { everyMs: 1_000, job: { payload: '' } }, '/job/payload'],
    ['an unknown policy', { everyMs: 1_000, missed: 'some' as 'all' }, '/missed'],
  ] as const)('%s', async (_, more, path) => {
    const request = { queue: 'q', job: { payload: '1' }, ...more } as ScheduleSpec;
    const error = await fixture()
      .broker.schedules.upsert('refused', request)
      .then(
        () => null,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).issues.map((issue) => issue.path)).toContain(path);
    expect(await fixture().broker.schedules.find('refused')).toBeNull();
  });
});
