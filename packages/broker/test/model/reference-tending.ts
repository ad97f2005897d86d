import type { ExpireResult, PromoteResult, ReapResult, RetireResult } from '../../src/index.ts';
import type { ReferenceQueue } from './reference.ts';
import { ANY_TEXT, type ModelJob } from './reference-job.ts';
import { backoffOf, TIMEOUT_GRACE_MS } from './reference-working.ts';

const LONGEST_CRASH_DELAY_MS = 60_000;

/** `nextDueAt` is looked at once the times that were drawn at random are known. */
export type Expected<T> = Omit<T, 'nextDueAt'>;

export function reap(queue: ReferenceQueue, max: number): Expected<ReapResult> {
  const late = queue.in('active').filter((job) => (job.lease?.deadline ?? 0) <= queue.now);
  const batch = late.slice(0, max);
  const outcomes = { ready: 0, scheduled: 0, dead: 0, cancelled: 0 };
  for (const job of batch) {
    const how = reapOne(queue, job);
    const where = job.state;
    queue.note(`reap: ${how} → ${where}`);
    if (where in outcomes) outcomes[where as keyof typeof outcomes]++;
  }
  return { reaped: batch.length, outcomes, ghosts: [], more: batch.length === max };
}

function reapOne(queue: ReferenceQueue, job: ModelJob): 'cancelled' | 'timeout' | 'crash' {
  const lease = job.lease!;
  if (lease.cancelRequested) {
    queue.endDelivery(job, 'cancelled', ANY_TEXT);
    queue.toCancelled(job);
    return 'cancelled';
  }
  if (job.timeoutMs !== null && queue.now >= lease.start + job.timeoutMs + TIMEOUT_GRACE_MS) {
    timeOut(queue, job);
    return 'timeout';
  }
  crash(queue, job, lease.leaseMs);
  return 'crash';
}

/** It ran past its timeout: a failed attempt. */
function timeOut(queue: ReferenceQueue, job: ModelJob): void {
  queue.count('failed');
  job.attempts++;
  job.error = { name: 'TimeoutError', message: ANY_TEXT };
  queue.endDelivery(job, 'timeout', ANY_TEXT);
  if (job.attempts >= job.maxAttempts) queue.toDead(job, 'attempts-exhausted');
  else queue.toRetry(job, backoffOf(queue, job));
}

/** The first crash puts the job back at its old place, later ones within lease × 2^crashes, at most a minute. */
function crash(queue: ReferenceQueue, job: ModelJob, leaseMs: number): void {
  queue.count('crashed');
  job.crashes++;
  job.error = { name: 'LeaseExpired', message: ANY_TEXT };
  queue.endDelivery(job, 'crashed', ANY_TEXT);
  if (job.crashes > job.maxCrashes) {
    queue.toDead(job, 'crashed');
  } else if (job.crashes === 1) {
    job.readyAt = queue.now;
    queue.toReady(job, 'old');
  } else {
    const bound = Math.min(LONGEST_CRASH_DELAY_MS, leaseMs * 2 ** job.crashes);
    queue.toRetry(job, [queue.now, queue.now + bound]);
  }
}

/** Due jobs in the order of their due time, then priority, then id. */
export function promote(queue: ReferenceQueue, max: number): Expected<PromoteResult> {
  const due = queue.in('scheduled').filter((job) => job.scheduledFor <= queue.now);
  const batch = due.slice(0, max);
  for (const job of batch) queue.toReady(job, 'last');
  queue.count('promoted', batch.length);
  if (batch.length > 0) queue.note('promote: made jobs ready');
  return { promoted: batch.length, more: batch.length === max };
}

export function expire(queue: ReferenceQueue, max: number): Expected<ExpireResult> {
  const late = [...queue.jobs.values()]
    .filter(({ expiresAt }) => expiresAt !== null && expiresAt <= queue.now)
    .toSorted((a, b) => a.expiresAt! - b.expiresAt! || (a.id < b.id ? -1 : 1));
  const batch = late.slice(0, max);
  for (const job of batch) {
    queue.note(`expire: ${job.state}`);
    queue.toDead(job, 'expired');
  }
  return { expired: batch.length, more: batch.length === max };
}

/** Removes what retention no longer keeps: oldest first, completed before cancelled before dead jobs. */
export function retire(queue: ReferenceQueue, max: number): RetireResult {
  const { completed, dead } = queue.settings.retention;
  let left = max;
  let deadRemoved = 0;
  let nextInMs: number | null = null;
  for (const state of ['completed', 'cancelled', 'dead'] as const) {
    const { maxAgeMs, maxCount } = state === 'dead' ? dead : completed;
    const jobs = queue.in(state);
    const surplus = maxCount === null ? 0 : Math.max(0, jobs.length - maxCount);
    const old = maxAgeMs === null ? [] : jobs.filter((job) => job.endedAt <= queue.now - maxAgeMs);
    const gone = jobs.slice(0, Math.min(left, Math.max(surplus, old.length)));
    for (const job of gone) queue.remove(job);
    if (gone.length > 0)
      queue.note(`retire: ${state} by ${surplus > old.length ? 'count' : 'age'}`);
    queue.count(state === 'dead' ? 'deadRemoved' : 'retired', gone.length);
    if (state === 'dead') deadRemoved = gone.length;
    left -= gone.length;
    if (left <= 0) return { removed: max, deadRemoved, more: true, nextInMs: 0 };
    const [head] = queue.in(state);
    if (head !== undefined && maxAgeMs !== null) {
      const inMs = Math.max(0, head.endedAt + maxAgeMs - queue.now);
      nextInMs = nextInMs === null ? inMs : Math.min(nextInMs, inMs);
    }
  }
  return { removed: max - left, deadRemoved, more: false, nextInMs };
}
