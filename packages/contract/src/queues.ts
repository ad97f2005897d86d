import { z } from 'zod';
import {
  count,
  digest,
  name,
  page,
  pageQuery,
  queryFlag,
  queryInteger,
  text,
  timeInput,
  timestamp,
} from './common.ts';
import { backoff, backoffInput } from './jobs.ts';
import { LIMITS } from './limits.ts';

/** Jobs by state. */
export const counts = z.object({
  scheduled: count,
  ready: count,
  active: count,
  completed: count,
  dead: count,
  cancelled: count,
});

const perSec = z.number().min(0);

/** Of about the last minute. */
export const rates = z.object({
  enqueuedPerSec: perSec,
  startedPerSec: perSec,
  completedPerSec: perSec,
  failedPerSec: perSec,
  deadPerSec: perSec,
});

/** A queue, as lists show it. */
export const queue = z
  .object({
    name,
    paused: z.boolean(),
    counts,
    oldestReadyMs: count.nullable(),
    rates,
  })
  .meta({ id: 'Queue' });
export type Queue = z.infer<typeof queue>;

const rateLimit = z.object({
  rate: z.int().min(1).max(LIMITS.rate),
  perMs: z.int().min(1).max(LIMITS.dayMs),
  burst: z.int().min(1).max(LIMITS.rate),
});
const attempts = z.int().min(1).max(LIMITS.maxAttempts);
const crashes = z.int().min(1).max(LIMITS.maxCrashes);
const leaseMs = z.int().min(LIMITS.shortestLeaseMs).max(LIMITS.longestLeaseMs);
const concurrency = z.int().min(1).max(LIMITS.rate);
const maxReady = z.int().min(1).max(LIMITS.maxReady);
const maxAgeMs = z.int().min(0).max(LIMITS.longestWaitMs);
const maxCount = z.int().min(0).max(LIMITS.retentionCount);

const retention = z.object({ maxAgeMs: maxAgeMs.nullable(), maxCount: maxCount.nullable() });

const revision = digest.meta({
  description: 'Identifies the settings: it changes whenever they do.',
});

/** The settings of a queue, defaults filled in; null: no such limit. */
export const queueConfig = z
  .object({
    revision,
    rateLimit: rateLimit.nullable(),
    concurrency: concurrency.nullable(),
    maxReady: maxReady.nullable(),
    defaults: z.object({ maxAttempts: attempts, maxCrashes: crashes, backoff, leaseMs }),
    retention: z.object({ completed: retention, dead: retention }),
  })
  .meta({ id: 'QueueConfig' });
export type QueueConfig = z.infer<typeof queueConfig>;

/** A queue with its settings. */
export const queueDetail = queue.extend({ config: queueConfig }).meta({ id: 'QueueDetail' });
export type QueueDetail = z.infer<typeof queueDetail>;

const retentionPatch = z.strictObject({
  maxAgeMs: z.exactOptional(maxAgeMs.nullable()),
  maxCount: z.exactOptional(maxCount.nullable()),
});

/** Changes of settings: what is left out stays, null takes a setting away. */
export const queuePatch = z
  .strictObject({
    ifRevision: z.exactOptional(
      digest.meta({
        description:
          'Change nothing if the settings have another revision by now, unless they already are what is asked for.',
      }),
    ),
    rateLimit: z.exactOptional(
      z
        .strictObject({ ...rateLimit.shape, burst: z.exactOptional(rateLimit.shape.burst) })
        .nullable(),
    ),
    concurrency: z.exactOptional(concurrency.nullable()),
    maxReady: z.exactOptional(maxReady.nullable()),
    defaults: z.exactOptional(
      z.strictObject({
        maxAttempts: z.exactOptional(attempts.nullable()),
        maxCrashes: z.exactOptional(crashes.nullable()),
        backoff: z.exactOptional(backoffInput.nullable()),
        leaseMs: z.exactOptional(leaseMs.nullable()),
      }),
    ),
    retention: z.exactOptional(
      z.strictObject({
        completed: z.exactOptional(retentionPatch),
        dead: z.exactOptional(retentionPatch),
      }),
    ),
  })
  .meta({ id: 'QueuePatch' });
export type QueuePatch = z.infer<typeof queuePatch>;

/** A queue in the list of queues, with the limits under which it works. */
export const queueRow = queue
  .extend({ limits: queueConfig.pick({ rateLimit: true, concurrency: true, maxReady: true }) })
  .meta({ id: 'QueueRow' });
export type QueueRow = z.infer<typeof queueRow>;

export const queuePage = page(queueRow).meta({ id: 'QueuePage' });
export type QueuePage = z.infer<typeof queuePage>;

export const listQueuesQuery = z.strictObject({
  search: z.exactOptional(text({ min: 1, max: LIMITS.nameLength })),
  ...pageQuery,
});

/** Flat numbers, so that an autoscaler can point at one of them. */
export const queueStats = z
  .object({
    ready: count,
    scheduled: count,
    active: count,
    completed: count,
    dead: count,
    cancelled: count,
    oldestReadyMs: count.nullable(),
    enqueuedTotal: count,
    completedTotal: count,
    failedTotal: count,
    deadTotal: count,
    enqueuedPerSec: perSec,
    completedPerSec: perSec,
  })
  .meta({ id: 'QueueStats' });
export type QueueStats = z.infer<typeof queueStats>;

export const deleteQueueQuery = z.strictObject({ force: z.exactOptional(queryFlag) });

export const seriesMetric = z.enum([
  'enqueued',
  'started',
  'completed',
  'failed',
  'dead',
  'crashed',
  'ready',
  'active',
  'oldestReadyMs',
  'waitMsP50',
  'waitMsP95',
  'runMsP50',
  'runMsP95',
]);
export type SeriesMetric = z.infer<typeof seriesMetric>;

export const seriesQuery = z.strictObject({
  metric: seriesMetric,
  from: z.exactOptional(timeInput).meta({ description: 'An hour ago; at most 24 h back.' }),
  stepMs: z
    .exactOptional(queryInteger({ min: LIMITS.minuteMs, max: LIMITS.dayMs }))
    .meta({ description: 'Rounded to minutes; grows until 300 points are enough.' }),
});

/** One metric over time: counts in the step, jobs or the age of the oldest ready one at its end, or ms. */
export const series = z
  .object({
    metric: seriesMetric,
    stepMs: z.int().min(LIMITS.minuteMs),
    points: z
      .array(
        z.object({
          at: timestamp,
          value: z.number().nullable().meta({ description: 'Null: unknown.' }),
        }),
      )
      .max(LIMITS.seriesPoints),
  })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof series>;

/** Calls without options take no body, or this. */
export const emptyRequest = z.strictObject({});

export const versionAnswer = z
  .object({
    service: z.literal('api-gateway'),
    version: z.string(),
    api: z.literal('v1'),
    minClientVersion: z.string(),
  })
  .meta({ id: 'Version' });
