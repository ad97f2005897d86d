import type { Broker, JobState } from '@relay/broker';

/**
 * What a worker needs of the broker. Tests give it a fake where a real Redis would leave the order
 * of events to chance.
 */
export interface ConsumerBroker extends Pick<Broker, 'settleAndClaim' | 'extend' | 'nudge'> {
  wakeListener(): WakeSource;
}

/** Waits for work in any of some queues. One wait at a time. */
export interface WakeSource {
  /**
   * Resolves with the queue that has work, whose wake token is then taken; with null after
   * `timeoutMs`, when the signal is aborted, and early when the store is away.
   */
  wait(queues: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<string | null>;
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
   */
  readonly payload: Payload;
  /** The payload as it was enqueued, byte for byte. */
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
  /** Writes to the worker's log with queue, job and attempt. */
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

/** A queue to take jobs from. */
export interface QueueOption {
  readonly name: string;
  /** At most so many of the worker's slots: 1 … `concurrency`. Defaults to all of them. */
  readonly concurrency?: number;
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
  | 'unsettled';

/** What a worker tells: name of the event → its argument. */
export interface WorkerEvents {
  /** A call brought new jobs. */
  claimed: { readonly queue: string; readonly count: number };
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
  /** No handler for this job type; told once for each type. */
  unknownType: { readonly queue: string; readonly type: string };
  /** An id that stood in the queue without a record; the broker took it out. */
  ghost: { readonly queue: string; readonly id: string };
  /** The store, not a job, is in trouble; the worker goes on trying. */
  error: { readonly queue: string | null; readonly op: BrokerOp; readonly error: unknown };
  draining: Record<string, never>;
  stopped: Record<string, never>;
}

/** What was asked of the broker when it failed. */
export type BrokerOp = 'settle-and-claim' | 'extend' | 'nudge' | 'wake';

export interface SettledEvent {
  readonly job: Job;
  readonly outcome: Exclude<AttemptOutcome, 'lease_lost'>;
  /** Where the job is now; `gone`: completed, and the queue keeps no completed jobs. */
  readonly state: JobState | 'gone';
  /** From the call of the handler to its end, in ms. */
  readonly runMs: number;
  /** What the handler threw; null unless the outcome is `failed`. */
  readonly error: unknown;
}

export interface WorkerOptions {
  readonly broker: ConsumerBroker;
  /** At least one; names alone, or with their own limits. Earlier ones have no precedence. */
  readonly queues: readonly (string | QueueOption)[];
  readonly handlers: Handlers;
  /** How many jobs may run at once over all queues: 1 … 10,000. Defaults to 10. */
  readonly concurrency?: number;
  /** How long a job stays this worker's without a sign of life: 1,000 … 3,600,000. Defaults to 30,000. */
  readonly leaseMs?: number;
  /** Between two heartbeats: 100 … leaseMs / 2. Defaults to leaseMs / 3. */
  readonly heartbeatMs?: number;
  /** How long {@link Worker.stop} waits for running jobs. Defaults to 30,000. */
  readonly drainMs?: number;
  /** How long an aborted handler may go on before its slot is given away. Defaults to 5,000. */
  readonly abortGraceMs?: number;
  /** How long a job of an unknown type waits before somebody else may try. Defaults to 5,000. */
  readonly unhandledDelayMs?: number;
  /** Longest wait for a wake-up before a queue is looked at anyway. Defaults to 5,000. */
  readonly pollMs?: number;
  /** Shown to operators; matches the pattern of names. Defaults to one made of host name and chance. */
  readonly workerId?: string;
  /** Defaults to none. */
  readonly logger?: Logger;
}
