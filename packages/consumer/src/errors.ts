/** Stable codes of the errors of this package. They never change their meaning. */
export type ConsumerErrorCode =
  | 'non-retryable'
  | 'retry-later'
  | 'release'
  | 'invalid-payload'
  | 'codec'
  | 'crashed'
  | 'invalid-result'
  | 'illegible-error'
  | 'invalid-progress'
  | 'lease-lost'
  | 'cancelled'
  | 'timeout'
  | 'worker-stopped'
  | 'invalid-options';

/**
 * What a thrown error asks for. Marked by a registered symbol rather than by `instanceof`, so that a
 * handler bundled with its own copy of this package is understood too.
 */
export const INTENT: unique symbol = Symbol.for('relay.consumer.intent');

/** See {@link INTENT}. */
export type Intent =
  | { readonly kind: 'never-retry' }
  | { readonly kind: 'retry-later'; readonly delayMs: number }
  | { readonly kind: 'release'; readonly delayMs: number | undefined }
  | { readonly kind: 'crash' };

/** Longest delay that the broker takes: 30 days. */
const MAX_DELAY_MS = 2_592_000_000;

/** Base of every error of this package. Switch on `code`, never on the message. */
export abstract class ConsumerError extends Error {
  abstract readonly code: ConsumerErrorCode;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Throw it when a retry is pointless: the job becomes a dead letter immediately. */
export class NonRetryableError extends ConsumerError {
  readonly code: 'non-retryable' | 'invalid-payload' = 'non-retryable';
  readonly [INTENT]: Intent = { kind: 'never-retry' };
}

/** The stored payload is not JSON. */
export class PayloadError extends NonRetryableError {
  override readonly code = 'invalid-payload';
}

/**
 * The payload has a codec that this worker does not know, or cannot be decoded. A failed attempt, not
 * the end of the job: another worker, or this one with newer keys, may be able to decode it.
 */
export class CodecError extends ConsumerError {
  readonly code = 'codec';
}

/**
 * Throw it when the process that ran the job died, such as a child process: the delivery counts as a
 * crash. Its lease is cut to one second and given up, so that the reaper treats the job like any other
 * crash, including the dead letter after `maxCrashes`.
 */
export class CrashError extends ConsumerError {
  readonly code = 'crashed';
  readonly [INTENT]: Intent = { kind: 'crash' };
}

/** Throw it to fail the attempt and retry after exactly this delay, instead of the backoff. */
export class RetryLaterError extends ConsumerError {
  readonly code = 'retry-later';
  readonly delayMs: number;
  readonly [INTENT]: Intent;

  /** @param delayMs 0 … 2,592,000,000 (30 days). */
  constructor(delayMs: number, message?: string, options?: ErrorOptions) {
    super(message ?? `to be tried again in ${delayMs} ms`, options);
    this.delayMs = checkedDelay(delayMs);
    this[INTENT] = { kind: 'retry-later', delayMs: this.delayMs };
  }
}

/** Throw it to return the job to its queue without counting an attempt. */
export class ReleaseError extends ConsumerError {
  readonly code = 'release';
  readonly [INTENT]: Intent;

  /** @param delayMs 0 … 2,592,000,000. Defaults to none: back at its old place. */
  constructor(delayMs?: number) {
    super('the handler gave the job back');
    const checked = delayMs === undefined ? undefined : checkedDelay(delayMs);
    this[INTENT] = { kind: 'release', delayMs: checked };
  }
}

/** The handler's result cannot be stored: too large, or not serialisable. A failed attempt. */
export class ResultError extends ConsumerError {
  readonly code = 'invalid-result';
}

/** The value passed to `ctx.progress` cannot be stored. */
export class ProgressError extends ConsumerError {
  readonly code = 'invalid-progress';
}

/** Reason of an aborted signal: the job belongs to another worker now, or soon. */
export class LeaseLostError extends ConsumerError {
  readonly code = 'lease-lost';
}

/** Reason of an aborted signal: the job was cancelled. */
export class JobCancelledError extends ConsumerError {
  readonly code = 'cancelled';
}

/** Reason of an aborted signal: the job ran longer than its `timeoutMs`. */
export class JobTimeoutError extends ConsumerError {
  readonly code = 'timeout';
}

/** Replaces a thrown value that cannot be read. */
export class IllegibleError extends ConsumerError {
  readonly code = 'illegible-error';
}

/** Reason of an aborted signal: the worker is stopping and its drain time is over. */
export class WorkerStoppedError extends ConsumerError {
  readonly code = 'worker-stopped';
}

/** The worker's options are invalid. */
export class OptionsError extends ConsumerError {
  readonly code = 'invalid-options';
}

/** What a thrown value asks for; undefined for an ordinary failure. */
export function intentOf(error: unknown): Intent | undefined {
  return typeof error === 'object' && error !== null && INTENT in error
    ? (error[INTENT] as Intent)
    : undefined;
}

function checkedDelay(delayMs: number): number {
  if (Number.isFinite(delayMs) && delayMs >= 0 && delayMs <= MAX_DELAY_MS) {
    return Math.ceil(delayMs);
  }
  throw new RangeError(`a delay is 0 to ${MAX_DELAY_MS} ms, not ${delayMs}`);
}
