// Generated from @relay/contract by `pnpm --filter @relay/sdk generate`. Do not edit.

export type JobState = 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled';

export type DeadReason =
  | 'attempts-exhausted'
  | 'crashed'
  | 'non-retryable'
  | 'expired'
  | 'unhandled'
  | 'corrupt';

export interface EnqueueAnswer {
  readonly id: string;
  readonly queue: string;
  readonly state: 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled' | 'gone';
  readonly duplicate: boolean;
  /** For a replicated job: how many replicas have it. 0: only the primary. */
  readonly replicas?: number;
}

export type ProblemError =
  | {
      readonly pointer: string;
      readonly detail: string;
    }
  | {
      readonly parameter: string;
      readonly detail: string;
    };

export interface ItemProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly (
    | {
        readonly pointer: string;
        readonly detail: string;
      }
    | {
        readonly parameter: string;
        readonly detail: string;
      }
  )[];
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly (
    | {
        readonly pointer: string;
        readonly detail: string;
      }
    | {
        readonly parameter: string;
        readonly detail: string;
      }
  )[];
  readonly instance: string;
  readonly requestId: string;
}

export interface BulkAnswer {
  readonly results: readonly {
    readonly index: number;
    readonly status: number;
    readonly id?: string;
    readonly state?: 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled' | 'gone';
    readonly duplicate?: boolean;
    readonly replicas?: number;
    readonly problem?: {
      readonly type: string;
      readonly title: string;
      readonly status: number;
      readonly detail: string;
      readonly errors?: readonly (
        | {
            readonly pointer: string;
            readonly detail: string;
          }
        | {
            readonly parameter: string;
            readonly detail: string;
          }
      )[];
    };
  }[];
  readonly created: number;
  readonly duplicates: number;
  readonly failed: number;
}

export interface JobSummary {
  readonly id: string;
  readonly queue: string;
  readonly state: 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled';
  readonly type: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly backoff: {
    readonly type: 'exponential' | 'fixed';
    readonly baseMs: number;
    readonly capMs: number;
    readonly jitter: 'full' | 'none';
  };
  readonly timeoutMs: number | null;
  readonly expiresInMs: number | null;
  readonly idempotencyKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly crashes: number;
  readonly createdAt: string;
  readonly runAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly leaseExpiresAt: string | null;
  readonly workerId: string | null;
  readonly reason:
    | 'attempts-exhausted'
    | 'crashed'
    | 'non-retryable'
    | 'expired'
    | 'unhandled'
    | 'corrupt'
    | null;
  readonly error: {
    readonly name: string;
    readonly message: string;
  } | null;
  /** Any JSON value of depth ≤ 128; stored byte for byte. */
  readonly progress: unknown;
}

export interface Job {
  readonly id: string;
  readonly queue: string;
  readonly state: 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled';
  readonly type: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly backoff: {
    readonly type: 'exponential' | 'fixed';
    readonly baseMs: number;
    readonly capMs: number;
    readonly jitter: 'full' | 'none';
  };
  readonly timeoutMs: number | null;
  readonly expiresInMs: number | null;
  readonly idempotencyKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly crashes: number;
  readonly createdAt: string;
  readonly runAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly leaseExpiresAt: string | null;
  readonly workerId: string | null;
  readonly reason:
    | 'attempts-exhausted'
    | 'crashed'
    | 'non-retryable'
    | 'expired'
    | 'unhandled'
    | 'corrupt'
    | null;
  readonly error: {
    readonly name: string;
    readonly message: string;
    readonly stack?: string;
  } | null;
  /** Any JSON value of depth ≤ 128; stored byte for byte. */
  readonly progress: unknown;
  /** Any JSON value of depth ≤ 128; stored byte for byte. */
  readonly payload: unknown;
  /** Any JSON value of depth ≤ 128; stored byte for byte. */
  readonly result: unknown;
  readonly history: readonly {
    readonly number: number;
    readonly outcome:
      | 'completed'
      | 'failed'
      | 'timeout'
      | 'crashed'
      | 'released'
      | 'cancelled'
      | 'unhandled';
    readonly startedAt: string;
    readonly endedAt: string;
    readonly workerId: string;
    readonly message: string | null;
  }[];
  readonly logs?: {
    readonly number: number;
    readonly lines: readonly {
      readonly at: string;
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
    }[];
  };
}

export interface ResultAnswer {
  readonly state: 'completed' | 'dead' | 'cancelled';
  /** Any JSON value of depth ≤ 128; stored byte for byte. */
  readonly result?: unknown;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly stack?: string;
  };
}

export interface PendingAnswer {
  readonly state: 'scheduled' | 'ready' | 'active';
}

export interface JobPlace {
  readonly id: string;
  readonly queue: string;
  readonly state: 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled';
}

export interface IdempotencyAnswer {
  readonly id: string;
  readonly expiresAt: string;
}

export interface Lease {
  readonly leaseToken: string;
  readonly expiresAt: string;
  readonly job: {
    readonly id: string;
    readonly queue: string;
    readonly type: string;
    /** Any JSON value of depth ≤ 128; stored byte for byte. */
    readonly payload: unknown;
    /** Number of this delivery, including crashes. */
    readonly attempt: number;
    readonly crashes: number;
    readonly priority: number;
    readonly maxAttempts: number;
    readonly maxCrashes: number;
    readonly timeoutMs: number | null;
    readonly headers: Readonly<Record<string, string>>;
    readonly createdAt: string;
  };
}

export interface ClaimAnswer {
  readonly leases: readonly {
    readonly leaseToken: string;
    readonly expiresAt: string;
    readonly job: {
      readonly id: string;
      readonly queue: string;
      readonly type: string;
      /** Any JSON value of depth ≤ 128; stored byte for byte. */
      readonly payload: unknown;
      /** Number of this delivery, including crashes. */
      readonly attempt: number;
      readonly crashes: number;
      readonly priority: number;
      readonly maxAttempts: number;
      readonly maxCrashes: number;
      readonly timeoutMs: number | null;
      readonly headers: Readonly<Record<string, string>>;
      readonly createdAt: string;
    };
  }[];
  /** How long a rate limit will delay the next job. */
  readonly retryAfterMs?: number;
}

export interface SettleAnswer {
  readonly results: readonly {
    readonly index: number;
    readonly status: 'settled' | 'lease-lost' | 'unavailable';
    readonly state?: 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled' | 'gone';
  }[];
}

export interface ExtendAnswer {
  readonly results: readonly {
    readonly index: number;
    readonly status: 'extended' | 'lease-lost' | 'unavailable';
    readonly expiresAt?: string;
    readonly cancelRequested?: boolean;
  }[];
}

export interface QueueSummary {
  readonly name: string;
  readonly paused: boolean;
  readonly counts: {
    readonly scheduled: number;
    readonly ready: number;
    readonly active: number;
    readonly completed: number;
    readonly dead: number;
    readonly cancelled: number;
  };
  readonly oldestReadyMs: number | null;
  readonly rates: {
    readonly enqueuedPerSec: number;
    readonly startedPerSec: number;
    readonly completedPerSec: number;
    readonly failedPerSec: number;
    readonly deadPerSec: number;
  };
}

export interface QueueConfig {
  /** Identifies the settings: it changes whenever they do. */
  readonly revision: string;
  readonly rateLimit: {
    readonly rate: number;
    readonly perMs: number;
    readonly burst: number;
  } | null;
  readonly concurrency: number | null;
  readonly maxReady: number | null;
  readonly defaults: {
    readonly maxAttempts: number;
    readonly maxCrashes: number;
    readonly backoff: {
      readonly type: 'exponential' | 'fixed';
      readonly baseMs: number;
      readonly capMs: number;
      readonly jitter: 'full' | 'none';
    };
    readonly leaseMs: number;
  };
  readonly retention: {
    readonly completed: {
      readonly maxAgeMs: number | null;
      readonly maxCount: number | null;
    };
    readonly dead: {
      readonly maxAgeMs: number | null;
      readonly maxCount: number | null;
    };
  };
}

export interface QueueDetail {
  readonly name: string;
  readonly paused: boolean;
  readonly counts: {
    readonly scheduled: number;
    readonly ready: number;
    readonly active: number;
    readonly completed: number;
    readonly dead: number;
    readonly cancelled: number;
  };
  readonly oldestReadyMs: number | null;
  readonly rates: {
    readonly enqueuedPerSec: number;
    readonly startedPerSec: number;
    readonly completedPerSec: number;
    readonly failedPerSec: number;
    readonly deadPerSec: number;
  };
  readonly config: {
    /** Identifies the settings: it changes whenever they do. */
    readonly revision: string;
    readonly rateLimit: {
      readonly rate: number;
      readonly perMs: number;
      readonly burst: number;
    } | null;
    readonly concurrency: number | null;
    readonly maxReady: number | null;
    readonly defaults: {
      readonly maxAttempts: number;
      readonly maxCrashes: number;
      readonly backoff: {
        readonly type: 'exponential' | 'fixed';
        readonly baseMs: number;
        readonly capMs: number;
        readonly jitter: 'full' | 'none';
      };
      readonly leaseMs: number;
    };
    readonly retention: {
      readonly completed: {
        readonly maxAgeMs: number | null;
        readonly maxCount: number | null;
      };
      readonly dead: {
        readonly maxAgeMs: number | null;
        readonly maxCount: number | null;
      };
    };
  };
}

export interface QueueStats {
  readonly ready: number;
  readonly scheduled: number;
  readonly active: number;
  readonly completed: number;
  readonly dead: number;
  readonly cancelled: number;
  readonly oldestReadyMs: number | null;
  readonly enqueuedTotal: number;
  readonly completedTotal: number;
  readonly failedTotal: number;
  readonly deadTotal: number;
  readonly enqueuedPerSec: number;
  readonly completedPerSec: number;
}

export interface Series {
  readonly metric:
    | 'enqueued'
    | 'started'
    | 'completed'
    | 'failed'
    | 'dead'
    | 'crashed'
    | 'ready'
    | 'active'
    | 'oldestReadyMs'
    | 'waitMsP50'
    | 'waitMsP95'
    | 'runMsP50'
    | 'runMsP95';
  readonly stepMs: number;
  readonly points: readonly {
    readonly at: string;
    /** Null: unknown. */
    readonly value: number | null;
  }[];
}

export interface VersionAnswer {
  readonly service: 'api-gateway';
  readonly version: string;
  readonly api: 'v1';
  readonly minClientVersion: string;
}

export interface OperationStarted {
  readonly operationId: string;
}

export interface MatchedAnswer {
  readonly matched: number;
}

export interface Operation {
  readonly id: string;
  readonly kind: 'cancel' | 'retry' | 'delete' | 'promote';
  readonly queue: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** Jobs that were acted on. */
  readonly done: number;
  /** Jobs that matched at the start; null: not counted yet. */
  readonly total: number | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  /** Why it failed. */
  readonly problem: string | null;
}

export interface RequeueAnswer {
  readonly id: string;
  readonly queue: string;
  readonly state: 'ready';
}

export interface DeadLetterGroup {
  readonly group: string;
  readonly queue: string;
  readonly reason:
    | 'attempts-exhausted'
    | 'crashed'
    | 'non-retryable'
    | 'expired'
    | 'unhandled'
    | 'corrupt'
    | null;
  /** Ids, numbers and quoted strings are removed. */
  readonly error: {
    readonly name: string;
    readonly message: string;
  } | null;
  readonly count: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly sample: {
    readonly id: string;
    readonly type: string;
    readonly message: string | null;
  };
}

export interface GroupsAnswer {
  readonly items: readonly {
    readonly group: string;
    readonly queue: string;
    readonly reason:
      | 'attempts-exhausted'
      | 'crashed'
      | 'non-retryable'
      | 'expired'
      | 'unhandled'
      | 'corrupt'
      | null;
    /** Ids, numbers and quoted strings are removed. */
    readonly error: {
      readonly name: string;
      readonly message: string;
    } | null;
    readonly count: number;
    readonly firstSeenAt: string;
    readonly lastSeenAt: string;
    readonly sample: {
      readonly id: string;
      readonly type: string;
      readonly message: string | null;
    };
  }[];
  readonly newestPerQueue: 1000;
  /** True if there are more dead letters than were read. */
  readonly partial: boolean;
}

export interface WorkerSummary {
  readonly id: string;
  /** `http`: it claims over HTTP. */
  readonly kind: 'process' | 'http';
  readonly host: string | null;
  readonly pid: number | null;
  readonly version: string | null;
  readonly queues: readonly string[];
  readonly slots: number | null;
  readonly busy: number | null;
  readonly draining: boolean;
  readonly quiet: boolean | null;
  readonly startedAt: string | null;
  readonly lastSeenAt: string;
}

export interface QuietAnswer {
  readonly id: string;
  readonly quiet: boolean;
}

export interface Overview {
  readonly at: string;
  readonly queues: number;
  readonly workers: {
    readonly live: number;
    readonly slots: number;
    readonly busy: number;
  };
  readonly tiles: {
    readonly enqueuedPerSec: number;
    readonly finishedPerSec: number;
    readonly failedPerSec: number;
    readonly ready: number;
    readonly scheduled: number;
    readonly active: number;
    readonly dead: number;
    readonly oldestReadyMs: number | null;
  };
  readonly attention: {
    readonly oldest: readonly {
      readonly queue: string;
      readonly ready: number;
      readonly oldestReadyMs: number;
    }[];
    readonly deadGrowing: readonly {
      readonly queue: string;
      readonly dead: number;
      readonly deadPerSec: number;
    }[];
    readonly withoutWorkers: readonly {
      readonly queue: string;
      readonly ready: number;
      readonly oldestReadyMs: number | null;
    }[];
    readonly pausedWithBacklog: readonly {
      readonly queue: string;
      readonly ready: number;
    }[];
  };
  readonly chart: {
    readonly stepMs: number;
    readonly points: readonly {
      readonly at: string;
      readonly enqueued: number;
      readonly completed: number;
      readonly failed: number;
      readonly waitMsP50: number | null;
      readonly waitMsP95: number | null;
    }[];
  };
  readonly redis: {
    readonly product: string;
    readonly version: string;
    readonly memoryUsedBytes: number | null;
    /** Null: no limit. */
    readonly memoryMaxBytes: number | null;
    readonly evictionPolicy: string | null;
    readonly appendOnly: boolean | null;
  };
  readonly loops: {
    readonly replicas: readonly {
      readonly id: string;
      readonly host: string | null;
      readonly lastSeenAt: string;
    }[];
    /** Null: no reaper-promoter is running. */
    readonly lastSeenAt: string | null;
  };
  /** True if there are more queues than were read. */
  readonly partial: boolean;
}

export interface EventQueue {
  readonly name: string;
  readonly paused: boolean;
  readonly counts: {
    readonly scheduled: number;
    readonly ready: number;
    readonly active: number;
    readonly completed: number;
    readonly dead: number;
    readonly cancelled: number;
  };
  readonly oldestReadyMs: number | null;
  readonly rates: {
    readonly enqueuedPerSec: number;
    readonly startedPerSec: number;
    readonly completedPerSec: number;
    readonly failedPerSec: number;
    readonly deadPerSec: number;
  };
}

export interface EventData {
  readonly queues: readonly {
    readonly name: string;
    readonly paused: boolean;
    readonly counts: {
      readonly scheduled: number;
      readonly ready: number;
      readonly active: number;
      readonly completed: number;
      readonly dead: number;
      readonly cancelled: number;
    };
    readonly oldestReadyMs: number | null;
    readonly rates: {
      readonly enqueuedPerSec: number;
      readonly startedPerSec: number;
      readonly completedPerSec: number;
      readonly failedPerSec: number;
      readonly deadPerSec: number;
    };
  }[];
  readonly removed?: readonly string[];
}

export interface Schedule {
  readonly id: string;
  /** Identifies the definition: it changes whenever the definition does. Pausing does not change it. */
  readonly revision: string;
  readonly queue: string;
  /** As it was sent. */
  readonly job: Readonly<Record<string, unknown>>;
  readonly cron: string | null;
  readonly timezone: string;
  readonly everyMs: number | null;
  readonly offsetMs: number;
  readonly startAt: string | null;
  readonly endAt: string | null;
  readonly limit: number | null;
  readonly missed: 'skip' | 'last' | 'all';
  readonly catchUp: number;
  readonly graceMs: number;
  readonly overlap: 'allow' | 'skip' | 'queue';
  readonly paused: boolean;
  readonly nextRunAt: string | null;
  /** Ticks held until the previous job has finished. */
  readonly waiting: number;
  readonly counts: {
    readonly fired: number;
    readonly missed: number;
    readonly skipped: number;
    readonly refused: number;
  };
  /** The ten most recent, oldest first. */
  readonly results: readonly {
    readonly tick: string;
    readonly at: string;
    readonly outcome: 'enqueued' | 'skipped' | 'missed' | 'refused';
    readonly jobId: string | null;
    readonly reason: string | null;
    readonly byHand: boolean;
  }[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ScheduleRun {
  readonly jobId: string;
  readonly queue: string;
  readonly duplicate: boolean;
}

export interface SchedulePreview {
  readonly runs: readonly string[];
}

export interface EnqueueRequest {
  /** Any JSON value of depth ≤ 128; stored byte for byte. */
  readonly payload: unknown;
  /** Selects the handler; `default`. */
  readonly type?: string;
  /** Higher runs first; 0. */
  readonly priority?: number;
  readonly delayMs?: number;
  readonly runAt?: string;
  readonly idempotencyKey?: string;
  readonly idempotencyWindowMs?: number;
  readonly maxAttempts?: number;
  readonly maxCrashes?: number;
  readonly backoff?: {
    readonly type?: 'exponential' | 'fixed';
    readonly baseMs?: number;
    readonly capMs?: number;
    readonly jitter?: 'full' | 'none';
  };
  readonly timeoutMs?: number;
  readonly expiresInMs?: number;
  readonly durability?: 'local' | 'replicated';
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ClaimRequest {
  readonly workerId: string;
  readonly queues: readonly string[];
  /** Maximum number of jobs; 1. */
  readonly max?: number;
  /** 30,000. */
  readonly leaseMs?: number;
  /** How long to wait if no job is ready; 0. */
  readonly waitMs?: number;
}

export type Settlement =
  | {
      readonly leaseToken: string;
      readonly outcome: 'complete';
      /** Any JSON value of depth ≤ 128; stored byte for byte. */
      readonly result?: unknown;
    }
  | {
      readonly leaseToken: string;
      readonly outcome: 'fail';
      readonly error: {
        readonly name: string;
        readonly message: string;
        readonly stack?: string;
      };
      readonly retry?: 'auto' | 'never';
      readonly retryInMs?: number;
    }
  | {
      readonly leaseToken: string;
      readonly outcome: 'release';
      readonly delayMs?: number;
    };

export interface ExtendItem {
  readonly leaseToken: string;
  readonly leaseMs: number;
  /** Any JSON value of depth ≤ 128; stored byte for byte. */
  readonly progress?: unknown;
}

export interface JobChange {
  readonly priority?: number;
  readonly runAt?: string;
}

export interface JobActionRequest {
  readonly action: 'cancel' | 'retry' | 'delete' | 'promote';
  readonly filter: {
    readonly state?: 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled';
    readonly type?: string;
    readonly before?: string;
    readonly ids?: readonly string[];
  };
  readonly reason?: string;
  readonly dryRun?: boolean;
}

export interface QueuePatch {
  /** Change nothing if the settings have another revision by now, unless they already are what is asked for. */
  readonly ifRevision?: string;
  readonly rateLimit?: {
    readonly rate: number;
    readonly perMs: number;
    readonly burst?: number;
  } | null;
  readonly concurrency?: number | null;
  readonly maxReady?: number | null;
  readonly defaults?: {
    readonly maxAttempts?: number | null;
    readonly maxCrashes?: number | null;
    readonly backoff?: {
      readonly type?: 'exponential' | 'fixed';
      readonly baseMs?: number;
      readonly capMs?: number;
      readonly jitter?: 'full' | 'none';
    } | null;
    readonly leaseMs?: number | null;
  };
  readonly retention?: {
    readonly completed?: {
      readonly maxAgeMs?: number | null;
      readonly maxCount?: number | null;
    };
    readonly dead?: {
      readonly maxAgeMs?: number | null;
      readonly maxCount?: number | null;
    };
  };
}

export interface RequeueManyRequest {
  readonly filter: {
    readonly reason?:
      | 'attempts-exhausted'
      | 'crashed'
      | 'non-retryable'
      | 'expired'
      | 'unhandled'
      | 'corrupt';
    readonly type?: string;
    /** Died before this time. */
    readonly before?: string;
    readonly group?: string;
  };
  readonly ratePerSec?: number;
  readonly dryRun?: boolean;
}

export interface PurgeDeadLettersRequest {
  readonly filter: {
    readonly reason?:
      | 'attempts-exhausted'
      | 'crashed'
      | 'non-retryable'
      | 'expired'
      | 'unhandled'
      | 'corrupt';
    readonly type?: string;
    /** Died before this time. */
    readonly before?: string;
    readonly group?: string;
  };
  readonly dryRun?: boolean;
}

export interface PurgeRequest {
  readonly states: readonly ('scheduled' | 'ready' | 'completed' | 'dead' | 'cancelled')[];
  /** The name of the queue, repeated as confirmation. */
  readonly confirm: string;
}

export interface ScheduleRequest {
  readonly queue: string;
  readonly job: {
    /** Any JSON value of depth ≤ 128; stored byte for byte. */
    readonly payload: unknown;
    /** Selects the handler; `default`. */
    readonly type?: string;
    /** Higher runs first; 0. */
    readonly priority?: number;
    readonly delayMs?: number;
    readonly maxAttempts?: number;
    readonly maxCrashes?: number;
    readonly backoff?: {
      readonly type?: 'exponential' | 'fixed';
      readonly baseMs?: number;
      readonly capMs?: number;
      readonly jitter?: 'full' | 'none';
    };
    readonly timeoutMs?: number;
    readonly expiresInMs?: number;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Five fields (minute, hour, day, month, weekday), or six with seconds first. */
  readonly cron?: string;
  /** IANA time zone of `cron`; `UTC`. */
  readonly timezone?: string;
  readonly everyMs?: number;
  readonly offsetMs?: number;
  readonly startAt?: string;
  readonly endAt?: string;
  readonly limit?: number;
  /** What to do with ticks that could not fire in time; `last`. */
  readonly missed?: 'skip' | 'last' | 'all';
  readonly catchUp?: number;
  readonly graceMs?: number;
  /** Define nothing if it has another revision by now, or null: if there is one of this name; unless it is defined like this already. */
  readonly ifRevision?: string | null;
  /** What to do while the previous job is waiting or running; `allow`. */
  readonly overlap?: 'allow' | 'skip' | 'queue';
  readonly paused?: boolean;
}

export type SeriesMetric =
  | 'enqueued'
  | 'started'
  | 'completed'
  | 'failed'
  | 'dead'
  | 'crashed'
  | 'ready'
  | 'active'
  | 'oldestReadyMs'
  | 'waitMsP50'
  | 'waitMsP95'
  | 'runMsP50'
  | 'runMsP95';

/** What a problem of the API is called; it never changes its meaning. */
export type ProblemSlug =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'timeout'
  | 'invalid-state'
  | 'revision-mismatch'
  | 'lease-lost'
  | 'too-large'
  | 'uri-too-long'
  | 'unsupported-media-type'
  | 'expectation-failed'
  | 'validation'
  | 'idempotency-mismatch'
  | 'rate-limited'
  | 'queue-full'
  | 'headers-too-large'
  | 'internal'
  | 'store-unavailable'
  | 'store-full';
