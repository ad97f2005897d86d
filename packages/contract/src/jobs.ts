import { z } from 'zod';
import {
  jobId,
  jsonValue,
  name,
  page,
  pageQuery,
  queryInteger,
  text,
  timeInput,
  timestamp,
} from './common.ts';
import { LIMITS } from './limits.ts';
import { itemProblem } from './problems.ts';

export const jobState = z
  .enum(['scheduled', 'ready', 'active', 'completed', 'dead', 'cancelled'])
  .meta({ id: 'JobState' });
export type JobState = z.infer<typeof jobState>;

/** Why a job is in the dead letters. */
export const deadReason = z
  .enum(['attempts-exhausted', 'crashed', 'non-retryable', 'expired', 'unhandled', 'corrupt'])
  .meta({ id: 'DeadReason' });

const backoffType = z.enum(['exponential', 'fixed']);
const jitter = z.enum(['full', 'none']);

/** How long a failed job waits before its next attempt; what is left out has its default. */
export const backoffInput = z
  .strictObject({
    type: z.exactOptional(backoffType),
    baseMs: z.exactOptional(z.int().min(1).max(LIMITS.dayMs)),
    capMs: z.exactOptional(z.int().min(1).max(LIMITS.longestBackoffMs)),
    jitter: z.exactOptional(jitter),
  })
  .meta({ id: 'BackoffInput' });

/** The same, defaults filled in. */
export const backoff = z.object({
  type: backoffType,
  baseMs: z.int(),
  capMs: z.int(),
  jitter,
});

const headersInput = z
  .record(text({ min: 1, max: LIMITS.nameLength }), text({ max: LIMITS.headersBytes }))
  .refine(
    (headers) => new TextEncoder().encode(JSON.stringify(headers)).length <= LIMITS.headersBytes,
    `must be at most ${LIMITS.headersBytes} bytes as JSON`,
  );

const idempotencyKey = text({ min: 1, max: LIMITS.idempotencyKeyLength });

/** A job to be accepted. */
export const enqueueRequest = z
  .strictObject({
    payload: jsonValue,
    type: z.exactOptional(name).meta({ description: 'Selects the handler; `default`.' }),
    priority: z
      .exactOptional(z.int().min(-LIMITS.priority).max(LIMITS.priority))
      .meta({ description: 'Higher runs first; 0.' }),
    delayMs: z.exactOptional(z.int().min(0).max(LIMITS.longestWaitMs)),
    runAt: z.exactOptional(timeInput),
    idempotencyKey: z.exactOptional(idempotencyKey),
    idempotencyWindowMs: z.exactOptional(
      z.int().min(LIMITS.shortestWindowMs).max(LIMITS.longestWindowMs),
    ),
    maxAttempts: z.exactOptional(z.int().min(1).max(LIMITS.maxAttempts)),
    maxCrashes: z.exactOptional(z.int().min(1).max(LIMITS.maxCrashes)),
    backoff: z.exactOptional(backoffInput),
    timeoutMs: z.exactOptional(z.int().min(1).max(LIMITS.dayMs)),
    expiresInMs: z.exactOptional(z.int().min(1).max(LIMITS.longestWaitMs)),
    durability: z.exactOptional(z.enum(['local', 'replicated'])),
    headers: z.exactOptional(headersInput),
  })
  .refine((request) => request.delayMs === undefined || request.runAt === undefined, {
    error: 'excludes delayMs',
    path: ['runAt'],
  })
  .meta({ id: 'EnqueueRequest' });
export type EnqueueRequest = z.infer<typeof enqueueRequest>;

/** The header that says the same as the field `idempotencyKey`. */
export const idempotencyHeader = idempotencyKey;

const acceptedState = z.enum([...jobState.options, 'gone']);

/** What became of an enqueue request. */
export const enqueueAnswer = z
  .object({
    id: jobId,
    queue: name,
    state: acceptedState,
    duplicate: z.boolean(),
    replicas: z.exactOptional(z.int().min(0)).meta({
      description: 'For a replicated job: how many replicas have it. 0: only the primary.',
    }),
  })
  .meta({ id: 'EnqueueAnswer' });
export type EnqueueAnswer = z.infer<typeof enqueueAnswer>;

/** The envelope of a bulk call; its items are checked one by one, each with its own answer. */
export const bulkRequest = z
  .strictObject({
    jobs: z
      .array(z.unknown().meta({ description: 'An enqueue request.' }))
      .min(1)
      .max(LIMITS.bulkJobs),
  })
  .meta({ id: 'BulkRequest' });

const bulkResult = z.object({
  index: z.int().min(0),
  status: z.int(),
  id: z.exactOptional(jobId),
  state: z.exactOptional(acceptedState),
  duplicate: z.exactOptional(z.boolean()),
  replicas: z.exactOptional(z.int().min(0)),
  problem: z.exactOptional(itemProblem),
});
export type BulkResult = z.infer<typeof bulkResult>;

export const bulkAnswer = z
  .object({
    results: z.array(bulkResult),
    created: z.int().min(0),
    duplicates: z.int().min(0),
    failed: z.int().min(0),
  })
  .meta({ id: 'BulkAnswer' });
export type BulkAnswer = z.infer<typeof bulkAnswer>;

const listedError = z.object({ name: z.string(), message: z.string() });

/** A job as lists show it. */
export const jobSummary = z
  .object({
    id: jobId,
    queue: name,
    state: jobState,
    type: z.string(),
    priority: z.int(),
    maxAttempts: z.int(),
    maxCrashes: z.int(),
    backoff,
    timeoutMs: z.int().nullable(),
    expiresInMs: z.int().nullable(),
    idempotencyKey: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    attempts: z.int().min(0),
    crashes: z.int().min(0),
    createdAt: timestamp,
    runAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    leaseExpiresAt: timestamp.nullable(),
    workerId: z.string().nullable(),
    reason: deadReason.nullable(),
    error: listedError.nullable(),
    progress: jsonValue,
  })
  .meta({ id: 'JobSummary' });
export type JobSummary = z.infer<typeof jobSummary>;

/** One ended delivery of a job. */
const delivery = z.object({
  number: z.int().min(1),
  outcome: z.enum([
    'completed',
    'failed',
    'timeout',
    'crashed',
    'released',
    'cancelled',
    'unhandled',
  ]),
  startedAt: timestamp,
  endedAt: timestamp,
  workerId: z.string(),
  message: z.string().nullable(),
});

/** The last lines that one delivery of a job logged: that with the given number. */
const deliveryLog = z.object({
  number: z.int().min(1),
  lines: z
    .array(
      z.object({
        at: timestamp,
        level: z.enum(['debug', 'info', 'warn', 'error']),
        message: z.string(),
      }),
    )
    .max(20),
});

/** A job with all that is known of it. `logs` is there when one of its deliveries logged anything. */
export const job = jobSummary
  .extend({
    error: listedError.extend({ stack: z.exactOptional(z.string()) }).nullable(),
    payload: jsonValue,
    result: jsonValue,
    history: z.array(delivery).max(20),
    logs: z.exactOptional(deliveryLog),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof job>;

export const jobPage = page(jobSummary).meta({ id: 'JobPage' });
export type JobPage = z.infer<typeof jobPage>;

export const listJobsQuery = z.strictObject({
  state: jobState,
  type: z.exactOptional(name),
  order: z.exactOptional(z.enum(['asc', 'desc'])),
  ...pageQuery,
});

export const resultQuery = z.strictObject({
  waitMs: z.exactOptional(queryInteger({ min: 0, max: LIMITS.longestPollMs })),
});

const endedState = jobState.extract(['completed', 'dead', 'cancelled']);

/** How a job ended. */
export const resultAnswer = z
  .object({
    state: endedState,
    result: z.exactOptional(jsonValue),
    error: z.exactOptional(listedError.extend({ stack: z.exactOptional(z.string()) })),
  })
  .meta({ id: 'ResultAnswer' });
export type ResultAnswer = z.infer<typeof resultAnswer>;

/** The job has not ended yet. */
export const pendingAnswer = z
  .object({ state: jobState.extract(['scheduled', 'ready', 'active']) })
  .meta({ id: 'PendingAnswer' });

export const cancelRequest = z.strictObject({
  reason: z.exactOptional(text({ min: 1, max: LIMITS.reasonLength })),
});

/** Where a job is after an action upon it. */
export const jobPlace = z
  .object({ id: jobId, queue: name, state: jobState })
  .meta({ id: 'JobPlace' });
export type JobPlace = z.infer<typeof jobPlace>;

/** Another priority or due time for a job that waits. */
export const changeRequest = z
  .strictObject({
    priority: z.exactOptional(z.int().min(-LIMITS.priority).max(LIMITS.priority)),
    runAt: z.exactOptional(timeInput),
  })
  .refine((change) => change.priority !== undefined || change.runAt !== undefined, {
    error: 'must have priority or runAt',
  })
  .meta({ id: 'ChangeRequest' });

export const jobAction = z.enum(['cancel', 'retry', 'delete', 'promote']);
export type JobAction = z.infer<typeof jobAction>;

/** One action on many jobs. `{}` as the filter means all that the action can be done to. */
export const actionRequest = z
  .strictObject({
    action: jobAction,
    filter: z.strictObject({
      state: z.exactOptional(jobState),
      type: z.exactOptional(name),
      before: z.exactOptional(timeInput),
      ids: z.exactOptional(z.array(jobId).min(1).max(LIMITS.actionIds)),
    }),
    reason: z.exactOptional(text({ min: 1, max: LIMITS.reasonLength })),
    dryRun: z.exactOptional(z.boolean()),
  })
  .meta({ id: 'ActionRequest' });
export type ActionRequest = z.infer<typeof actionRequest>;

/** What an idempotency key stands for. */
export const idempotencyAnswer = z
  .object({ id: jobId, expiresAt: timestamp })
  .meta({ id: 'IdempotencyAnswer' });
