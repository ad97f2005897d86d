import { RelayError, type RelayErrorDetails } from './errors.ts';
import type { ProblemSlug } from './generated/contract.ts';

/** 400 `malformed`: The request is malformed. */
export class MalformedError extends RelayError {}
/** 401 `unauthenticated`: There is no API key, or it is wrong, expired or revoked. */
export class UnauthenticatedError extends RelayError {}
/** 403 `forbidden`: The API key's roles do not allow this. */
export class ForbiddenError extends RelayError {}
/** 404 `not-found`: No such queue, job, operation, worker or path, or none that the key may see. */
export class NotFoundError extends RelayError {}
/** 405 `method-not-allowed`: The path does not support that method. */
export class MethodNotAllowedError extends RelayError {}
/** 408 `timeout`: The request arrived too slowly. */
export class RequestTimeoutError extends RelayError {}
/** 409 `invalid-state`: Not possible in the current state of the job or queue. */
export class InvalidStateError extends RelayError {}
/**
 * 409 `revision-mismatch`: Settings or a schedule were changed since their `ifRevision` was read:
 * read again.
 */
export class RevisionMismatchError extends RelayError {}
/** 409 `lease-lost`: The lease is no longer yours. Also the reason of a handler's aborted signal. */
export class LeaseLostError extends RelayError {}
/** 413 `too-large`: The body is too large. */
export class TooLargeError extends RelayError {}
/** 414 `uri-too-long`: The URL is too long. */
export class UriTooLongError extends RelayError {}
/** 415 `unsupported-media-type`: The body is not plain JSON. */
export class UnsupportedMediaTypeError extends RelayError {}
/** 417 `expectation-failed`: An `Expect` header that cannot be met. */
export class ExpectationFailedError extends RelayError {}
/** 422 `validation`: The request is invalid: `errors` says where. */
export class ValidationError extends RelayError {}
/** 422 `idempotency-mismatch`: The idempotency key was used for another request. */
export class IdempotencyMismatchError extends RelayError {}
/** 429 `rate-limited`: Too many requests; `retryAfterMs` says when to retry. */
export class RateLimitedError extends RelayError {}
/** 429 `queue-full`: The queue holds as many jobs as its `maxReady` allows. */
export class QueueFullError extends RelayError {}
/** 431 `headers-too-large`: The header fields are too large. */
export class HeadersTooLargeError extends RelayError {}
/** 500 `internal`: An internal error of the gateway. */
export class InternalError extends RelayError {}
/** 503 `store-unavailable`: The gateway cannot reach Redis. */
export class StoreUnavailableError extends RelayError {}
/** 503 `store-full`: Redis has no memory left for new jobs. */
export class StoreFullError extends RelayError {}

type ProblemClass = new (
  code: ProblemSlug,
  message: string,
  details?: RelayErrorDetails,
) => RelayError;

/** Every slug has its class: a slug that the contract gains is a type error here. */
const CLASSES: Readonly<Record<ProblemSlug, ProblemClass>> = {
  malformed: MalformedError,
  unauthenticated: UnauthenticatedError,
  forbidden: ForbiddenError,
  'not-found': NotFoundError,
  'method-not-allowed': MethodNotAllowedError,
  timeout: RequestTimeoutError,
  'invalid-state': InvalidStateError,
  'revision-mismatch': RevisionMismatchError,
  'lease-lost': LeaseLostError,
  'too-large': TooLargeError,
  'uri-too-long': UriTooLongError,
  'unsupported-media-type': UnsupportedMediaTypeError,
  'expectation-failed': ExpectationFailedError,
  validation: ValidationError,
  'idempotency-mismatch': IdempotencyMismatchError,
  'rate-limited': RateLimitedError,
  'queue-full': QueueFullError,
  'headers-too-large': HeadersTooLargeError,
  internal: InternalError,
  'store-unavailable': StoreUnavailableError,
  'store-full': StoreFullError,
};

const BASE = 'https://relay.dev/problems/';

/** The error that a problem document stands for; a {@link RelayError} itself for an unknown slug. */
export function problemError(
  type: string,
  message: string,
  details: RelayErrorDetails,
): RelayError {
  const slug = type.startsWith(BASE) ? type.slice(BASE.length) : type;
  const Class = Object.hasOwn(CLASSES, slug) ? CLASSES[slug as ProblemSlug] : RelayError;
  const error = new Class(slug as ProblemSlug, message, details);
  // Not the name of the class: a bundler may have shortened that.
  error.name = `${slug.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase())}Error`;
  return error;
}
