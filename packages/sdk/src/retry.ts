import { known, whole } from './options.ts';

/** How requests that are safe to repeat are retried. */
export interface RetryOptions {
  /** Total time for retries: 0 … 60,000. Defaults to 60,000. */
  readonly maxMs?: number;
  /** Upper bound of the first delay, doubled for each further one: 1 … 60,000. Defaults to 100. */
  readonly baseMs?: number;
  /** Maximum delay between two attempts: 1 … 60,000. Defaults to 5,000. */
  readonly capMs?: number;
}

export type RetryPolicy = Required<RetryOptions>;

/** Automatic idempotency keys live for 2 minutes; half of that is the longest that a retry may take. */
const LONGEST_MS = 60_000;

export function retryPolicy(options: RetryOptions | false = {}): RetryPolicy {
  if (options === false) return { maxMs: 0, baseMs: 0, capMs: 0 };
  known('retry', options, ['maxMs', 'baseMs', 'capMs']);
  const { maxMs = LONGEST_MS, baseMs = 100, capMs = 5_000 } = options;
  return {
    maxMs: whole('retry.maxMs', maxMs, 0, LONGEST_MS),
    baseMs: whole('retry.baseMs', baseMs, 1, LONGEST_MS),
    capMs: whole('retry.capMs', capMs, 1, LONGEST_MS),
  };
}

/** Between tries that do not end: of workers and of streams. */
export const ENDLESS: RetryPolicy = { maxMs: 0, baseMs: 100, capMs: 5_000 };

/** Full jitter: anything up to an exponential bound, so that clients that failed together part. */
export function backoff({ baseMs, capMs }: RetryPolicy, failures: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 20));
}

/** @throws the reason of the signal when it is aborted, at once. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the caller chose.
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
