import { z } from 'zod';
import { count, jobId, jsonValue, name, text, timestamp } from './common.ts';
import { jobState } from './jobs.ts';
import { LIMITS } from './limits.ts';

const leaseMs = z.int().min(LIMITS.shortestLeaseMs).max(LIMITS.longestLeaseMs);
const delayMs = z.int().min(0).max(LIMITS.longestWaitMs);

/** Opaque and secret: whoever holds it may settle the job. */
const leaseToken = z.string().min(1).max(LIMITS.leaseTokenLength).meta({ id: 'LeaseToken' });

/** Takes jobs out of some queues, in a worker's name. */
export const claimRequest = z
  .strictObject({
    workerId: name,
    queues: z.array(name).min(1).max(LIMITS.claimQueues),
    max: z
      .exactOptional(z.int().min(1).max(LIMITS.leaseItems))
      .meta({ description: 'Maximum number of jobs; 1.' }),
    leaseMs: z.exactOptional(leaseMs).meta({ description: '30,000.' }),
    waitMs: z
      .exactOptional(z.int().min(0).max(LIMITS.longestPollMs))
      .meta({ description: 'How long to wait if no job is ready; 0.' }),
  })
  .meta({ id: 'ClaimRequest' });
export type ClaimRequest = z.infer<typeof claimRequest>;

/** The right to settle one job until a time, and the job. */
export const lease = z
  .object({
    leaseToken,
    expiresAt: timestamp,
    job: z.object({
      id: jobId,
      queue: name,
      type: z.string(),
      payload: jsonValue,
      attempt: z.int().min(1).meta({ description: 'Number of this delivery, including crashes.' }),
      crashes: count,
      priority: z.int(),
      maxAttempts: z.int(),
      maxCrashes: z.int(),
      timeoutMs: z.int().nullable(),
      headers: z.record(z.string(), z.string()),
      createdAt: timestamp,
    }),
  })
  .meta({ id: 'Lease' });
export type Lease = z.infer<typeof lease>;

export const claimAnswer = z
  .object({
    leases: z.array(lease),
    retryAfterMs: z
      .exactOptional(count)
      .meta({ description: 'How long a rate limit will delay the next job.' }),
  })
  .meta({ id: 'ClaimAnswer' });
export type ClaimAnswer = z.infer<typeof claimAnswer>;

const settlement = z
  .discriminatedUnion('outcome', [
    z.strictObject({
      leaseToken,
      outcome: z.literal('complete'),
      result: z.exactOptional(jsonValue),
    }),
    z.strictObject({
      leaseToken,
      outcome: z.literal('fail'),
      error: z.strictObject({
        name: text({ min: 1, max: LIMITS.errorNameLength }),
        message: text({ max: LIMITS.errorMessageLength }),
        stack: z.exactOptional(text({ max: LIMITS.errorMessageLength })),
      }),
      retry: z.exactOptional(z.enum(['auto', 'never'])),
      retryInMs: z.exactOptional(delayMs),
    }),
    z.strictObject({
      leaseToken,
      outcome: z.literal('release'),
      delayMs: z.exactOptional(delayMs),
    }),
  ])
  .meta({ id: 'Settlement' });
export type Settlement = z.infer<typeof settlement>;

/** Ends leases. */
export const settleRequest = z
  .strictObject({ items: z.array(settlement).min(1).max(LIMITS.leaseItems) })
  .meta({ id: 'SettleRequest' });
export type SettleRequest = z.infer<typeof settleRequest>;

const index = z.int().min(0);

/** `unavailable`: the store did not answer; send this item again. */
const settleResult = z.object({
  index,
  status: z.enum(['settled', 'lease-lost', 'unavailable']),
  state: z.exactOptional(z.enum([...jobState.options, 'gone'])),
});
export type SettleResult = z.infer<typeof settleResult>;

export const settleAnswer = z
  .object({ results: z.array(settleResult) })
  .meta({ id: 'SettleAnswer' });
export type SettleAnswer = z.infer<typeof settleAnswer>;

/** The heartbeat of leases. */
export const extendRequest = z
  .strictObject({
    items: z
      .array(
        z.strictObject({
          leaseToken,
          leaseMs,
          progress: z.exactOptional(jsonValue),
        }),
      )
      .min(1)
      .max(LIMITS.leaseItems),
  })
  .meta({ id: 'ExtendRequest' });
export type ExtendRequest = z.infer<typeof extendRequest>;

const extendResult = z.object({
  index,
  status: z.enum(['extended', 'lease-lost', 'unavailable']),
  expiresAt: z.exactOptional(timestamp),
  cancelRequested: z.exactOptional(z.boolean()),
});
export type ExtendResult = z.infer<typeof extendResult>;

export const extendAnswer = z
  .object({ results: z.array(extendResult) })
  .meta({ id: 'ExtendAnswer' });
export type ExtendAnswer = z.infer<typeof extendAnswer>;
