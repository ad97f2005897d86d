import type { Broker, DeadReason, JobState, WakeListener } from '@relay/broker';
import type { PayloadCodec } from './codecs.ts';

/**
 * What a worker needs of the broker. Tests give it a fake where a real Redis would leave the order
 * of events to chance.
 */
export interface ConsumerBroker
  extends Pick<Broker, 'settleAndClaim' | 'extend' | 'nudge' | 'beat' | 'leave'> {
  /** A listener of its own for this worker, on a connection of its own. */
  wakeListener(): WakeSource;
}

/** Waits for work in any of some queues. One wait at a time. */
export interface WakeSource {
  /**
   * Resolves with the queue that has work, whose wake token is then taken; with null after
   * `timeoutMs`, when the signal is aborted, and early when the store is away.
   */
  wait(queues: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<string | null>;
  /** See the broker's. Left out where a claim cannot stand behind the wait. */
  claimOnWake?: NonNullable<WakeListener['claimOnWake']>;
  /** Ends the wait that is under way, and gives the connection back. */
  close(): Promise<void>;
}

/** The part of pino's logger that is used here; any logger with this shape will do. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** A job as its handler sees it. */
export interface Job<Payload = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  /**
   * The parsed payload. It is parsed when it is first read, and the same value is returned after that.
   *
   * @throws {PayloadError} when the stored text is not JSON; left uncaught it ends the job as
   * `non-retryable`, since no further attempt can mend it.
   * @throws {CodecError} when it was encoded and cannot be decoded.
   */
  readonly payload: Payload;
  /** The payload as it was enqueued, byte for byte, and as its codecs left it. */
  readonly payloadText: string;
  /** Number of this delivery, from 1. */
  readonly attempt: number;
  /** Earlier deliveries whose lease expired. */
  readonly crashes: number;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  /** Null: no limit. */
  readonly timeoutMs: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** In ms since the epoch, by Redis's clock. */
  readonly createdAt: number;
}

/**
 * What a handler may do besides computing its result. Each member can be taken out on its own:
 * `async (job, { signal, log }) => …`.
 */
export interface JobContext {
  /**
   * Aborted when the handler should end: its `reason` is a {@link LeaseLostError},
   * {@link JobCancelledError}, {@link JobTimeoutError} or {@link WorkerStoppedError}.
   */
  readonly signal: AbortSignal;
  /** The same as `job.attempt`. */
  readonly attempt: number;
  /**
   * Writes to the worker's log with queue, job and attempt. The messages of the last 20 lines from
   * `info` on are kept with the job, at most 300 characters each; fields are not.
   */
  readonly log: Logger;
  /**
   * Tells operators how far the job is. The last value is sent within a second or with the next
   * heartbeat, whichever is earlier; nothing is awaited.
   *
   * @param value Anything that JSON can carry, at most 4 KiB as text.
   * @throws {ProgressError} when it is larger or cannot be serialised.
   */
  readonly progress: (value: unknown) => void;
  /**
   * Extends the lease at once, for instance before work that blocks the event loop and with it the
   * heartbeat.
   *
   * @param leaseMs From now on; 1,000 … 3,600,000. Defaults to the worker's lease.
   * @throws {LeaseLostError} when the job is no longer this worker's.
   * @throws {StoreUnavailableError} when Redis did not answer in time.
   */
  readonly extend: (leaseMs?: number) => Promise<void>;
  /**
   * Ends the handler by throwing a {@link ReleaseError}: the job goes back to its queue, at no cost.
   *
   * @param delayMs Defaults to none: at its old place.
   */
  readonly release: (delayMs?: number) => never;
}

/**
 * Runs one delivery of a job. What it returns is the job's result (as JSON; `undefined`: none), what
 * it throws is the error of a failed attempt.
 */
export type Handler<Payload = unknown, Result = unknown> = (
  job: Job<Payload>,
  context: JobContext,
) => Result | Promise<Result>;

/**
 * One handler for every type, or handlers by job type. `never` is what makes every handler fit,
 * whatever payload it declares: `(job: Job<Email>) => …`.
 */
export type Handlers = Handler<never> | Readonly<Record<string, Handler<never>>>;

/**
 * Runs around every handler: what it returns is the result, what it throws the error. `next()` runs
 * the next middleware, at last the handler, and may be called once.
 *
 * @example
 * ```ts
 * worker.use(async (job, { log }, next) => {
 *   const startedAt = performance.now();
 *   try {
 *     return await next();
 *   } finally {
 *     log.info({ ms: performance.now() - startedAt }, 'handled');
 *   }
 * });
 * ```
 */
export type Middleware = (job: Job, context: JobContext, next: () => Promise<unknown>) => unknown;

/** A queue to take jobs from. */
export interface QueueOption {
  /** Of the queue; it need not be there yet. */
  readonly name: string;
  /** At most so many of the worker's slots: 1 … 10,000. Defaults to all of them. */
  readonly concurrency?: number;
  /**
   * Its part of the slots while other queues have work too: with 3 beside 1 it gets three slots of
   * four. 1 … 1,000, defaults to 1.
   */
  readonly weight?: number;
}

/** How a delivery ended, by the answer of the broker. */
export type AttemptOutcome =
  | 'completed'
  | 'failed'
  | 'timeout'
  | 'cancelled'
  | 'released'
  | 'unhandled'
  | 'lease_lost';

/** Why a worker no longer holds a lease. */
export type LeaseLossCause =
  /** The broker refused a heartbeat: the job was reaped or settled by somebody else. */
  | 'refused'
  /** No heartbeat was confirmed before the deadline by this process's own clock. */
  | 'unconfirmed'
  /** The broker refused the settlement: what the handler did was done too late. */
  | 'stale-settle'
  /** The settlement could not be sent before the lease had gone. */
  | 'unsettled'
  /** What ran the job died: the lease was given up, and the delivery counts as a crash. */
  | 'crashed';

/** What a worker tells: name of the event → its argument. */
export interface WorkerEvents {
  /** A call brought new jobs. Told after their handlers were called: none shall wait for what listens here. */
  claimed: {
    readonly queue: string;
    readonly count: number;
    /** How long each of them was ready before it was claimed, by Redis's clock. */
    readonly waitMs: readonly number[];
  };
  /** A handler is about to be called. */
  started: { readonly job: Job };
  /** A delivery was settled, whatever its outcome; see the more special events below. */
  settled: SettledEvent;
  /** The job completed. */
  completed: SettledEvent;
  /** The attempt failed or timed out; `state` says what becomes of the job. */
  failed: SettledEvent;
  /** The lease has gone: nothing that this worker says about the job counts any more. */
  lost: { readonly job: Job; readonly cause: LeaseLossCause; readonly runMs: number };
  /** A handler ignored its aborted signal for too long; its slot was given to another job. */
  abandoned: { readonly job: Job };
  /**
   * A handler held up the event loop for longer than half a heartbeat; told when it turns again.
   * `extended`: how many times the heartbeat thread extended a lease meanwhile.
   */
  blocked: { readonly blockedMs: number; readonly jobs: number; readonly extended: number };
  /** An operator asked this worker to claim no more, or took that back. */
  quiet: { readonly quiet: boolean };
  /** No handler for this job type; told once for each type. */
  unknownType: { readonly queue: string; readonly type: string };
  /** An id that stood in the queue without a record; the broker took it out. */
  ghost: { readonly queue: string; readonly id: string };
  /** The store, not a job, is in trouble; the worker goes on trying. */
  error: { readonly queue: string | null; readonly op: BrokerOp; readonly error: unknown };
  /** {@link Worker.stop} was called: nothing is claimed any more. */
  draining: Record<string, never>;
  /** The worker has ended; the last event there is. */
  stopped: Record<string, never>;
}

/** What was asked of the broker when it failed. */
export type BrokerOp = 'settle-and-claim' | 'extend' | 'nudge' | 'wake';

/** A delivery that the broker has settled. */
export interface SettledEvent {
  readonly job: Job;
  readonly outcome: Exclude<AttemptOutcome, 'lease_lost'>;
  /** Where the job is now; `gone`: completed, and the queue keeps no completed jobs. */
  readonly state: JobState | 'gone';
  /** Why it is dead; null unless `state` is `dead`. */
  readonly reason: DeadReason | null;
  /** From the call of the handler to its end, in ms. */
  readonly runMs: number;
  /** What the handler threw; null unless the outcome is `failed`. */
  readonly error: unknown;
}

/** A second thread that keeps the leases while a handler blocks the event loop. */
export interface HeartbeatThreadOptions {
  /** URL of Redis, for the thread's own connection. */
  readonly redis: string;
  /** That of the broker. Defaults to `relay`. */
  readonly namespace?: string;
  /** For so long it extends leases while the event loop does not turn: 1,000 … 86,400,000. Defaults to two leases. */
  readonly maxBlockedMs?: number;
}

/** Whether a worker makes progress; see {@link Worker.health}. */
export interface WorkerHealth {
  readonly ok: boolean;
  /** What does not turn, one sentence each. */
  readonly reasons: readonly string[];
}

/** What a worker is made of. */
export interface WorkerOptions {
  /** Where the jobs come from: a `Broker` of `@relay/broker`. It stays open when the worker stops. */
  readonly broker: ConsumerBroker;
  /** At least one; names alone, or with their own limits. Earlier ones have no precedence. */
  readonly queues: readonly (string | QueueOption)[];
  /** What runs the jobs: one function for all types, or functions by job type. */
  readonly handlers: Handlers;
  /** How many jobs may run at once over all queues: 1 … 10,000. Defaults to 10. */
  readonly concurrency?: number;
  /** How long a job stays this worker's without a sign of life: 1,000 … 3,600,000. Defaults to 30,000. */
  readonly leaseMs?: number;
  /** Between two heartbeats: 100 … leaseMs / 2. Defaults to leaseMs / 3. */
  readonly heartbeatMs?: number;
  /** How long {@link Worker.stop} waits for running jobs: 0 … 86,400,000. Defaults to 30,000. */
  readonly drainMs?: number;
  /** How long an aborted handler may go on before its slot is given away: 0 … 3,600,000. Defaults to 5,000. */
  readonly abortGraceMs?: number;
  /** How long a job of an unknown type waits before somebody else may try: 0 … 86,400,000. Defaults to 5,000. */
  readonly unhandledDelayMs?: number;
  /** Longest wait for a wake-up before a queue is looked at anyway: 50 … 60,000. Defaults to 5,000. */
  readonly pollMs?: number;
  /** Shown to operators; matches the pattern of names. Defaults to one made of host name and chance. */
  readonly workerId?: string;
  /** Where the worker writes what it does. Defaults to none. */
  readonly logger?: Logger;
  /** How payloads may be encoded that name a codec in their headers. Defaults to none. */
  readonly codecs?: readonly PayloadCodec[];
  /**
   * Keeps leases while a handler computes without a pause. Defaults to none: such a handler loses its
   * lease in the open, and the job runs again.
   */
  readonly heartbeatThread?: HeartbeatThreadOptions;
  /** Between two signs of life in the registry of workers: 0 (none) … 10,000. Defaults to 3,000. */
  readonly presenceMs?: number;
  /** Of your program, for operators. Defaults to none. */
  readonly version?: string;
}
