import type {
  ClaimOptions,
  ExtendResult,
  Extension,
  Lease,
  Settlement,
  SettleResult,
} from '../../src/index.ts';
import type { ReferenceQueue } from './reference.ts';
import { ANY_TEXT, type Between, type ModelJob } from './reference-job.ts';

const DEFAULT_LEASE_MS = 30_000;
const UNHANDLED_DELAY_MS = 5_000;
const UNHANDLED_LIMIT = 100;
/** A lease may outlive the timeout of its job by this much, so that the worker itself is the first to end it. */
export const TIMEOUT_GRACE_MS = 5_000;

/** A lease without what only the broker knows: the token and the name of the queue. */
export type ExpectedLease = Omit<Lease, 'token' | 'queue'>;

export interface ExpectedSettleAndClaim {
  readonly settled: readonly SettleResult[];
  readonly leases: readonly ExpectedLease[];
  readonly retryAfterMs: number | null;
}

/** Ends leases and takes new ones in one step: what is released here cannot be claimed by the same call. */
export function settleAndClaim(
  queue: ReferenceQueue,
  items: readonly Settlement[],
  claim: ClaimOptions,
): ExpectedSettleAndClaim {
  const waiting = queue.in('ready');
  const settled = settle(queue, items);
  const leases = take(queue, waiting, claim);
  const tokens = queue.bucketTokens();
  const { rateLimit, paused } = queue.settings;
  const retryAfterMs =
    rateLimit !== null && !paused && tokens !== null && tokens < 1
      ? Math.max(1, Math.ceil(((1 - tokens) * rateLimit.perMs) / rateLimit.rate))
      : null;
  if (retryAfterMs !== null) queue.note('claim: told when to come again');
  return { settled, leases, retryAfterMs };
}

function settle(queue: ReferenceQueue, items: readonly Settlement[]): SettleResult[] {
  // In one batch the first settlement of a lease wins, and a second one is answered as it.
  const answered = new Map<string, SettleResult>();
  const completed: ModelJob[] = [];
  const results = items.map((item): SettleResult => {
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
  if (job.lease?.cancelRequested) return settleCancelled(queue, job, item);
  if (item.outcome !== 'release' && item.outcome !== 'unhandled')
    queue.observe('run', queue.now - job.lease!.start);
  switch (item.outcome) {
    case 'complete':
      return complete(queue, job, item.result);
    case 'release':
      return release(queue, job, item.delayMs ?? 0);
    case 'unhandled':
      return unhandled(queue, job, item.delayMs ?? UNHANDLED_DELAY_MS);
    case 'fail':
    case 'timeout':
      return fail(queue, job, item);
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
  if (delayMs > 0) return queue.toRetry(job, queue.now + delayMs);
  job.readyAt = queue.now;
  queue.toReady(job, 'old');
}

function unhandled(queue: ReferenceQueue, job: ModelJob, delayMs: number): void {
  queue.count('unhandled');
  job.unhandled++;
  job.error = { name: 'UnhandledTypeError', message: ANY_TEXT };
  queue.endDelivery(job, 'unhandled', ANY_TEXT);
  if (job.unhandled >= UNHANDLED_LIMIT) return queue.toDead(job, 'unhandled');
  queue.toRetry(job, queue.now + delayMs);
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
  if (item.outcome === 'fail' && item.retry === 'never') return queue.toDead(job, 'non-retryable');
  if (job.attempts >= job.maxAttempts) return queue.toDead(job, 'attempts-exhausted');
  const given = item.outcome === 'fail' ? item.retryInMs : undefined;
  queue.toRetry(job, given === undefined ? backoffOf(queue, job) : queue.now + given);
}

/** Before retry k the wait is at most min(cap, base · 2^(k−1)), or min(cap, base) when it is fixed. */
export function backoffOf(queue: ReferenceQueue, job: ModelJob): number | Between {
  const { type, baseMs, capMs, jitter } = job.backoff;
  const growth = type === 'exponential' ? 2 ** (job.attempts - 1) : 1;
  const latest = queue.now + Math.min(capMs, baseMs * growth);
  queue.note(`backoff: ${type}, ${jitter === 'full' ? 'full jitter' : 'no jitter'}`);
  return jitter === 'none' ? latest : [queue.now, latest];
}

/** How many more jobs the limits allow. */
function allowance(queue: ReferenceQueue, max: number): number {
  const { paused, concurrency } = queue.settings;
  const waiting = max > 0 && queue.size('ready') > 0;
  if (paused) {
    if (waiting) queue.note('claim: paused');
    return 0;
  }
  const slots = concurrency === null ? max : Math.max(0, concurrency - queue.size('active'));
  const tokens = Math.floor(queue.bucketTokens() ?? max);
  if (waiting && slots < max) queue.note('claim: held back by concurrency');
  if (waiting && tokens < max) queue.note('claim: held back by the rate');
  return Math.min(max, slots, tokens);
}

function take(
  queue: ReferenceQueue,
  waiting: readonly ModelJob[],
  { workerId, max, leaseMs = DEFAULT_LEASE_MS }: ClaimOptions,
): ExpectedLease[] {
  const leases: ExpectedLease[] = [];
  for (const job of waiting.slice(0, allowance(queue, max))) {
    if (job.expiresAt !== null && queue.now > job.expiresAt) {
      queue.note('claim: expired on the way');
      queue.toDead(job, 'expired');
      continue;
    }
    queue.observe(
      'wait',
      Math.max(0, queue.now - Math.max(job.createdAt, job.dueAt, job.readyAt ?? 0)),
    );
    const number = job.attempts + job.crashes + 1;
    const deadline = queue.now + leaseMs;
    queue.toActive(job, {
      token: '',
      owner: workerId,
      start: queue.now,
      leaseMs,
      number,
      deadline,
      cancelRequested: false,
    });
    leases.push(expectedLease(job, leaseMs));
  }
  queue.count('claimed', leases.length);
  spend(queue, leases.length);
  if (max > 0) queue.note(leases.length > 0 ? 'claim: took jobs' : 'claim: took nothing');
  return leases;
}

function spend(queue: ReferenceQueue, starts: number): void {
  const tokens = queue.bucketTokens();
  if (tokens === null) return;
  // A clock that went back counts as no time passed, from its new reading on.
  const wentBack = queue.bucket !== null && queue.bucket.at > queue.now;
  if (starts > 0 || wentBack) queue.bucket = { tokens: tokens - starts, at: queue.now };
}

export function expectedLease(job: ModelJob, leaseMs: number): ExpectedLease {
  const { id, type, payload, crashes, priority, maxAttempts, maxCrashes } = job;
  return {
    id,
    expiresAt: job.lease!.deadline,
    leaseMs,
    type,
    payload,
    attempt: job.lease!.number,
    crashes,
    priority,
    maxAttempts,
    maxCrashes,
    timeoutMs: job.timeoutMs,
    headers: job.headers,
    createdAt: job.createdAt,
  };
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
