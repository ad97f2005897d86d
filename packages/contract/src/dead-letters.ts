import { z } from 'zod';
import { count, jobId, name, pageQuery, timeInput, timestamp } from './common.ts';
import { deadReason } from './jobs.ts';
import { LIMITS } from './limits.ts';

/** Names a group: the same reason and the same error but for ids and numbers. */
const groupId = z.string().regex(/^[0-9a-f]{16}$/, 'must be the id of a group');

/** The dead letters, newest first. */
export const listDeadLettersQuery = z.strictObject({
  reason: z.exactOptional(deadReason),
  type: z.exactOptional(name),
  group: z.exactOptional(groupId),
  ...pageQuery,
});

/** Sends a dead job back, with another payload if the old one was the fault. */
export const requeueRequest = z.strictObject({ payload: z.exactOptional(z.unknown()) });

export const requeueAnswer = z
  .object({ id: jobId, queue: name, state: z.literal('ready') })
  .meta({ id: 'RequeueAnswer' });

const filter = z
  .strictObject({
    reason: z.exactOptional(deadReason),
    type: z.exactOptional(name),
    before: z.exactOptional(timeInput).meta({ description: 'Died before this time.' }),
    group: z.exactOptional(groupId),
  })
  .meta({ id: 'DeadLetterFilter' });
export type DeadLetterFilter = z.infer<typeof filter>;

/** Sends many back. `{}` as the filter means all. */
export const requeueManyRequest = z
  .strictObject({
    filter,
    ratePerSec: z.exactOptional(z.number().min(0.1).max(LIMITS.requeuePerSec)),
    dryRun: z.exactOptional(z.boolean()),
  })
  .meta({ id: 'RequeueManyRequest' });

/** Removes many for good. `{}` as the filter means all. */
export const purgeDeadLettersRequest = z
  .strictObject({ filter, dryRun: z.exactOptional(z.boolean()) })
  .meta({ id: 'PurgeDeadLettersRequest' });

export const groupsQuery = z.strictObject({ queue: z.exactOptional(name) });

/** Dead letters of one queue that died of the same. */
export const deadLetterGroup = z
  .object({
    group: groupId,
    queue: name,
    reason: deadReason.nullable(),
    error: z
      .object({ name: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'Ids, numbers and quoted strings are removed.' }),
    count,
    firstSeenAt: timestamp,
    lastSeenAt: timestamp,
    sample: z.object({ id: jobId, type: z.string(), message: z.string().nullable() }),
  })
  .meta({ id: 'DeadLetterGroup' });
export type DeadLetterGroup = z.infer<typeof deadLetterGroup>;

/** Groups of the newest dead letters, the largest first. */
export const groupsAnswer = z
  .object({
    items: z.array(deadLetterGroup),
    newestPerQueue: z.literal(LIMITS.groupedDeadLetters),
    partial: z
      .boolean()
      .meta({ description: 'True if there are more dead letters than were read.' }),
  })
  .meta({ id: 'DeadLetterGroups' });
export type GroupsAnswer = z.infer<typeof groupsAnswer>;
