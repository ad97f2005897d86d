import { describe, expect, it } from '@jest/globals';
import { durationText, parseDuration } from '../src/data/durations.ts';
import { duration, relative } from '../src/design/format.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('times are spelled in one way', () => {
  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1_500, '1.5s'],
    [59 * SECOND, '59s'],
    [MINUTE, '1m'],
    [2 * MINUTE + 7 * SECOND, '2m 7s'],
    [HOUR + 5 * MINUTE, '1h 5m'],
    [DAY + 2 * HOUR, '1d 2h'],
  ])('%i ms lasts %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [SECOND, 'now'],
    [5 * SECOND, '5s ago'],
    [3 * MINUTE, '3m ago'],
    [-2 * HOUR, 'in 2h'],
    [3 * DAY, '3d ago'],
  ])('%i ms later it is said as %s', (ms, text) => {
    expect(relative(10 * DAY, 10 * DAY + ms)).toBe(text);
  });

  it.each([
    [0, '0s'],
    [1, '1ms'],
    [90 * SECOND, '1m 30s'],
    [90 * MINUTE, '1h 30m'],
    [DAY + 1, '1d 1ms'],
  ])('%i ms stands in a form as %s, and is read back', (ms, text) => {
    expect(durationText(ms)).toBe(text);
    expect(parseDuration(text)).toBe(ms);
  });

  it('a form takes them with spaces too, and nothing else', () => {
    expect(parseDuration(' 1 h  30 m ')).toBe(90 * MINUTE);
    expect(parseDuration('1.5s')).toBe(1_500);
    for (const none of ['', '5', 'm', '5 min', '-1s', '0.5ms']) {
      expect(parseDuration(none)).toBeUndefined();
    }
  });
});
