/** One ended delivery, as the broker tells of it. */
export interface EndedDelivery {
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
}

/** The part of the broker's job that the checks of a history look at. */
export interface FoundJob {
  readonly id: string;
  readonly state: 'scheduled' | 'ready' | 'active' | 'completed' | 'dead' | 'cancelled';
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly attempts: number;
  readonly crashes: number;
  readonly createdAt: number;
  readonly reason: string | null;
  readonly error: object | null;
  readonly history: readonly EndedDelivery[];
}

export type Outcome = 'complete' | 'fail' | 'release' | 'unhandled' | 'timeout';

/** What a client writes down, outside Redis, a line each. Times are ms of this machine's clock, unless said otherwise. */
export type HistoryEvent =
  /** A claim was answered. `start` and `until` by Redis's clock. */
  | {
      readonly e: 'claim';
      readonly id: string;
      readonly token: string;
      readonly worker: string;
      readonly start: number;
      readonly until: number;
      readonly attempt: number;
      readonly crashes: number;
    }
  /** A handler began; `intact`: it saw the payload of the enqueue. */
  | { readonly e: 'run'; readonly id: string; readonly token: string; readonly intact: boolean }
  /** A settlement is about to be sent. */
  | {
      readonly e: 'try';
      readonly n: number;
      readonly id: string;
      readonly token: string;
      readonly outcome: Outcome;
      /** The token is none that was ever given out for this job. */
      readonly foreign: boolean;
    }
  /** It was answered: the state of the job, or null for `lease-lost`. */
  | { readonly e: 'answer'; readonly n: number; readonly state: FoundJob['state'] | 'gone' | null }
  /** A heartbeat was answered; `until` is null for `lease-lost`. */
  | {
      readonly e: 'extend';
      readonly id: string;
      readonly token: string;
      readonly sent: number;
      readonly until: number | null;
    };

/** The payload of the n-th job: no two alike, and not only ASCII. */
export function payloadOf(n: number): string {
  return JSON.stringify({ n, text: `job ${n} é🦊`, fill: 'x'.repeat(n % 97) });
}
