// Over 300 lines on purpose: it is the glossary. Whoever reads one type mostly needs its neighbours.
/**
 * The words of the broker, as types.
 *
 * Glossary: a *job* is a unit of work in a *queue*. A *delivery* is one claim of it by a worker. An *attempt* is a
 * delivery that ended in success, failure or timeout; a *crash* is a delivery whose lease expired. A *lease* is the
 * right of one worker to settle one job until a deadline; its *token* fences off every other worker. To *settle* is to
 * end a lease: complete, fail or release. To *promote* is to make a scheduled job ready, to *reap* is to take back an
 * expired lease, and the *dead letters* are the jobs that will not run again unless an operator requeues them.
 *
 * Times are integers in milliseconds of Redis's clock; durations are integers in milliseconds, named `…Ms`.
 */

/** Where a job is. It is in exactly one of these places at any time. */
export type JobState = 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled';

/** Why a job is in the dead letters. */
export type DeadReason =
  /** `maxAttempts` attempts have failed. */
  | 'attempts-exhausted'
  /** More than `maxCrashes` deliveries ended with an expired lease. */
  | 'crashed'
  /** A handler said that trying again is useless. */
  | 'non-retryable'
  /** It was not started within `expiresInMs` of being due. */
  | 'expired'
  /** No worker knew its type in 100 deliveries. */
  | 'unhandled'
  /** Its record in Redis is not one that Relay wrote; the bytes are kept for inspection. */
  | 'corrupt';

/**
 * How long a failed job waits before its next attempt. Before retry k (k = 1 after the first failed attempt) the bound
 * is `min(capMs, baseMs · 2^(k−1))` for `exponential` and `min(capMs, baseMs)` for `fixed`. With `full` jitter the wait
 * is uniform in [0, bound], with `none` it is the bound itself.
 * Source of full jitter: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export interface Backoff {
  /** Defaults to `exponential`. */
  readonly type?: 'exponential' | 'fixed';
  /** 1 … 86,400,000. Defaults to 1,000. */
  readonly baseMs?: number;
  /** 1 … 2,592,000,000 (30 days). Defaults to 600,000. */
  readonly capMs?: number;
  /** Defaults to `full`. */
  readonly jitter?: 'full' | 'none';
}

/** A job to be accepted. */
export interface EnqueueRequest {
  /** JSON text, kept and handed to the worker byte for byte. At most 1 MiB of UTF-8. */
  readonly payload: string;
  /** Name of the handler that runs it. Defaults to `default`. */
  readonly type?: string;
  /** −1000 … 1000; higher runs first, equal ones in the order of their enqueue. Defaults to 0. */
  readonly priority?: number;
  /** Wait this long before it may run: 0 … 10 years. Not together with `runAt`. */
  readonly delayMs?: number;
  /** Run no earlier than this time, in ms since the epoch, before the year 2100; the past means now. */
  readonly runAt?: number;
  /** 1 … 255 characters; see {@link EnqueueResult.duplicate}. */
  readonly idempotencyKey?: string;
  /** How long the key is remembered: 1,000 … 604,800,000. Defaults to 86,400,000 (24 h). */
  readonly idempotencyWindowMs?: number;
  /** Attempts that may fail before the job is dead: 1 … 1000. Defaults to the queue's, else 5. */
  readonly maxAttempts?: number;
  /** Crashes that are survived, one more makes the job dead: 1 … 100. Defaults to the queue's, else 3. */
  readonly maxCrashes?: number;
  /** Defaults to the queue's, else exponential from 1 s to 10 min with full jitter. */
  readonly backoff?: Backoff;
  /** A delivery that runs longer counts as a failed attempt: 1 … 86,400,000. Defaults to no limit. */
  readonly timeoutMs?: number;
  /** Dead as `expired` when not started that long after it is due: 1 … 10 years. Defaults to never. */
  readonly expiresInMs?: number;
  /**
   * `replicated`: answered when a replica has the job too, or after a second; see {@link EnqueueResult.replicas}.
   * Defaults to `local`.
   */
  readonly durability?: 'local' | 'replicated';
  /** Free texts that travel with the job (trace context and the like), at most 4 KiB as JSON. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What became of one {@link EnqueueRequest}. */
export interface EnqueueResult {
  readonly id: string;
  /** The state at the time of the answer; `gone` when a duplicate's original was removed meanwhile. */
  readonly state: JobState | 'gone';
  /** True when the idempotency key had been used by the same request: `id` is then the first job's. */
  readonly duplicate: boolean;
  /** Of a `replicated` request: how many replicas had acknowledged the job. 0: none, it is on the master alone. */
  readonly replicas?: number;
}

/** The right to settle one job, and the job itself. */
export interface Lease {
  readonly queue: string;
  readonly id: string;
  /** Opaque and secret: whoever holds it may settle the job. */
  readonly token: string;
  /** When the lease ends unless it is extended, in ms by Redis's clock. */
  readonly expiresAt: number;
  /** `expiresAt` is this long after the claim was decided. */
  readonly leaseMs: number;
  readonly type: string;
  /** JSON text, byte for byte that of the enqueue. */
  readonly payload: string;
  /** Number of this delivery, from 1: attempts + crashes + 1. */
  readonly attempt: number;
  /** Deliveries of this job whose lease expired. */
  readonly crashes: number;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  /** Null: no limit. */
  readonly timeoutMs: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** When it became ready this time, ms: it has waited from then until `expiresAt - leaseMs`. */
  readonly readyAt: number;
}

/** A line that a handler logged. */
export interface LogLine {
  /** By the worker's clock, ms. */
  readonly at: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/** The last lines that one delivery of a job logged. */
export interface DeliveryLog {
  /** Number of the delivery. */
  readonly number: number;
  readonly lines: readonly LogLine[];
}

/** An error as it is stored: name ≤ 200, message ≤ 2,048 and stack ≤ 8,192 bytes, longer ones are cut. */
export interface JobError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** How a delivery ended. */
export type Settlement = {
  readonly id: string;
  readonly token: string;
  /** The last lines that it logged, oldest first: at most 20, and 8 KiB as JSON. Takes the place of earlier ones. */
  readonly logs?: readonly LogLine[];
} & (
  | {
      readonly outcome: 'complete';
      /** JSON text, at most 64 KiB. */
      readonly result?: string;
    }
  | {
      readonly outcome: 'fail';
      readonly error: JobError;
      /** `never`: straight to the dead letters as `non-retryable`. Defaults to `auto`. */
      readonly retry?: 'auto' | 'never';
      /** Wait exactly this long instead of the backoff. */
      readonly retryInMs?: number;
    }
  /** Back to the queue without costing an attempt: at its old place, or after `delayMs`. */
  | { readonly outcome: 'release'; readonly delayMs?: number }
  /** This worker knows no handler for the job's type. Released after `delayMs` (default 5,000) and counted. */
  | { readonly outcome: 'unhandled'; readonly delayMs?: number }
  /** Ran past its `timeoutMs`: a failed attempt. */
  | { readonly outcome: 'timeout' }
);

/** Answer to one {@link Settlement}, in the order given. */
export type SettleResult =
  /** `state` is `gone` when the job was completed and the queue keeps no completed jobs. */
  | { readonly status: 'settled'; readonly state: JobState | 'gone' }
  /** The token is not (or no longer) the job's: nothing was changed. */
  | { readonly status: 'lease-lost' };

export interface ClaimOptions {
  /** Who claims; matches the pattern of names. Shown to operators. */
  readonly workerId: string;
  /** How many jobs at most: 0 … 1000. */
  readonly max: number;
  /** 1,000 … 3,600,000. Defaults to 30,000. */
  readonly leaseMs?: number;
}

export interface ClaimResult {
  readonly leases: readonly Lease[];
  /** When a limit held jobs back: how long to wait before the next claim can take one. Null: not limited in time. */
  readonly retryAfterMs: number | null;
  /** Ids that stood in the queue without a record: they were taken out and counted. */
  readonly ghosts: readonly string[];
}

export interface SettleAndClaimResult extends ClaimResult {
  readonly settled: readonly SettleResult[];
}

export interface Extension {
  readonly id: string;
  readonly token: string;
  /** The new deadline is now + this: 1,000 … 3,600,000. */
  readonly leaseMs: number;
  /** JSON text of at most 4 KiB, shown to operators while the job runs. */
  readonly progress?: string;
  /** As in {@link Settlement}: a delivery that crashes leaves what it said last. */
  readonly logs?: readonly LogLine[];
}

export type ExtendResult =
  | {
      readonly status: 'extended';
      /** May be earlier than asked for: never past start + `timeoutMs` + 5 s. */
      readonly expiresAt: number;
      /** An operator or producer asked to cancel: abort the handler and settle. */
      readonly cancelRequested: boolean;
    }
  | { readonly status: 'lease-lost' };

/** What one run of the reap script did. */
export interface ReapResult {
  /** Expired leases that were acted upon. */
  readonly reaped: number;
  /** Of the reaped: back in `ready` / `scheduled` / `dead` / `cancelled`. */
  readonly outcomes: {
    readonly ready: number;
    readonly scheduled: number;
    readonly dead: number;
    readonly cancelled: number;
  };
  /** Ids without a record that were taken out and counted. */
  readonly ghosts: readonly string[];
  /** True: the batch was full, call again. */
  readonly more: boolean;
  /** The earliest time at which this queue needs background work again; null: none known. */
  readonly nextDueAt: number | null;
}

export interface PromoteResult {
  readonly promoted: number;
  readonly more: boolean;
  readonly nextDueAt: number | null;
}

export interface ExpireResult {
  readonly expired: number;
  readonly more: boolean;
  readonly nextDueAt: number | null;
}

export type JobCounts = Readonly<Record<JobState, number>>;

/** Totals since the queue was created. */
export interface QueueTotals {
  readonly enqueued: number;
  readonly claimed: number;
  readonly completed: number;
  /** Failed attempts, timeouts included. */
  readonly failed: number;
  readonly crashed: number;
  readonly dead: number;
  readonly promoted: number;
  readonly requeued: number;
  readonly released: number;
  readonly cancelled: number;
  readonly unhandled: number;
  /** Ids without a record that were met and taken out. */
  readonly ghosts: number;
  /** Waiting jobs that were deleted. */
  readonly deleted: number;
  /** Dead jobs that were removed, by an operator or by retention. */
  readonly deadRemoved: number;
  /** Completed and cancelled jobs that were removed, by retention or an operator. */
  readonly retired: number;
}

/** Counts by power of two: entry e counts durations from 2^(e−1) to below 2^e ms, entry 0 those below 1 ms. */
export type Histogram = readonly number[];

export interface QueueStats {
  readonly queue: string;
  /** When they were read, ms, by the clock of Redis. */
  readonly at: number;
  readonly paused: boolean;
  readonly counts: JobCounts;
  /** Age of the longest waiting ready job; null when none is ready. */
  readonly oldestReadyMs: number | null;
  readonly totals: QueueTotals;
  /** From ready to claimed, of all deliveries so far. */
  readonly waitMs: Histogram;
  /** From claimed to settled, of all attempts so far. */
  readonly runMs: Histogram;
}

/** One ended delivery, as kept in the job's history (the last 20). */
export interface Delivery {
  readonly number: number;
  readonly outcome:
    | 'completed'
    | 'failed'
    | 'timeout'
    | 'crashed'
    | 'released'
    | 'cancelled'
    | 'unhandled';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly workerId: string;
  /** At most 500 characters. */
  readonly message: string | null;
}

/** A job without its payload, as lists show it. */
export interface JobSummary {
  readonly id: string;
  readonly queue: string;
  readonly state: JobState;
  readonly type: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly backoff: Required<Backoff>;
  readonly timeoutMs: number | null;
  readonly expiresInMs: number | null;
  readonly idempotencyKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly crashes: number;
  readonly createdAt: number;
  /** When it is or was due. */
  readonly runAt: number;
  /** Start of the running or, when none runs, of the last delivery. */
  readonly startedAt: number | null;
  /** When it reached its terminal state. */
  readonly finishedAt: number | null;
  readonly leaseExpiresAt: number | null;
  /** Who runs it, or ran it last. */
  readonly workerId: string | null;
  /** Of the dead. */
  readonly reason: DeadReason | null;
  /** The last error, without its stack in lists. */
  readonly error: JobError | null;
  /** JSON text as the handler of the running delivery reported it last. */
  readonly progress: string | null;
}

export interface Job extends JobSummary {
  readonly payload: string;
  /** JSON text. */
  readonly result: string | null;
  readonly history: readonly Delivery[];
  /** Of the last delivery that logged any. */
  readonly logs?: DeliveryLog;
}

export interface ListOptions {
  /** 1 … 200. Defaults to 50. */
  readonly limit?: number;
  /** From an earlier page. */
  readonly cursor?: string;
  /** Defaults to `asc`: next to run, or oldest, first. */
  readonly order?: 'asc' | 'desc';
  /** Only jobs of this type. */
  readonly type?: string;
  /** Only jobs that died for this reason. */
  readonly reason?: DeadReason;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null at the end. */
  readonly nextCursor: string | null;
}

/** What an operator may do to single jobs. */
export type JobAction = 'cancel' | 'retry' | 'delete' | 'promote';

/** What became of one job of an action: its new state, or why nothing was done. */
export type ActionResult =
  | { readonly status: 'done'; readonly state: JobState | 'deleted' }
  /** A running job was asked to cancel: its worker is told at its next heartbeat. */
  | { readonly status: 'requested'; readonly state: 'active' }
  | { readonly status: 'invalid-state'; readonly state: JobState | 'corrupt' }
  | { readonly status: 'not-found' };

/** Which jobs of a state an action is for; an empty filter means all. */
export interface JobFilter {
  readonly type?: string;
  /** Of the dead. */
  readonly reason?: DeadReason;
  /** Only jobs that ended (completed, dead, cancelled), are due (scheduled) or were created (others) before this ms. */
  readonly before?: number;
}

/** Which jobs one step of an action is for. */
export interface ActionTarget {
  readonly state: JobState;
  readonly filter: JobFilter;
  /** Where the step before has ended; left out: from the beginning. */
  readonly cursor?: string;
  /** Of a cancel: told to the worker, and kept. */
  readonly reason?: string;
}

/** One bounded step of an action on many jobs. */
export interface ActionStep {
  readonly matched: number;
  readonly acted: number;
  /** Null when all have been looked at. */
  readonly nextCursor: string | null;
}

/** A token bucket: `rate` starts in `perMs` on average, at most `burst` at once after a rest. */
export interface RateLimit {
  /** 1 … 1,000,000. */
  readonly rate: number;
  /** 1 … 86,400,000. */
  readonly perMs: number;
  /** 1 … 1,000,000. Defaults to `rate`. */
  readonly burst?: number;
}

/** How long ended jobs stay. Null: no such bound. */
export interface Retention {
  /** 0 … 10 years; 0: not kept. */
  readonly maxAgeMs?: number | null;
  /** 0 … 10,000,000; 0: not kept. */
  readonly maxCount?: number | null;
}

/** Changes to a queue's settings; what is left out stays, null takes a setting away. */
export interface QueueSettingsPatch {
  /**
   * Change nothing if the settings have another revision by now, unless they already are what is asked for. Defaults to
   * no such condition.
   */
  readonly ifRevision?: string;
  readonly rateLimit?: RateLimit | null;
  /** Live leases at once: 1 … 1,000,000. */
  readonly concurrency?: number | null;
  /** Ready and scheduled jobs beyond which enqueues are refused: 1 … 1,000,000,000. */
  readonly maxReady?: number | null;
  /** For requests that leave these open. */
  readonly defaults?: {
    readonly maxAttempts?: number | null;
    readonly maxCrashes?: number | null;
    readonly backoff?: Backoff | null;
    /** Advice to workers: the lease that they should ask for. 1,000 … 3,600,000. */
    readonly leaseMs?: number | null;
  };
  readonly retention?: {
    /** Of completed and cancelled jobs. Defaults to an hour and 1,000. */
    readonly completed?: Retention;
    /** Of dead jobs. Defaults to no bound: dead letters go only when asked to. */
    readonly dead?: Retention;
  };
}

/** The settings of a queue, defaults filled in. */
export interface QueueSettings {
  /** A digest of the settings, pause not among them: the same settings have the same revision. */
  readonly revision: string;
  readonly paused: boolean;
  readonly rateLimit: Required<RateLimit> | null;
  readonly concurrency: number | null;
  readonly maxReady: number | null;
  readonly defaults: {
    readonly maxAttempts: number;
    readonly maxCrashes: number;
    readonly backoff: Required<Backoff>;
    readonly leaseMs: number;
  };
  readonly retention: {
    readonly completed: Required<Retention>;
    readonly dead: Required<Retention>;
  };
}

/** What an idempotency key stands for. */
export interface IdempotencyEntry {
  readonly id: string;
  /** When the key is forgotten, ms. */
  readonly expiresAt: number;
}

/** What one run of the retention script did. */
export interface RetireResult {
  readonly removed: number;
  readonly deadRemoved: number;
  readonly more: boolean;
  /** How long until the next job is old enough; null: none waits for its age. */
  readonly nextInMs: number | null;
}

/** The totals and gauges of a queue at the end of a minute in which something changed. */
export interface MinuteTotals {
  /** Start of the minute, ms. */
  readonly at: number;
  readonly totals: Readonly<Record<string, number>>;
  /**
   * Jobs by state at that time; `oldestReadyAt`: since when the oldest ready one has waited, ms, where there was one;
   * `notedAt`: when that was, ms.
   */
  readonly gauges: Readonly<Record<string, number>>;
}

/** A worker or replica that gave a sign of life. */
export interface Member {
  readonly id: string;
  /** By Redis's clock, ms. */
  readonly lastSeenAt: number;
  /** What it says of itself. */
  readonly info: Readonly<Record<string, unknown>>;
}

/** What a doctor asks of a queue, read at one instant. */
export interface QueueInspection {
  readonly queue: string;
  /** Redis's clock, ms. */
  readonly at: number;
  /** What does not agree, in words; empty: all is well. */
  readonly problems: readonly string[];
  /** Due time of the earliest scheduled job, ms; null: none is scheduled. */
  readonly firstDueAt: number | null;
  /** Deadline of the lease that ends first, ms; null: nothing runs. */
  readonly firstDeadlineAt: number | null;
}
