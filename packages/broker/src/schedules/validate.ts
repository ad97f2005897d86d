import { Issues, NAME_PATTERN } from '../names.ts';
import { LIMITS, validateRequest } from '../request.ts';
import { CronTimes, TimingError } from './cron.ts';
import type { ScheduleDefinition, ScheduleSpec, ScheduleTiming } from './types.ts';

const DAY_MS = 86_400_000;

/**
 * @returns the definition with its defaults.
 * @throws ValidationError for all that is wrong at once; a cron expression is refused in milliseconds, whatever it is.
 */
export function validateSchedule(spec: ScheduleSpec): ScheduleDefinition {
  const issues = new Issues();
  if (typeof spec.queue !== 'string' || !NAME_PATTERN.test(spec.queue))
    issues.add('/queue', `must match ${NAME_PATTERN.source}`);
  for (const { path, message } of validateRequest(spec.job)?.issues ?? [])
    issues.add(`/job${path}`, message);
  validateTiming(spec, issues);
  issues.integer('/limit', spec.limit, [1, 1_000_000_000]);
  issues.integer('/catchUp', spec.catchUp, [1, 1_000]);
  issues.integer('/graceMs', spec.graceMs, [1_000, DAY_MS]);
  oneOf(issues, '/missed', spec.missed, ['skip', 'last', 'all']);
  oneOf(issues, '/overlap', spec.overlap, ['allow', 'skip', 'queue']);
  issues.check();
  return {
    ...spec,
    timezone: spec.timezone ?? 'UTC',
    offsetMs: spec.offsetMs ?? 0,
    missed: spec.missed ?? 'last',
    catchUp: spec.catchUp ?? 100,
    graceMs: spec.graceMs ?? 30_000,
    overlap: spec.overlap ?? 'allow',
  };
}

/** @throws ValidationError for all that is wrong with the times. */
export function checkTiming(timing: ScheduleTiming): void {
  const issues = new Issues();
  validateTiming(timing, issues);
  issues.check();
}

function validateTiming(timing: ScheduleTiming, issues: Issues): void {
  const { cron, timezone, everyMs, offsetMs, startAt, endAt } = timing;
  issues.integer('/startAt', startAt, [0, LIMITS.latestRunAt]);
  issues.integer('/endAt', endAt, [0, LIMITS.latestRunAt]);
  if (startAt !== undefined && endAt !== undefined && endAt < startAt)
    issues.add('/endAt', 'must not be before startAt');
  if ((cron === undefined) === (everyMs === undefined))
    issues.add(cron === undefined ? '/cron' : '/everyMs', 'one of cron and everyMs is required');
  if (cron === undefined) {
    if (timezone !== undefined && timezone !== 'UTC')
      issues.add('/timezone', 'is for cron expressions only');
    issues.integer('/everyMs', everyMs, [1_000, 366 * DAY_MS]);
    issues.integer('/offsetMs', offsetMs, [0, (everyMs ?? 1) - 1]);
    return;
  }
  if (offsetMs !== undefined && offsetMs !== 0) issues.add('/offsetMs', 'is for everyMs only');
  try {
    // Whether it ever fires is found out with its first tick.
    CronTimes.check(String(cron), timezone ?? 'UTC');
  } catch (error) {
    if (!(error instanceof TimingError)) throw error;
    issues.add(`/${error.field}`, error.message);
  }
}

function oneOf(
  issues: Issues,
  path: string,
  value: string | undefined,
  allowed: readonly string[],
): void {
  if (value !== undefined && !allowed.includes(value))
    issues.add(path, `must be one of ${allowed.join(', ')}`);
}
