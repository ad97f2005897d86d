/** From the broker's words to the contract's: times become texts, stored JSON passes as bytes. */
import type {
  Delivery,
  DeliveryLog,
  JobError,
  QueueSettings,
  Job as StoredJob,
  Lease as StoredLease,
  QueueStats as StoredStats,
  JobSummary as StoredSummary,
} from '@relay/broker';
import type { Job, JobSummary, Lease, Queue, QueueConfig, QueueStats } from '@relay/contract';
import { RawJson } from './http/raw-json.ts';
import { wrapToken } from './leases/lease-token.ts';

export function toJob(job: StoredJob): Job {
  return {
    ...toSummary(job),
    error: job.error === null ? null : toError(job.error),
    payload: stored(job.payload),
    result: stored(job.result),
    history: job.history.map(toDelivery),
    ...(job.logs === undefined ? {} : { logs: toLogs(job.logs) }),
  };
}

export function toSummary(job: StoredSummary): JobSummary {
  return {
    id: job.id,
    queue: job.queue,
    state: job.state,
    type: job.type,
    priority: job.priority,
    maxAttempts: job.maxAttempts,
    maxCrashes: job.maxCrashes,
    backoff: { ...job.backoff },
    timeoutMs: job.timeoutMs,
    expiresInMs: job.expiresInMs,
    idempotencyKey: job.idempotencyKey,
    headers: { ...job.headers },
    attempts: job.attempts,
    crashes: job.crashes,
    createdAt: time(job.createdAt),
    runAt: time(job.runAt),
    startedAt: timeOrNull(job.startedAt),
    finishedAt: timeOrNull(job.finishedAt),
    leaseExpiresAt: timeOrNull(job.leaseExpiresAt),
    workerId: job.workerId,
    reason: job.reason,
    error: job.error === null ? null : errorOf(job.error),
    progress: stored(job.progress),
  };
}

export function toLease(lease: StoredLease, workerId: string): Lease {
  const { queue, id, token } = lease;
  return {
    leaseToken: wrapToken({ queue, id, token, workerId }),
    expiresAt: time(lease.expiresAt),
    // Field by field: what the broker learns to say is not at once part of the contract.
    job: {
      id,
      queue,
      type: lease.type,
      payload: stored(lease.payload),
      attempt: lease.attempt,
      crashes: lease.crashes,
      priority: lease.priority,
      maxAttempts: lease.maxAttempts,
      maxCrashes: lease.maxCrashes,
      timeoutMs: lease.timeoutMs,
      headers: { ...lease.headers },
      createdAt: time(lease.createdAt),
    },
  };
}

export function toQueue(stats: StoredStats, rates: Queue['rates']): Queue {
  return {
    name: stats.queue,
    paused: stats.paused,
    counts: { ...stats.counts },
    oldestReadyMs: stats.oldestReadyMs,
    rates: { ...rates },
  };
}

export function toConfig(settings: QueueSettings): QueueConfig {
  const { revision, rateLimit, concurrency, maxReady, defaults, retention } = settings;
  return {
    revision,
    rateLimit: rateLimit === null ? null : { ...rateLimit },
    concurrency,
    maxReady,
    defaults: { ...defaults, backoff: { ...defaults.backoff } },
    retention: { completed: { ...retention.completed }, dead: { ...retention.dead } },
  };
}

export function toStats(
  { counts, totals, oldestReadyMs }: StoredStats,
  rates: Queue['rates'],
): QueueStats {
  return {
    ready: counts.ready,
    scheduled: counts.scheduled,
    active: counts.active,
    completed: counts.completed,
    dead: counts.dead,
    cancelled: counts.cancelled,
    oldestReadyMs,
    enqueuedTotal: totals.enqueued,
    completedTotal: totals.completed,
    failedTotal: totals.failed,
    deadTotal: totals.dead,
    enqueuedPerSec: rates.enqueuedPerSec,
    completedPerSec: rates.completedPerSec,
  };
}

function toLogs({ number, lines }: DeliveryLog): NonNullable<Job['logs']> {
  return {
    number,
    lines: lines.map(({ at, level, message }) => ({ at: time(at), level, message })),
  };
}

function toDelivery(delivery: Delivery): Job['history'][number] {
  return {
    number: delivery.number,
    outcome: delivery.outcome,
    startedAt: time(delivery.startedAt),
    endedAt: time(delivery.endedAt),
    workerId: delivery.workerId,
    message: delivery.message,
  };
}

/** With its stack, if it has one. */
export function toError(error: JobError): { name: string; message: string; stack?: string } {
  return { ...errorOf(error), ...stackOf(error) };
}

function errorOf({ name, message }: JobError): { name: string; message: string } {
  return { name, message };
}

function stackOf({ stack }: JobError): { stack?: string } {
  return stack === undefined ? {} : { stack };
}

/**
 * Stored JSON, byte for byte. A corrupt record may hold anything: that is shown as a text, so that
 * the answer around it stays JSON.
 */
export function stored(text: string | null): RawJson | string | null {
  if (text === null) return null;
  return isJson(text) ? new RawJson(text) : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** As the contract writes times. */
export function time(ms: number): string {
  return new Date(ms).toISOString();
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}
