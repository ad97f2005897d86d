import { RelayError, type RelayErrorCode } from '../errors.ts';

/**
 * What a thrown error asks for. A registered symbol, so that a handler may be given to this worker and
 * to the one of `@relay/consumer`, whichever package its errors come from.
 */
const INTENT: unique symbol = Symbol.for('relay.consumer.intent');

export type Intent =
  | { readonly kind: 'never-retry' }
  | { readonly kind: 'retry-later'; readonly delayMs: number }
  | { readonly kind: 'release'; readonly delayMs: number | undefined };

/** 30 days. */
const MAX_DELAY_MS = 2_592_000_000;

class HandlerError extends RelayError {
  constructor(name: string, code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = name;
  }
}

/** Throw it when a retry is pointless: the job becomes a dead letter immediately. */
export class NonRetryableError extends HandlerError {
  readonly [INTENT]: Intent = { kind: 'never-retry' };
  constructor(message: string, options?: ErrorOptions) {
    super('NonRetryableError', 'non-retryable', message, options);
  }
}

/** Throw it to fail the attempt and retry after exactly this delay, instead of the backoff. */
export class RetryLaterError extends HandlerError {
  readonly delayMs: number;
  readonly [INTENT]: Intent;
  /** @param delayMs 0 … 2,592,000,000 (30 days). */
  constructor(delayMs: number, message?: string, options?: ErrorOptions) {
    const said = message ?? `to be tried again in ${delayMs} ms`;
    super('RetryLaterError', 'retry-later', said, options);
    this.delayMs = checked(delayMs);
    this[INTENT] = { kind: 'retry-later', delayMs: this.delayMs };
  }
}

/** Throw it to return the job to its queue without counting an attempt. */
export class ReleaseError extends HandlerError {
  readonly [INTENT]: Intent;
  /** @param delayMs 0 … 2,592,000,000. Defaults to none: back at its old place. */
  constructor(delayMs?: number) {
    super('ReleaseError', 'release', 'the handler gave the job back');
    const delay = delayMs === undefined ? undefined : checked(delayMs);
    this[INTENT] = { kind: 'release', delayMs: delay };
  }
}

/** Reason of an aborted signal: the job was cancelled. */
export class JobCancelledError extends HandlerError {
  constructor(id: string) {
    super('JobCancelledError', 'cancelled', `job ${id} was cancelled`);
  }
}

/** Reason of an aborted signal: the job ran longer than its `timeoutMs`. */
export class JobTimeoutError extends HandlerError {
  constructor(id: string, timeoutMs: number) {
    super('JobTimeoutError', 'job-timeout', `job ${id} ran longer than its ${timeoutMs} ms`);
  }
}

/** Reason of an aborted signal: the worker is stopping and its drain time is over. */
export class WorkerStoppedError extends HandlerError {
  constructor() {
    super('WorkerStoppedError', 'worker-stopped', 'the worker stops and its time to drain is over');
  }
}

/** What a thrown value asks for; undefined for an ordinary failure. */
export function intentOf(error: unknown): Intent | undefined {
  return typeof error === 'object' && error !== null && INTENT in error
    ? (error[INTENT] as Intent)
    : undefined;
}

function checked(delayMs: number): number {
  if (delayMs >= 0 && delayMs <= MAX_DELAY_MS) return Math.ceil(delayMs);
  throw new RangeError(`a delay is 0 to ${MAX_DELAY_MS} ms, not ${delayMs}`);
}
