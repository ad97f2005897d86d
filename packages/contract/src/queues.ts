import { z } from 'zod';
import { name, page, pageQuery, text } from './common.ts';
import { LIMITS } from './limits.ts';

const count = z.int().min(0);

const counts = z.object({
  scheduled: count,
  ready: count,
  active: count,
  completed: count,
  dead: count,
  cancelled: count,
});

/** A queue, in lists and alone. */
export const queue = z
  .object({
    name,
    paused: z.boolean(),
    counts,
    oldestReadyMs: count.nullable(),
  })
  .meta({ id: 'Queue' });
export type Queue = z.infer<typeof queue>;

export const queuePage = page(queue).meta({ id: 'QueuePage' });
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
  })
  .meta({ id: 'QueueStats' });
export type QueueStats = z.infer<typeof queueStats>;

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
