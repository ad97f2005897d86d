import type {
  ClaimOptions,
  ClaimResult,
  Lease,
  Settlement,
  SettleResult,
} from '../../src/index.ts';
import type { ModelCall, ReferenceQueue } from './reference.ts';
import type { ModelJob } from './reference-job.ts';
import { MEMORY_MS, settle } from './reference-working.ts';

const DEFAULT_LEASE_MS = 30_000;

/** A lease; what only the broker knows, the token and the name of the queue, is ''. */
type ExpectedLease = Lease;

export interface ExpectedSettleAndClaim {
  readonly settled: readonly SettleResult[] | undefined;
  readonly leases: readonly ExpectedLease[];
  readonly retryAfterMs: number | null;
}

/** Ends leases and takes new ones in one step: what is released here cannot be claimed by the same call. */
export function settleAndClaim(
  queue: ReferenceQueue,
  items: readonly Settlement[],
  claim: ClaimOptions,
  remember = false,
): ExpectedSettleAndClaim {
  const waiting = queue.in('ready');
  const settled = settle(queue, items, remember);
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
    queue.observe('wait', Math.max(0, queue.now - readySince(job)));
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

/** Remembers a claim under the name that it was given. */
export function nameCall(
  queue: ReferenceQueue,
  callId: string,
  { leases, retryAfterMs }: ClaimResult,
): void {
  queue.calls.set(callId, {
    leases: leases.map(({ id, token }) => ({ id, token })),
    leasesEndAt: leases[0]?.expiresAt ?? 0,
    retryAfterMs,
    expiresAt: queue.now + MEMORY_MS,
  });
}

/** The outcome of a named claim once more: those of its leases that still stand. */
export function claimAgain(
  queue: ReferenceQueue,
  call: ModelCall,
  leaseMs: number,
): ExpectedSettleAndClaim {
  queue.note('claim: a named one again');
  const standing = call.leases.flatMap(({ id, token }) => {
    const job = queue.jobs.get(id);
    return job?.lease?.token === token ? [job] : [];
  });
  const leases = standing.map((job) => ({
    ...expectedLease(job, leaseMs),
    expiresAt: call.leasesEndAt,
  }));
  return { settled: undefined, leases, retryAfterMs: call.retryAfterMs };
}

/** When it became ready this time. */
function readySince({ createdAt, dueAt, readyAt }: ModelJob): number {
  return Math.max(createdAt, dueAt, readyAt ?? 0);
}

function expectedLease(job: ModelJob, leaseMs: number): ExpectedLease {
  const { id, type, payload, crashes, priority, maxAttempts, maxCrashes } = job;
  return {
    id,
    token: '',
    queue: '',
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
    readyAt: readySince(job),
  };
}
