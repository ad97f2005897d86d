import { describe, expect, test } from '@jest/globals';
import { Cron } from 'croner';
import * as fc from 'fast-check';
import { CronTimes } from '../src/schedules/cron.ts';
import { Ticks } from '../src/schedules/ticks.ts';

function ticks(cron: string, timezone: string, from: string, count: number): string[] {
  return new Ticks({ cron, timezone })
    .next(Date.parse(from), count)
    .map((tick) => new Date(tick).toISOString().replace(':00.000Z', 'Z'));
}

describe('daylight saving time: what docs/schedules.md says', () => {
  test.each([
    // On 29 March 2026 the hour from 2:00 to 3:00 is missing in Berlin: 1:00Z is 3:00.
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    ['0 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:00Z']],
    // On 8 March 2026 in New York: 7:00Z is 3:00.
    [
      '30 2 * * *',
      'America/New_York',
      '2026-03-08T00:00Z',
      ['2026-03-08T07:00Z', '2026-03-09T06:30Z'],
    ],
    // Half an hour, on 4 October 2026.
    [
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T12:00Z',
      ['2026-10-03T15:30Z', '2026-10-04T15:15Z'],
    ],
  ])(
    'a time that does not exist: %s in %s is at the end of the gap',
    (cron, zone, from, expected) => {
      expect(ticks(cron, zone, from, expected.length)).toEqual(expected);
    },
  );

  test.each([
    // On 25 October 2026 the hour from 2:00 to 3:00 comes twice in Berlin.
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ],
    [
      '30 1 * * *',
      'America/New_York',
      '2026-11-01T00:00Z',
      ['2026-11-01T05:30Z', '2026-11-02T06:30Z'],
    ],
    [
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-04T00:00Z',
      ['2026-04-04T14:45Z', '2026-04-05T15:15Z'],
    ],
  ])('a time that comes twice: %s in %s is the first one', (cron, zone, from, expected) => {
    expect(ticks(cron, zone, from, expected.length)).toEqual(expected);
  });

  test('what fires every so often does so through gap and overlap', () => {
    const gap = ['2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z'];
    expect(ticks('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10Z', 3)).toEqual(gap);
    expect(ticks('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:40Z', 5)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:00Z',
    ]);
  });
});

describe('ticks', () => {
  test('forwards and backwards they are the same ones', () => {
    for (const spec of [
      { cron: '*/7 * * * * *', timezone: 'Asia/Kolkata' },
      { cron: '5,35 */3 * * 1-5', timezone: 'Europe/Berlin' },
      { everyMs: 7_000, offsetMs: 1_234 },
    ]) {
      const all = new Ticks(spec);
      const from = Date.parse('2026-10-24T20:00:00.123Z');
      const forwards = all.next(from, 40);
      const last = forwards.at(-1)!;
      expect(all.newest(from, last, 40)).toEqual(forwards);
      expect(all.newest(from, last + 1, 40)).toEqual(forwards);
      expect(all.newest(from, last - 1, 5)).toEqual(forwards.slice(-6, -1));
      expect(all.newest(last, last, 5)).toEqual([last]);
      expect(all.newest(last + 1, last + 2, 5)).toEqual([]);
      for (const [i, tick] of forwards.entries()) {
        expect(all.after(tick - 1)).toBe(tick);
        expect(all.after(tick) ?? null).toBe(forwards[i + 1] ?? all.after(last));
      }
    }
  });

  test('start and end are ticks themselves', () => {
    const bounded = new Ticks({ cron: '* * * * * *', startAt: 10_000, endAt: 12_000 });
    expect(bounded.next(0, 9)).toEqual([10_000, 11_000, 12_000]);
    expect(bounded.newest(0, 99_000, 9)).toEqual([10_000, 11_000, 12_000]);
    expect(new Ticks({ everyMs: 1_000, startAt: 10_000, endAt: 12_000 }).next(0, 9)).toEqual([
      10_000, 11_000, 12_000,
    ]);
  });
});

describe('what is looked for in parts', () => {
  const seed = Number(process.env['RELAY_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const field = (from: number, to: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: from, max: to }).map(String),
      fc.integer({ min: 2, max: 20 }).map((step) => `*/${Math.min(step, to)}`),
      fc
        .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc
        .uniqueArray(fc.integer({ min: from, max: to }), { minLength: 2, maxLength: 3 })
        .map((some) => some.join(',')),
    );
  const expression = fc
    .tuple(
      field(0, 59),
      field(0, 59),
      // Mostly the hours in which clocks are changed.
      fc.oneof(fc.constantFrom('0', '1', '2', '1-3', '2,3'), field(0, 23)),
      fc.oneof(fc.constantFrom('*', 'L', '15W', '8-14', '29'), field(1, 28)),
      fc.constantFrom('*', '3', '4', '10', '11', '3,10'),
      fc.constantFrom('*', '*', 'SUN', '+SUN', 'MON#1', '+SUNL'),
    )
    .map((fields) => fields.join(' '));
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Antarctica/Troll',
    'Asia/Kathmandu',
  );
  const moment = fc.integer({
    min: Date.parse('2026-01-01T00:00Z'),
    max: Date.parse('2027-12-31T00:00Z'),
  });

  test(`is what croner finds as a whole, forwards and backwards, seed ${seed}`, () => {
    const YEAR = 366 * 86_400_000;
    fc.assert(
      fc.property(expression, zone, moment, (text, timezone, time) => {
        const whole = new Cron(text, { timezone, paused: true });
        const times = new CronTimes(text, timezone);
        let at = time;
        for (let n = 0; n < 3; n++) {
          const tick = times.after(at);
          // Where there is none, croner would look until the year 3000.
          if (tick === null) return;
          expect([text, timezone, tick]).toEqual([
            text,
            timezone,
            whole.nextRun(new Date(at))?.getTime(),
          ]);
          at = tick;
        }
        const newest = whole
          .previousRuns(3, new Date(at + 1_000))
          .map((date) => date.getTime())
          .filter((tick) => tick <= at && tick >= at - YEAR)
          .toReversed();
        expect(times.newest(at - YEAR, at, 3)).toEqual(newest);
      }),
      { seed, numRuns: 300 },
    );
  });

  test('what fires within ten years is found, whatever lies between', () => {
    expect(ticks('0 0 29 2 *', 'UTC', '2096-03-01T00:00Z', 1)).toEqual(['2104-02-29T00:00Z']);
    // Only where the hour is not skipped: New York's second Sunday of March is, as long as its clocks are changed.
    expect(ticks('* * 2 14 3 *', 'America/New_York', '2027-01-01T00:00Z', 1)).toEqual([
      '2028-03-14T06:00Z',
    ]);
  });

  // Each took croner alone from half a second to a minute and a half.
  test.each([
    ['*/2 1-59 2 8-14 3 +SUN', 'America/New_York'],
    ['* * 2 8-14 3 +SUN', 'America/New_York'],
    ['* * 2 25-31 3 +SUN', 'Europe/Berlin'],
    ['* * 1,2 25-31 3 +SUN', 'Antarctica/Troll'],
    ['* * * 1W * +SAT', 'UTC'],
    ['*/1,*/1,*/1 * * 15W 1-12 +SUN', 'UTC'],
  ])('that no time fits %s in %s is known soon', (text, timezone) => {
    expect(new CronTimes(text, timezone).after(Date.parse('2027-01-01T00:00Z'))).toBeNull();
  });
});
