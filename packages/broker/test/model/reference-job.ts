import type {
  Backoff,
  DeadReason,
  Delivery,
  JobError,
  JobState,
  QueueSettings,
} from '../../src/index.ts';

/** What the reference leaves open of an error or a message that the broker words by itself. */
export const ANY_TEXT = '*';

/** Bounds, both included, of a time that the broker draws at random. */
export type Between = readonly [earliest: number, latest: number];

export interface ModelLease {
  /** Empty until the claim's reply has told it. */
  token: string;
  readonly owner: string;
  readonly start: number;
  readonly leaseMs: number;
  /** The number of this delivery, from 1. */
  readonly number: number;
  deadline: number;
  cancelRequested: boolean;
}

export interface ModelJob {
  readonly id: string;
  readonly type: string;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly backoff: Required<Backoff>;
  readonly timeoutMs: number | null;
  readonly expiresInMs: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
  priority: number;
  payload: string;

  state: JobState;
  /** Since when it could have run if it has not failed yet: its creation, or the due time that it was given. */
  dueAt: number;
  /** When it became or becomes ready again after a delivery or a requeue; null: never so far. */
  readyAt: number | null;
  /** In `ready`: its place among those of its priority. Kept while it is active. */
  order: number;
  /** In `scheduled`: when it is due. */
  scheduledFor: number;
  /** Set while `scheduledFor` is known by its bounds only: the next look at Redis tells the choice. */
  drawn: Between | null;
  /** When it dies unless started; null once started, and without `expiresInMs`. */
  expiresAt: number | null;
  /** In `completed`, `dead`, `cancelled`: since when. */
  endedAt: number;
  lease: ModelLease | null;

  attempts: number;
  crashes: number;
  unhandled: number;
  reason: DeadReason | null;
  error: JobError | null;
  progress: string | null;
  result: string | null;
  history: Delivery[];
}

/** A request with what the queue decides for it filled in. */
export type NewJob = Pick<
  ModelJob,
  | 'id'
  | 'type'
  | 'priority'
  | 'payload'
  | 'maxAttempts'
  | 'maxCrashes'
  | 'backoff'
  | 'timeoutMs'
  | 'expiresInMs'
  | 'headers'
  | 'idempotencyKey'
  | 'createdAt'
  | 'dueAt'
>;

/** A job to which nothing has happened yet; it is not in its place. */
export function newJob(given: NewJob): ModelJob {
  return {
    ...given,
    state: 'ready',
    readyAt: null,
    order: 0,
    scheduledFor: 0,
    drawn: null,
    expiresAt: given.expiresInMs === null ? null : given.dueAt + given.expiresInMs,
    endedAt: 0,
    lease: null,
    attempts: 0,
    crashes: 0,
    unhandled: 0,
    reason: null,
    error: null,
    progress: null,
    result: null,
    history: [],
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object | null ? Mutable<T[K]> : T[K] };
/** Without the revision, which is a digest of the rest. */
export type ModelSettings = Mutable<Omit<QueueSettings, 'revision'>>;

export const DEFAULTS = {
  maxAttempts: 5,
  maxCrashes: 3,
  backoff: { type: 'exponential', baseMs: 1_000, capMs: 600_000, jitter: 'full' },
  leaseMs: 30_000,
} as const;

export function newSettings(): ModelSettings {
  return {
    paused: false,
    rateLimit: null,
    concurrency: null,
    maxReady: null,
    defaults: { ...DEFAULTS, backoff: { ...DEFAULTS.backoff } },
    retention: {
      completed: { maxAgeMs: 3_600_000, maxCount: 1_000 },
      dead: { maxAgeMs: null, maxCount: null },
    },
  };
}
