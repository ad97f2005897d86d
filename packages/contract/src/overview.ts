import { z } from 'zod';
import { count, name, timestamp } from './common.ts';
import { queue } from './queues.ts';

const ATTENTION = 10;
const CHART_POINTS = 60;
const REPLICAS = 10;

const share = { queue: name, ready: count };
const perSec = z.number().min(0);

/** What the front page needs, in one answer of at most 15 KB. Of the queues that the key covers. */
export const overview = z
  .object({
    at: timestamp,
    queues: count,
    workers: z.object({ live: count, slots: count, busy: count }),
    tiles: z.object({
      enqueuedPerSec: perSec,
      finishedPerSec: perSec,
      failedPerSec: perSec,
      ready: count,
      scheduled: count,
      active: count,
      dead: count,
      oldestReadyMs: count.nullable(),
    }),
    attention: z.object({
      oldest: z.array(z.object({ ...share, oldestReadyMs: count })).max(ATTENTION),
      deadGrowing: z
        .array(z.object({ queue: name, dead: count, deadPerSec: perSec }))
        .max(ATTENTION),
      withoutWorkers: z
        .array(z.object({ ...share, oldestReadyMs: count.nullable() }))
        .max(ATTENTION),
      pausedWithBacklog: z.array(z.object(share)).max(ATTENTION),
    }),
    chart: z.object({
      stepMs: z.int(),
      points: z
        .array(
          z.object({
            at: timestamp,
            enqueued: count,
            completed: count,
            failed: count,
            waitMsP50: z.number().nullable(),
            waitMsP95: z.number().nullable(),
          }),
        )
        .max(CHART_POINTS),
    }),
    redis: z.object({
      product: z.string(),
      version: z.string(),
      memoryUsedBytes: count.nullable(),
      memoryMaxBytes: count.nullable().meta({ description: 'Null: no limit.' }),
      evictionPolicy: z.string().nullable(),
      appendOnly: z.boolean().nullable(),
    }),
    loops: z.object({
      replicas: z
        .array(z.object({ id: z.string(), host: z.string().nullable(), lastSeenAt: timestamp }))
        .max(REPLICAS),
      lastSeenAt: timestamp
        .nullable()
        .meta({ description: 'Null: no reaper-promoter is running.' }),
    }),
    partial: z.boolean().meta({ description: 'True if there are more queues than were read.' }),
  })
  .meta({ id: 'Overview' });
export type Overview = z.infer<typeof overview>;

/** A queue in the stream of events. */
export const eventQueue = queue.extend({}).meta({ id: 'EventQueue' });
export type EventQueue = z.infer<typeof eventQueue>;

/**
 * Data of the events `snapshot` (all queues) and `delta` (those that have changed; `removed`: those
 * that are no more).
 */
export const eventData = z
  .object({ queues: z.array(eventQueue), removed: z.exactOptional(z.array(name)) })
  .meta({ id: 'EventData' });
export type EventData = z.infer<typeof eventData>;

const MOST_NAMES = 100;

export const eventsQuery = z.strictObject({
  queue: z.exactOptional(z.array(name).max(MOST_NAMES)).meta({ description: 'Repeatable.' }),
});
