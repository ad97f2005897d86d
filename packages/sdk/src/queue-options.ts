import type { JobState, ResultAnswer } from './generated/contract.ts';
import type { CallOptions } from './http.ts';

/** How a job ended; `result` is what its handler returned, falsy values as they were. */
export type JobResult<R = unknown> = Omit<ResultAnswer, 'result'> & { readonly result?: R };

/** How long to wait for a result. */
export interface ResultOptions extends CallOptions {
  /** How long to wait for the end: 0 … 2,147,483,647. Defaults to 30,000. */
  readonly timeoutMs?: number;
}

/** Which jobs are listed. */
export interface ListJobs extends CallOptions {
  readonly state: JobState;
  /** Only those of this job type. */
  readonly type?: string;
  /** Defaults to the order in which they run, or ended. */
  readonly order?: 'asc' | 'desc';
}

/** The range and resolution of a series. */
export interface SeriesOptions extends CallOptions {
  /** At most 24 hours back. Defaults to an hour ago. */
  readonly from?: string | Date;
  /** Interval between points; increased if there would be too many. Defaults to 60,000. */
  readonly stepMs?: number;
}
