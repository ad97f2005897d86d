import { describe, expect, test } from '@jest/globals';
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
