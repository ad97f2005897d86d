import type { Schedule, ScheduleRequest } from '@relay/contract';
import { durationText, parseDuration } from '../../data/durations.ts';
import { indented } from '../../data/json-text.ts';
import type { LoadedSchedule, Times } from '../../data/schedules.ts';
import { jsonHint } from '../../design/JsonField.tsx';

/** What stands in the form. */
export interface Typed {
  readonly id: string;
  readonly queue: string;
  readonly kind: 'cron' | 'every';
  readonly cron: string;
  readonly timezone: string;
  readonly every: string;
  readonly offset: string;
  readonly startAt: string;
  readonly endAt: string;
  readonly limit: string;
  readonly missed: string;
  readonly overlap: string;
  readonly type: string;
  readonly payload: string;
  readonly paused: boolean;
}

export type Faults = Partial<Record<keyof Typed, string | undefined>>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const NAME_FAULT = 'Letters, digits, dots, dashes and underscores';
const TIME_FAULT = 'A time such as 2030-01-31T12:00:00Z';

/** What a new schedule begins with. */
export const BLANK: Typed = {
  id: '',
  queue: '',
  kind: 'cron',
  cron: '0 9 * * *',
  timezone: 'UTC',
  every: '10m',
  offset: '0s',
  startAt: '',
  endAt: '',
  limit: '',
  missed: 'last',
  overlap: 'allow',
  type: 'default',
  payload: '{}',
  paused: false,
};

/** A schedule as the form shows it. */
export function typedOf({ schedule, payload }: LoadedSchedule): Typed {
  const { cron, everyMs, offsetMs } = schedule;
  return {
    ...BLANK,
    ...schedule,
    kind: cron === null ? 'every' : 'cron',
    cron: cron ?? BLANK.cron,
    every: everyMs === null ? BLANK.every : durationText(everyMs),
    offset: durationText(offsetMs),
    startAt: schedule.startAt ?? '',
    endAt: schedule.endAt ?? '',
    limit: schedule.limit === null ? '' : String(schedule.limit),
    type: typeOf(schedule),
    payload: indented(payload),
  };
}

/** The type of its jobs. */
export function typeOf({ job }: Schedule): string {
  const type = job['type'];
  return typeof type === 'string' ? type : 'default';
}

/** What is wrong with what is typed, as far as can be told without the gateway. */
export function faultsOf(typed: Typed): Faults {
  const needed = (text: string) => (NAME.test(text) ? undefined : NAME_FAULT);
  const duration = (text: string) =>
    parseDuration(text) === undefined ? 'A time such as 30s, 10m or 7d' : undefined;
  const time = (text: string) =>
    text === '' || !Number.isNaN(Date.parse(text)) ? undefined : TIME_FAULT;
  const every = typed.kind === 'every';
  return {
    id: needed(typed.id),
    queue: needed(typed.queue),
    type: needed(typed.type),
    payload: jsonHint(typed.payload),
    every: every ? duration(typed.every) : undefined,
    offset: every ? duration(typed.offset) : undefined,
    startAt: time(typed.startAt),
    endAt: time(typed.endAt),
    limit: /^\d{0,10}$/.test(typed.limit) ? undefined : 'A whole number',
  };
}

/** The times that are typed; undefined while they are no times. */
export function timesTyped(typed: Typed): Times | undefined {
  const { kind, cron, timezone, startAt, endAt } = typed;
  const faults = faultsOf(typed);
  if (faults.every ?? faults.offset ?? faults.startAt ?? faults.endAt) return undefined;
  return {
    ...(kind === 'cron'
      ? { cron: cron.trim(), timezone: timezone.trim() || 'UTC' }
      : { everyMs: parseDuration(typed.every) ?? 0, offsetMs: parseDuration(typed.offset) ?? 0 }),
    ...(startAt === '' ? {} : { startAt: new Date(startAt).toISOString() }),
    ...(endAt === '' ? {} : { endAt: new Date(endAt).toISOString() }),
  };
}

/**
 * The request for what is typed: to replace the definition that was read, or to make one where there is none. The payload
 * is sent as the text that it is; what the form does not show of a schedule stays as it was, and so does a pause that
 * nobody touched here.
 */
export function requestText(
  typed: Typed,
  before: Schedule | undefined,
  { anew = before === undefined }: { readonly anew?: boolean } = {},
): string {
  const { payload: _, ...job } = before?.job ?? {};
  const rest: Omit<ScheduleRequest, 'job'> = {
    queue: typed.queue,
    ...timesTyped(typed),
    ...(typed.limit === '' ? {} : { limit: Number(typed.limit) }),
    missed: typed.missed as ScheduleRequest['missed'] & string,
    overlap: typed.overlap as ScheduleRequest['overlap'] & string,
    ...(!anew && before?.paused === typed.paused ? {} : { paused: typed.paused }),
    ...(before === undefined ? {} : { catchUp: before.catchUp, graceMs: before.graceMs }),
    ifRevision: anew ? null : (before?.revision ?? null),
  };
  const jobText = JSON.stringify({ ...job, type: typed.type });
  const withPayload = `{"payload":${typed.payload},${jobText.slice(1)}`;
  return `{"job":${withPayload},${JSON.stringify(rest).slice(1)}`;
}

/** Which field a fault of the gateway belongs to. */
export const POINTERS: Readonly<Record<string, keyof Typed>> = {
  '/queue': 'queue',
  '/cron': 'cron',
  '/timezone': 'timezone',
  '/everyMs': 'every',
  '/offsetMs': 'offset',
  '/startAt': 'startAt',
  '/endAt': 'endAt',
  '/limit': 'limit',
  '/job/type': 'type',
  '/job/payload': 'payload',
};
