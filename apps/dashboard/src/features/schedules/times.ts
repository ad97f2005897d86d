import type { Schedule } from '@relay/contract';
import { durationText } from '../../data/durations.ts';
import type { Times } from '../../data/schedules.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A year and a bit: every zone that changes its clocks does so in it. */
const LOOK_AHEAD_DAYS = 370;

/** `30 2 * * *` or `every 10m`. */
export function timesText({ cron, everyMs, offsetMs }: Schedule): string {
  if (cron !== null) return cron;
  const offset = offsetMs > 0 ? `, ${durationText(offsetMs)} later` : '';
  return `every ${durationText(everyMs ?? 0)}${offset}`;
}

/** The times of a schedule as a request says them. */
export function timesOf(schedule: Schedule): Times {
  const { cron, timezone, everyMs, offsetMs, startAt, endAt } = schedule;
  return {
    ...(cron === null ? {} : { cron, timezone }),
    ...(everyMs === null ? {} : { everyMs, offsetMs }),
    ...(startAt === null ? {} : { startAt }),
    ...(endAt === null ? {} : { endAt }),
  };
}

export interface ZonedTime {
  /** `Sun 28 Mar 2027, 03:00:00` in the zone. */
  readonly text: string;
  /** `GMT+2`. */
  readonly offset: string;
}

/** A time as clocks in a zone show it; in UTC where the browser does not know the zone. */
export function zoned(time: number, timezone: string): ZonedTime {
  const format = formatOf(timezone);
  const parts = format.formatToParts(time);
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const text = parts
    .filter(({ type }) => type !== 'timeZoneName')
    .map(({ value }) => value)
    .join('')
    .trim();
  return { text, offset };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'shortOffset',
    timeZone: isZone(timezone) ? timezone : 'UTC',
  });
  formats.set(timezone, format);
  return format;
}

/** Whether the browser knows a time zone of this name. */
export function isZone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: timezone }).format(0);
    return true;
  } catch {
    return false;
  }
}

/** When clocks in the zone change next, to the hour; undefined where they don't. */
export function nextClockChange(timezone: string, from: number): number | undefined {
  if (!isZone(timezone)) return undefined;
  const offset = (time: number) => zoned(time, timezone).offset;
  const before = offset(from);
  for (let day = 1; day <= LOOK_AHEAD_DAYS; day += 1) {
    if (offset(from + day * DAY_MS) === before) continue;
    let hour = from + (day - 1) * DAY_MS;
    while (offset(hour) === before) hour += HOUR_MS;
    return hour - (hour % HOUR_MS);
  }
  return undefined;
}
