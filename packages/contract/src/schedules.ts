import { z } from 'zod';
import {
  count,
  digest,
  jobId,
  name,
  page,
  pageQuery,
  queryInteger,
  text,
  timeInput,
  timestamp,
} from './common.ts';
import { backoffInput, enqueueRequest } from './jobs.ts';
import { LIMITS } from './limits.ts';

const DAY_MS = LIMITS.dayMs;
const {
  payload,
  type,
  priority,
  delayMs,
  maxAttempts,
  maxCrashes,
  timeoutMs,
  expiresInMs,
  headers,
} = enqueueRequest.shape;

/** What a schedule enqueues: an enqueue request without what the schedule itself decides. */
const scheduleJobInput = z
  .strictObject({
    payload,
    type,
    priority,
    delayMs,
    maxAttempts,
    maxCrashes,
    backoff: z.exactOptional(backoffInput),
    timeoutMs,
    expiresInMs,
    headers,
  })
  .meta({ id: 'ScheduleJobInput' });

const missed = z.enum(['skip', 'last', 'all']);
const overlap = z.enum(['allow', 'skip', 'queue']);

/** When a schedule fires, and what: either `cron` or `everyMs`. */
export const scheduleRequest = z
  .strictObject({
    queue: name,
    job: scheduleJobInput,
    cron: z.exactOptional(text({ min: 1, max: 200 })).meta({
      description: 'Five fields (minute, hour, day, month, weekday), or six with seconds first.',
    }),
    timezone: z
      .exactOptional(text({ min: 1, max: 64 }))
      .meta({ description: 'IANA time zone of `cron`; `UTC`.' }),
    everyMs: z.exactOptional(
      z
        .int()
        .min(1_000)
        .max(366 * DAY_MS),
    ),
    offsetMs: z.exactOptional(
      z
        .int()
        .min(0)
        .max(366 * DAY_MS),
    ),
    startAt: z.exactOptional(timeInput),
    endAt: z.exactOptional(timeInput),
    limit: z.exactOptional(z.int().min(1).max(1_000_000_000)),
    missed: z
      .exactOptional(missed)
      .meta({ description: 'What to do with ticks that could not fire in time; `last`.' }),
    catchUp: z.exactOptional(z.int().min(1).max(1_000)),
    graceMs: z.exactOptional(z.int().min(1_000).max(DAY_MS)),
    ifRevision: z.exactOptional(
      digest.nullable().meta({
        description:
          'Define nothing if it has another revision by now, or null: if there is one of this name; unless it is defined like this already.',
      }),
    ),
    overlap: z
      .exactOptional(overlap)
      .meta({ description: 'What to do while the previous job is waiting or running; `allow`.' }),
    paused: z.exactOptional(z.boolean()),
  })
  .meta({ id: 'ScheduleRequest' });
export type ScheduleRequest = z.infer<typeof scheduleRequest>;

/** Times of a schedule that does not exist yet. */
export const previewRequest = z
  .strictObject({
    ...scheduleRequest.pick({
      cron: true,
      timezone: true,
      everyMs: true,
      offsetMs: true,
      startAt: true,
      endAt: true,
    }).shape,
    count: z.exactOptional(z.int().min(1).max(100)),
  })
  .meta({ id: 'PreviewRequest' });

const scheduleResult = z.object({
  tick: timestamp,
  at: timestamp,
  outcome: z.enum(['enqueued', 'skipped', 'missed', 'refused']),
  jobId: jobId.nullable(),
  reason: z.string().nullable(),
  byHand: z.boolean(),
});

/** A schedule, its defaults filled in. */
export const schedule = z
  .object({
    id: name,
    revision: digest.meta({
      description:
        'Identifies the definition: it changes whenever the definition does. Pausing does not change it.',
    }),
    queue: name,
    job: z.record(z.string(), z.unknown()).meta({ description: 'As it was sent.' }),
    cron: z.string().nullable(),
    timezone: z.string(),
    everyMs: z.int().nullable(),
    offsetMs: z.int(),
    startAt: timestamp.nullable(),
    endAt: timestamp.nullable(),
    limit: z.int().nullable(),
    missed,
    catchUp: z.int(),
    graceMs: z.int(),
    overlap,
    paused: z.boolean(),
    nextRunAt: timestamp.nullable(),
    waiting: count.meta({ description: 'Ticks held until the previous job has finished.' }),
    counts: z.object({ fired: count, missed: count, skipped: count, refused: count }),
    results: z.array(scheduleResult).meta({ description: 'The ten most recent, oldest first.' }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof schedule>;

export const schedulePage = page(schedule).meta({ id: 'SchedulePage' });

export const listSchedulesQuery = z.strictObject(pageQuery);

export const previewQuery = z.strictObject({
  count: z.exactOptional(queryInteger({ min: 1, max: 100 })),
});

export const previewAnswer = z.object({ runs: z.array(timestamp) }).meta({ id: 'SchedulePreview' });

export const runAnswer = z
  .object({ jobId, queue: name, duplicate: z.boolean() })
  .meta({ id: 'ScheduleRun' });
