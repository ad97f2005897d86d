import type { ExtendResult, Extension, Settlement, SettleResult } from '../../src/index.ts';
import type { ReferenceQueue } from './reference.ts';
import { ANY_TEXT, type Between, type ModelJob } from './reference-job.ts';

/** How long outcomes are kept for those who ask again. */
export const MEMORY_MS = 600_000;
const UNHANDLED_DELAY_MS = 5_000;
const UNHANDLED_LIMIT = 100;
/** A lease may outlive the timeout of its job by this much, so that the worker itself is the first to end it. */
export const TIMEOUT_GRACE_MS = 5_000;

/** @param remember the answers are kept: who settles with the same token again is answered as at first. */
export function settle(
  queue: ReferenceQueue,
  items: readonly Settlement[],
  remember = false,
): SettleResult[] {
  // In one batch the first settlement of a lease wins, and a second one is answered as it.
  const answered = new Map<string, SettleResult>();
  const completed: ModelJob[] = [];
  const results = items.map((item): SettleResult => {
    const kept = remember ? queue.settlements.get(`${item.id} ${item.token}`)?.result : undefined;
    if (kept !== undefined) {
      queue.note('settle: answered as remembered');
      return kept;
    }
    const earlier = answered.get(`${item.id} ${item.token}`);
    if (earlier !== undefined) {
      queue.note('settle: second in one batch');
      return earlier;
    }
    const job = queue.jobs.get(item.id);
    if (job === undefined || job.lease === null || job.lease.token !== item.token) {
      queue.note('settle: lease-lost');
      return { status: 'lease-lost' };
    }
    settleOne(queue, job, item);
    const state = queue.jobs.get(item.id)?.state ?? 'gone';
    if (state === 'completed') completed.push(job);
    queue.note(`settle: ${item.outcome} → ${state}`);
    const result: SettleResult = { status: 'settled', state };
    answered.set(`${item.id} ${item.token}`, result);
    return result;
  });
  if (completed.length > 0) keepNewest(queue);
  if (remember) {
    const expiresAt = queue.now + MEMORY_MS;
    for (const [i, { id, token }] of items.entries()) {
      const result = results[i];
      if (result?.status === 'settled')
        queue.settlements.set(`${id} ${token}`, { result, expiresAt });
    }
  }
  return results;
}

/** Of the completed jobs only the newest `maxCount` stay. */
function keepNewest(queue: ReferenceQueue): void {
  const { maxCount } = queue.settings.retention.completed;
  const kept = queue.in('completed');
  if (maxCount === null || kept.length <= maxCount) return;
  const surplus = kept.slice(0, kept.length - maxCount);
  for (const job of surplus) queue.remove(job);
  queue.count('retired', surplus.length);
  queue.note('settle: an older completed job made room');
}

function settleOne(queue: ReferenceQueue, job: ModelJob, item: Settlement): void {
  if (job.lease?.cancelRequested) {
    settleCancelled(queue, job, item);
    return;
  }
  if (item.outcome !== 'release' && item.outcome !== 'unhandled')
    queue.observe('run', queue.now - job.lease!.start);
  switch (item.outcome) {
    case 'complete':
      complete(queue, job, item.result);
      break;
    case 'release':
      release(queue, job, item.delayMs ?? 0);
      break;
    case 'unhandled':
      unhandled(queue, job, item.delayMs ?? UNHANDLED_DELAY_MS);
      break;
    case 'fail':
    case 'timeout':
      fail(queue, job, item);
      break;
  }
}

/** Whatever the outcome: the job was to be cancelled. */
function settleCancelled(queue: ReferenceQueue, job: ModelJob, item: Settlement): void {
  if (item.outcome !== 'release' && item.outcome !== 'unhandled') job.attempts++;
  queue.endDelivery(job, 'cancelled', messageOf(item));
  queue.toCancelled(job);
}

function messageOf(item: Settlement): string | null {
  if (item.outcome === 'fail')
    return `${item.error.name}: ${item.error.message}`.replace(/[\r\n]+/g, ' ');
  return item.outcome === 'complete' || item.outcome === 'release' ? null : ANY_TEXT;
}

function complete(queue: ReferenceQueue, job: ModelJob, result: string | undefined): void {
  queue.count('completed');
  job.attempts++;
  job.progress = null;
  job.result = result ?? null;
  queue.endDelivery(job, 'completed', null);
  queue.toCompleted(job);
  if (queue.settings.retention.completed.maxCount === 0) {
    queue.remove(job);
    queue.count('retired');
  }
}

function release(queue: ReferenceQueue, job: ModelJob, delayMs: number): void {
  queue.count('released');
  queue.endDelivery(job, 'released', null);
  if (delayMs > 0) {
    queue.toRetry(job, queue.now + delayMs);
  } else {
    job.readyAt = queue.now;
    queue.toReady(job, 'old');
  }
}

function unhandled(queue: ReferenceQueue, job: ModelJob, delayMs: number): void {
  queue.count('unhandled');
  job.unhandled++;
  job.error = { name: 'UnhandledTypeError', message: ANY_TEXT };
  queue.endDelivery(job, 'unhandled', ANY_TEXT);
  if (job.unhandled >= UNHANDLED_LIMIT) queue.toDead(job, 'unhandled');
  else queue.toRetry(job, queue.now + delayMs);
}

function fail(
  queue: ReferenceQueue,
  job: ModelJob,
  item: Extract<Settlement, { outcome: 'fail' | 'timeout' }>,
): void {
  queue.count('failed');
  job.attempts++;
  job.error = item.outcome === 'fail' ? item.error : { name: 'TimeoutError', message: ANY_TEXT };
  queue.endDelivery(job, item.outcome === 'fail' ? 'failed' : 'timeout', messageOf(item));
  if (item.outcome === 'fail' && item.retry === 'never') {
    queue.toDead(job, 'non-retryable');
  } else if (job.attempts >= job.maxAttempts) {
    queue.toDead(job, 'attempts-exhausted');
  } else {
    const given = item.outcome === 'fail' ? item.retryInMs : undefined;
    queue.toRetry(job, given === undefined ? backoffOf(queue, job) : queue.now + given);
  }
}

/** Before retry k the wait is at most min(cap, base · 2^(k−1)), or min(cap, base) when it is fixed. */
export function backoffOf(queue: ReferenceQueue, job: ModelJob): number | Between {
  const { type, baseMs, capMs, jitter } = job.backoff;
  const growth = type === 'exponential' ? 2 ** (job.attempts - 1) : 1;
  const latest = queue.now + Math.min(capMs, baseMs * growth);
  queue.note(`backoff: ${type}, ${jitter === 'full' ? 'full jitter' : 'no jitter'}`);
  return jitter === 'none' ? latest : [queue.now, latest];
}

/** Moves the deadlines of leases, but never past the job's timeout and its grace. */
export function extend(queue: ReferenceQueue, items: readonly Extension[]): ExtendResult[] {
  return items.map(({ id, token, leaseMs, progress }): ExtendResult => {
    const job = queue.jobs.get(id);
    if (job === undefined || job.lease === null || job.lease.token !== token) {
      queue.note('extend: lease-lost');
      return { status: 'lease-lost' };
    }
    const { lease, timeoutMs } = job;
    const limit = timeoutMs === null ? Infinity : lease.start + timeoutMs + TIMEOUT_GRACE_MS;
    lease.deadline = Math.min(queue.now + leaseMs, limit);
    if (progress !== undefined) job.progress = progress;
    const { cancelRequested } = lease;
    queue.note(`extend: extended${cancelRequested ? ', told to cancel' : ''}`);
    if (lease.deadline === limit) queue.note('extend: held back by the timeout');
    return { status: 'extended', expiresAt: lease.deadline, cancelRequested };
  });
}
