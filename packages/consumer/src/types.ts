import type { Broker, DeadReason, JobState, WakeListener } from '@relay/broker';
import type { PayloadCodec } from './codecs.ts';

/**
 * The part of the broker that a worker needs. Tests use a fake where a real Redis would leave the
 * order of events to chance.
 */
export interface ConsumerBroker
  extends Pick<Broker, 'settleAndClaim' | 'extend' | 'nudge' | 'beat' | 'leave'> {
  /** A wake listener for this worker, on its own connection. */
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
  /** Ends the current wait, and closes the connection. */
  close(): Promise<void>;
}

/** The part of pino's interface used here; any logger with this shape works. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** A job, as its handler sees it. */
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
  /** Same as `job.attempt`. */
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
   * Ends the handler by throwing a {@link ReleaseError}: the job returns to its queue without counting an attempt.
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

/** A queue to serve. */
export interface QueueOption {
  /** Name of the queue; it need not exist yet. */
  readonly name: string;
  /** Maximum number of the worker's slots for this queue: 1 … 10,000. Defaults to all of them. */
  readonly concurrency?: number;
  /**
   * Its share of the slots while other queues have work too: with 3 beside 1 it gets three of four
   * slots. 1 … 1,000, defaults to 1.
   */
  readonly weight?: number;
}

/** How a delivery ended, according to the broker. */
export type AttemptOutcome =
  | 'completed'
  | 'failed'
  | 'timeout'
  | 'cancelled'
  | 'released'
  | 'unhandled'
  | 'lease_lost';

/** Why a worker lost a lease. */
export type LeaseLossCause =
  /** The broker refused a heartbeat: the job was reaped or settled by somebody else. */
  | 'refused'
  /** No heartbeat was confirmed before the deadline by this process's own clock. */
  | 'unconfirmed'
  /** The broker rejected the settlement: the handler finished too late. */
  | 'stale-settle'
  /** The settlement could not be sent before the lease expired. */
  | 'unsettled'
  /** The process that ran the job died: the lease was given up, and the delivery counts as a crash. */
  | 'crashed';

/** Events of a worker: name → argument. */
export interface WorkerEvents {
  /** A call brought new jobs. Emitted after their handlers were called, so that listeners do not delay them. */
  claimed: {
    readonly queue: string;
    readonly count: number;
    /** How long each of them was ready before it was claimed, by Redis's clock. */
    readonly waitMs: readonly number[];
  };
  /** A handler is about to be called. */
  started: { readonly job: Job };
  /** A delivery was settled, whatever its outcome; see the more specific events below. */
  settled: SettledEvent;
  /** The job completed. */
  completed: SettledEvent;
  /** The attempt failed or timed out; `state` is the job's new state. */
  failed: SettledEvent;
  /** The lease was lost: this worker can no longer change the job. */
  lost: { readonly job: Job; readonly cause: LeaseLossCause; readonly runMs: number };
  /** A handler ignored its aborted signal for too long; its slot was reused. */
  abandoned: { readonly job: Job };
  /**
   * A handler blocked the event loop for longer than half a heartbeat interval; emitted once it runs
   * again. `extended`: how many times the heartbeat thread extended a lease meanwhile.
   */
  blocked: { readonly blockedMs: number; readonly jobs: number; readonly extended: number };
  /** An operator asked this worker to stop claiming, or withdrew the request. */
  quiet: { readonly quiet: boolean };
  /** There is no handler for this job type; emitted once per type. */
  unknownType: { readonly queue: string; readonly type: string };
  /** The queue contained an id without a record; the broker has removed it. */
  ghost: { readonly queue: string; readonly id: string };
  /** The store, not a job, has a problem; the worker keeps retrying. */
  error: { readonly queue: string | null; readonly op: BrokerOp; readonly error: unknown };
  /** {@link Worker.stop} was called: the worker has stopped claiming. */
  draining: Record<string, never>;
  /** The worker has stopped; this is the last event. */
  stopped: Record<string, never>;
}

/** The broker call that failed. */
export type BrokerOp = 'settle-and-claim' | 'extend' | 'nudge' | 'wake';

/** A delivery that was settled. */
export interface SettledEvent {
  readonly job: Job;
  readonly outcome: Exclude<AttemptOutcome, 'lease_lost'>;
  /** Where the job is now; `gone`: completed, and the queue keeps no completed jobs. */
  readonly state: JobState | 'gone';
  /** Why it is dead; null unless `state` is `dead`. */
  readonly reason: DeadReason | null;
  /** Run time of the handler, in ms. */
  readonly runMs: number;
  /** What the handler threw; null unless the outcome is `failed`. */
  readonly error: unknown;
}

/** A second thread that extends the leases while a handler blocks the event loop. */
export interface HeartbeatThreadOptions {
  /** URL of Redis, for the thread's own connection. */
  readonly redis: string;
  /** The broker's namespace. Defaults to `relay`. */
  readonly namespace?: string;
  /** For how long it extends leases while the event loop is blocked: 1,000 … 86,400,000. Defaults to two leases. */
  readonly maxBlockedMs?: number;
}

/** Whether a worker makes progress; see {@link Worker.health}. */
export interface WorkerHealth {
  readonly ok: boolean;
  /** What makes no progress, one sentence each. */
  readonly reasons: readonly string[];
}

/** Options of a worker. */
export interface WorkerOptions {
  /** A `Broker` of `@relay/broker`. It stays open when the worker stops. */
  readonly broker: ConsumerBroker;
  /** The queues to serve, at least one: names, or names with limits of their own. The order has no significance. */
  readonly queues: readonly (string | QueueOption)[];
  /** One function for all job types, or functions by job type. */
  readonly handlers: Handlers;
  /** How many jobs may run at once across all queues: 1 … 10,000. Defaults to 10. */
  readonly concurrency?: number;
  /** How long the worker keeps a job without a heartbeat: 1,000 … 3,600,000. Defaults to 30,000. */
  readonly leaseMs?: number;
  /** Interval between heartbeats: 100 … leaseMs / 2. Defaults to leaseMs / 3. */
  readonly heartbeatMs?: number;
  /** How long {@link Worker.stop} waits for running jobs: 0 … 86,400,000. Defaults to 30,000. */
  readonly drainMs?: number;
  /** How long an aborted handler may keep running before its slot is reused: 0 … 3,600,000. Defaults to 5,000. */
  readonly abortGraceMs?: number;
  /** How long a job of an unknown type waits before another worker may try: 0 … 86,400,000. Defaults to 5,000. */
  readonly unhandledDelayMs?: number;
  /** How long to wait for a wake-up before polling a queue anyway: 50 … 60,000. Defaults to 5,000. */
  readonly pollMs?: number;
  /** Shown to operators; must match the pattern of names. Defaults to one made of host name and chance. */
  readonly workerId?: string;
  /** Logger for the worker's own messages. Defaults to none. */
  readonly logger?: Logger;
  /** Codecs for payloads whose headers name one. Defaults to none. */
  readonly codecs?: readonly PayloadCodec[];
  /**
   * Extends leases while a handler blocks the event loop. Defaults to none: such a handler loses its
   * lease, and the job runs again.
   */
  readonly heartbeatThread?: HeartbeatThreadOptions;
  /** Interval between reports to the worker registry: 0 (none) … 10,000. Defaults to 3,000. */
  readonly presenceMs?: number;
  /** Version of your program, shown to operators. Defaults to none. */
  readonly version?: string;
}
