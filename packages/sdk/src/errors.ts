import type { ProblemError, ProblemSlug } from './generated/contract.ts';
import { placesOf } from './problem-text.ts';

/** Codes of the errors that are not answers of the API. */
export type ClientErrorCode =
  | 'network'
  | 'deadline'
  | 'not-relay'
  | 'incompatible'
  | 'invalid-options'
  | 'invalid-input'
  | 'invalid-result'
  | 'not-ended'
  | 'cancelled'
  | 'job-timeout'
  | 'worker-stopped'
  | 'non-retryable'
  | 'retry-later'
  | 'release';

/** What an error is called; it never changes its meaning. A newer gateway may know others. */
export type RelayErrorCode = ProblemSlug | ClientErrorCode | (string & Record<never, never>);

/** What an error may know; the members of {@link RelayError} say what they mean. */
export interface RelayErrorDetails extends ErrorOptions {
  /** HTTP status. */
  readonly status?: number | undefined;
  /** Id under which the gateway logged the request. */
  readonly requestId?: string | undefined;
  /** What is wrong with the input, and where. */
  readonly errors?: readonly ProblemError[] | undefined;
  /** After how long the gateway wishes to be asked again. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Base of every error of this package. Switch on `code`, or on the class, never on the message.
 *
 * @example
 * ```ts
 * try {
 *   await queue.cancel(id);
 * } catch (error) {
 *   if (!(error instanceof RelayError && error.code === 'invalid-state')) throw error;
 * }
 * ```
 */
export class RelayError extends Error {
  /** Stable: the slug of the API's problem, or a code of this package. */
  readonly code: RelayErrorCode;
  /** HTTP status; undefined if there was no response. */
  readonly status: number | undefined;
  /** Id under which the gateway logged the request. */
  readonly requestId: string | undefined;
  /** What is wrong with the input, and where. Empty when that does not apply. */
  readonly errors: readonly ProblemError[];
  /** After how long the gateway wishes to be asked again. */
  readonly retryAfterMs: number | undefined;

  constructor(code: RelayErrorCode, message: string, details: RelayErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = 'RelayError';
    this.code = code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.errors = details.errors ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** No response: the connection was refused or broke, or it took longer than `timeoutMs`. */
export class NetworkError extends RelayError {
  constructor(message: string, details?: RelayErrorDetails) {
    super('network', message, details);
    this.name = 'NetworkError';
  }
}

/** The response is not from Relay's API, or from a version that this one does not support. */
export class AnswerError extends RelayError {
  constructor(code: 'not-relay' | 'incompatible', message: string, details?: RelayErrorDetails) {
    super(code, message, details);
    this.name = 'AnswerError';
  }
}

/** An option is invalid, unknown or missing. Nothing was sent. */
export class OptionsError extends RelayError {
  constructor(message: string) {
    super('invalid-options', message);
    this.name = 'OptionsError';
  }
}

/** A payload cannot be sent: `errors` says where and why. Nothing was sent. */
export class InputError extends RelayError {
  constructor(what: string, errors: readonly ProblemError[]) {
    super('invalid-input', `${what}: ${placesOf(errors)}`, { errors });
    this.name = 'InputError';
  }
}

/** {@link Queue.result} waited for `timeoutMs` without a result. */
export class NotEndedError extends RelayError {
  /** Last known state of the job. */
  readonly state: string;
  constructor(message: string, state: string) {
    super('not-ended', message);
    this.name = 'NotEndedError';
    this.state = state;
  }
}
