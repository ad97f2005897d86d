/** A job, as its handler sees it. */
export interface WorkerJob<Payload = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  /** What the queue's validator makes of it, if it has one. */
  readonly payload: Payload;
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
  /** In ms since the epoch, by Relay's clock. */
  readonly createdAt: number;
}

/** The part of pino's interface used here; any logger with this shape works. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** What a handler may do besides computing its result. Each member can be taken out on its own. */
export interface JobContext {
  /**
   * Aborted when the handler should end: its `reason` is a {@link LeaseLostError},
   * {@link JobCancelledError}, {@link JobTimeoutError} or {@link WorkerStoppedError}.
   */
  readonly signal: AbortSignal;
  /** Same as `job.attempt`. */
  readonly attempt: number;
  /** Writes to the worker's logger with queue, job and attempt. */
  readonly log: Logger;
  /** Tells operators how far the job is; at most 4 KiB as JSON. Sent within a second. */
  readonly progress: (value: unknown) => void;
  /**
   * Extends the lease at once, before work that blocks the event loop.
   *
   * @param leaseMs From now on; 1,000 … 3,600,000. Defaults to the worker's lease.
   * @throws {LeaseLostError} when the job is no longer this worker's.
   */
  readonly extend: (leaseMs?: number) => Promise<void>;
  /** Ends the handler by throwing a {@link ReleaseError}: the job returns to its queue without counting an attempt. */
  readonly release: (delayMs?: number) => never;
}

/**
 * Runs one delivery of a job. What it returns is the job's result (as JSON; `undefined`: none), what
 * it throws is the error of a failed attempt.
 */
export type Handler<Payload = unknown, Result = unknown> = (
  job: WorkerJob<Payload>,
  context: JobContext,
) => Result | Promise<Result>;

/** Handlers by job type. */
export type Handlers<Jobs> = { readonly [T in keyof Jobs]?: Handler<Jobs[T]> };

/** Handlers by job type, or one for all; `never` lets a handler declare its own payload. */
export type AnyHandlers = Handler<never> | Readonly<Record<string, Handler<never>>>;

/** Why a worker lost a lease. */
export type LeaseLossCause = 'refused' | 'unconfirmed' | 'stale-settle' | 'unsettled';

/** Events of a worker: name → argument. */
export interface WorkerEvents {
  /** A handler is about to be called. */
  started: { readonly job: WorkerJob };
  /** The gateway accepted the outcome of a delivery; `state` is the job's new state. */
  settled: {
    readonly job: WorkerJob;
    readonly outcome: 'completed' | 'failed' | 'released';
    readonly state: string | undefined;
    readonly runMs: number;
    readonly error: unknown;
  };
  /** The lease was lost: this worker can no longer change the job. */
  lost: { readonly job: WorkerJob; readonly cause: LeaseLossCause };
  /** A handler ignored its aborted signal for too long; its slot was reused. */
  abandoned: { readonly job: WorkerJob };
  /** There is no handler for this job type. */
  unknownType: { readonly queue: string; readonly type: string };
  /** The gateway, not a job, has a problem; the worker keeps retrying. */
  error: { readonly op: 'claim' | 'settle' | 'extend'; readonly error: unknown };
  /** {@link RelayWorker.stop} was called: the worker has stopped claiming. */
  draining: Record<string, never>;
  /** The worker has stopped; this is the last event. */
  stopped: Record<string, never>;
}
