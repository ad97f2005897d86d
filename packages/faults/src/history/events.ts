/**
 * The history of a run: what producers asked for, what handlers did, what was broken and when. Every process appends to
 * a file of its own, outside Redis, a line of JSON an event.
 *
 * `t` is ms of the machine's monotonic clock, which all processes share and which no fault shifts.
 */

/** What a job is there for. */
export type Kind =
  /** Done at its first attempt, after a few ms. */
  | 'plain'
  /** Fails at its first attempt, is done at its second. */
  | 'flaky'
  /** Fails at both of its attempts: dead. */
  | 'doomed'
  /** Runs for about as long as a lease. */
  | 'slow'
  /** Not due at once. */
  | 'delayed'
  /** Cancelled soon after its enqueue. */
  | 'cancelled'
  /** Kills the process that runs it. */
  | 'poison'
  /** Blocks the event loop that runs it. */
  | 'blocking';

/** A job as it is asked for. Its payload says all of this, so that a handler can tell whether it is intact. */
export interface Wanted {
  /** Number of the call: one n, one job. */
  readonly n: number;
  readonly kind: Kind;
  /** How long its handler works. */
  readonly workMs: number;
}

/** The queues of a run. */
export const MAIN = 'work';
/** Worked on by the bad client too, and under limits. */
export const CONTESTED = 'contested';

export type Via = 'sdk' | 'broker';

export type RunEvent =
  | {
      readonly e: 'invoke';
      readonly t: number;
      readonly n: number;
      readonly queue: string;
      readonly kind: Kind;
      readonly via: Via;
      readonly delayMs: number;
      readonly replicated: boolean;
      /** It has the idempotency key of this call, and another payload: it is to be refused. */
      readonly keyOf?: number;
    }
  /** Accepted. A second call with the same key has the same `n` and `again`. */
  | {
      readonly e: 'ok';
      readonly t: number;
      readonly n: number;
      readonly id: string;
      readonly duplicate: boolean;
      readonly again: boolean;
      /** Of a replicated enqueue: on so many replicas. */
      readonly replicas?: number;
    }
  /** Refused: nothing was accepted. */
  | { readonly e: 'fail'; readonly t: number; readonly n: number; readonly code: string }
  /** Refused as it had to be: its key stands for another payload. */
  | { readonly e: 'mismatch'; readonly t: number; readonly n: number }
  /** Nobody knows. */
  | { readonly e: 'unknown'; readonly t: number; readonly n: number; readonly code: string }
  | {
      readonly e: 'start';
      readonly t: number;
      readonly n: number;
      readonly id: string;
      readonly queue: string;
      readonly attempt: number;
      readonly crashes: number;
      /** Of this call of the handler. */
      readonly run: string;
      readonly by: string;
      readonly pid: number;
      readonly intact: boolean;
    }
  | {
      readonly e: 'end';
      readonly t: number;
      readonly run: string;
      readonly how: 'done' | 'failed' | 'aborted';
      /** Of an abort: the name of its reason. */
      readonly why?: string;
    }
  /** A worker learned that a lease was not its own any more. */
  | {
      readonly e: 'lost';
      readonly t: number;
      readonly id: string;
      readonly cause: string;
      readonly by: string;
    }
  | { readonly e: 'cancel'; readonly t: number; readonly id: string }
  | {
      readonly e: 'cancelled';
      readonly t: number;
      readonly id: string;
      readonly answer: 'cancelled' | 'active' | 'too-late' | 'unknown';
    }
  /** `at` by Redis's clock: after it, and before the next `resume`, nothing may be claimed. */
  | { readonly e: 'paused'; readonly t: number; readonly queue: string; readonly at: number }
  | { readonly e: 'resume'; readonly t: number; readonly queue: string; readonly at: number }
  /** Something was broken, or mended. */
  | {
      readonly e: 'fault';
      readonly t: number;
      readonly what: string;
      readonly pid?: number;
    }
  | { readonly e: 'heal'; readonly t: number; readonly what: string };

/** Now, by the clock of the history. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** Not only ASCII, and no two alike. */
export function payloadOf({ n, kind, workMs }: Wanted): { readonly [key: string]: unknown } {
  return { n, kind, workMs, text: `job ${n} é🦊`, fill: 'x'.repeat(Math.abs(n) % 97) };
}

/** What a payload asks for; null: it is none of ours, or was changed on its way. */
export function wantedIn(text: string): Wanted | null {
  const value = JSON.parse(text) as Partial<Wanted>;
  const { n, kind, workMs } = value;
  if (typeof n !== 'number' || typeof kind !== 'string' || typeof workMs !== 'number') return null;
  return JSON.stringify(payloadOf({ n, kind, workMs })) === text ? { n, kind, workMs } : null;
}
