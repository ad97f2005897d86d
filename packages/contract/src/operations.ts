import { z } from 'zod';
import { count, name, timestamp } from './common.ts';
import { jobState } from './jobs.ts';

/** Operations are named by Relay. */
export const operationId = z
  .string()
  .regex(/^[A-Za-z0-9]{8,64}$/, 'must be 8–64 letters or digits');

/** The states that can be purged: what runs is left alone. */
const purgeable = jobState.exclude(['active']);

/** Removes all jobs of some states. */
export const purgeRequest = z
  .strictObject({
    states: z.array(purgeable).min(1).max(purgeable.options.length),
    confirm: name.meta({ description: 'The name of the queue, repeated as confirmation.' }),
  })
  .meta({ id: 'PurgeRequest' });

/** Something has begun in the background. */
export const operationStarted = z.object({ operationId }).meta({ id: 'OperationStarted' });

/** What a dry run found. */
export const matchedAnswer = z.object({ matched: count }).meta({ id: 'MatchedAnswer' });

/** An action on many jobs, in the background. Kept for 24 hours after its end. */
export const operation = z
  .object({
    id: operationId,
    kind: z.enum(['cancel', 'retry', 'delete', 'promote']),
    queue: name,
    state: z.enum(['running', 'done', 'cancelled', 'failed']),
    done: count.meta({ description: 'Jobs that were acted on.' }),
    total: count
      .nullable()
      .meta({ description: 'Jobs that matched at the start; null: not counted yet.' }),
    createdAt: timestamp,
    finishedAt: timestamp.nullable(),
    problem: z.string().nullable().meta({ description: 'Why it failed.' }),
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof operation>;
