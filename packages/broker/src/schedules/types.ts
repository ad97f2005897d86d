import type { EnqueueRequest } from '../types.ts';

/** What a schedule enqueues: a request without what the schedule itself decides. */
export type ScheduleJob = Omit<
  EnqueueRequest,
  'idempotencyKey' | 'idempotencyWindowMs' | 'runAt' | 'durability'
>;

/**
 * When a schedule fires, and what. A *tick* is one of its times, in ms since the epoch; each gives at most one job.
 * Either `cron` or `everyMs` is given.
 */
export interface ScheduleSpec {
  readonly queue: string;
  readonly job: ScheduleJob;
  /** Five fields (minute, hour, day, month, weekday) or six (seconds first), at most 200 characters; see docs/schedules.md. */
  readonly cron?: string;
  /** Name of the IANA time zone of `cron`. Defaults to `UTC`. */
  readonly timezone?: string;
  /** A tick at each multiple of this since the epoch: 1,000 … 31,622,400,000 (366 days). */
  readonly everyMs?: number;
  /** Added to each multiple: 0 … `everyMs` − 1. Defaults to 0. */
  readonly offsetMs?: number;
  /** No tick before, ms. */
  readonly startAt?: number;
  /** No tick after, ms. */
  readonly endAt?: number;
  /** So many ticks are fired in all: 1 … 1,000,000,000. */
  readonly limit?: number;
  /**
   * What becomes of ticks that could not be fired in time: none is, only the last one, or all up to `catchUp`. Defaults
   * to `last`.
   */
  readonly missed?: 'skip' | 'last' | 'all';
  /** Most ticks that are caught up with, or held by `overlap: "queue"`, the newest ones: 1 … 1,000. Defaults to 100. */
  readonly catchUp?: number;
  /** A tick fired within so long is late, not missed: 1,000 … 86,400,000. Defaults to 30,000. */
  readonly graceMs?: number;
  /**
   * While the job of the tick before waits or runs: fire all the same, leave the tick out, or hold it until that job has
   * ended. Defaults to `allow`.
   */
  readonly overlap?: 'allow' | 'skip' | 'queue';
}

/** When a schedule fires, without what. */
export type ScheduleTiming = Pick<
  ScheduleSpec,
  'cron' | 'timezone' | 'everyMs' | 'offsetMs' | 'startAt' | 'endAt'
>;

/** A schedule whose defaults are filled in. */
export interface ScheduleDefinition extends ScheduleSpec {
  readonly timezone: string;
  readonly offsetMs: number;
  readonly missed: 'skip' | 'last' | 'all';
  readonly catchUp: number;
  readonly graceMs: number;
  readonly overlap: 'allow' | 'skip' | 'queue';
}

/** What became of a tick. */
export interface ScheduleResult {
  /** Of a run by hand: when that was. */
  readonly tick: number;
  /** By Redis's clock, ms. */
  readonly at: number;
  /** `refused`: the queue did not take the job, see `reason`. */
  readonly outcome: 'enqueued' | 'skipped' | 'missed' | 'refused';
  readonly jobId?: string;
  /** Why not: `overlap`, `missed`, or the code of the error. */
  readonly reason?: string;
  readonly byHand?: boolean;
}

/** How a schedule stands. What is in `firing` is enqueued, whoever comes next, and only that ever is. */
export interface ScheduleState {
  readonly paused: boolean;
  /** The next tick; null: none will come. */
  readonly next: number | null;
  /** Decided upon, and perhaps enqueued. */
  readonly firing: readonly number[];
  /** Since when, ms. */
  readonly firingAt: number;
  /** What `firing` was decided under, where the schedule has been defined anew since. */
  readonly firingUnder?: ScheduleDefinition;
  /** Held by `overlap: "queue"`. */
  readonly waiting: readonly number[];
  /** The job of the last tick. */
  readonly last: { readonly queue: string; readonly id: string } | null;
  readonly counts: ScheduleCounts;
  /** The newest ten, oldest first. */
  readonly results: readonly ScheduleResult[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ScheduleCounts {
  /** Ticks that were fired, those that were refused too. */
  readonly fired: number;
  /** Ticks given up by the policy for missed ones; of a cron schedule after a long time, at least so many. */
  readonly missed: number;
  /** Ticks left out because of an overlap. */
  readonly skipped: number;
  /** Ticks whose job the queue did not take. */
  readonly refused: number;
}

/** A schedule, as it is shown. */
export interface Schedule extends ScheduleDefinition {
  readonly id: string;
  /** Of its definition: that is the same as long as this is. Pause is no part of it. */
  readonly revision: string;
  readonly paused: boolean;
  /** Null: paused, or it has come to its end. */
  readonly nextRunAt: number | null;
  /** Ticks held until the job before them has ended. */
  readonly waiting: readonly number[];
  readonly counts: ScheduleCounts;
  readonly results: readonly ScheduleResult[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What one look at a schedule did. */
export interface FireResult {
  /** `gone`: there is none. `lost`: somebody else changed it in the same moment. */
  readonly status: 'fired' | 'nothing' | 'gone' | 'lost';
  readonly results: readonly ScheduleResult[];
  /** When its loop must look at it again, by Redis's clock; null: not until it is changed. */
  readonly nextDueAt: number | null;
}
