/** Stable codes of the errors that the broker throws. They never change their meaning. */
export type BrokerErrorCode =
  | 'validation'
  | 'not-found'
  | 'invalid-state'
  | 'revision-mismatch'
  | 'idempotency-mismatch'
  | 'queue-full'
  | 'store-unavailable'
  | 'store-full'
  | 'store-unsupported'
  | 'store-denied'
  | 'store-corrupt'
  | 'stale-call'
  | 'out-of-order'
  | 'closed';

/** Base of every error of the broker. Switch on `code`, never on the message. */
export abstract class BrokerError extends Error {
  abstract readonly code: BrokerErrorCode;
  override get name(): string {
    return this.constructor.name;
  }
}

/** One thing that is wrong with an input. `path` is a JSON pointer, such as `/priority`. */
export interface ValidationIssue {
  readonly path: string;
  readonly message: string;
}

/** The input was refused; nothing was sent to Redis. */
export class ValidationError extends BrokerError {
  readonly code = 'validation';
  readonly issues: readonly ValidationIssue[];
  constructor(issues: readonly ValidationIssue[]) {
    super(
      issues
        .map((issue) => (issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`))
        .join('; '),
    );
    this.issues = issues;
  }
}

/** There is no such job (it may have been removed by retention) or queue. */
export class NotFoundError extends BrokerError {
  readonly code = 'not-found';
}

/** The job is in a state in which this cannot be done; nothing was changed. */
export class InvalidStateError extends BrokerError {
  readonly code = 'invalid-state';
  readonly state: string;
  constructor(message: string, state: string) {
    super(message);
    this.state = state;
  }
}

/** Settings or a schedule were changed since their revision was read; nothing was written. Read again and compare. */
export class RevisionMismatchError extends BrokerError {
  readonly code = 'revision-mismatch';
}

/** The idempotency key was used for another request within its window; nothing was written. */
export class IdempotencyMismatchError extends BrokerError {
  readonly code = 'idempotency-mismatch';
}

/** The queue holds `maxReady` waiting jobs; nothing was written. Try again when work has been done. */
export class QueueFullError extends BrokerError {
  readonly code = 'queue-full';
}

/**
 * Redis did not answer in time or cannot take writes now. If a write was under way its outcome is unknown, unless the
 * call is repeated with the same session and number.
 */
export class StoreUnavailableError extends BrokerError {
  readonly code = 'store-unavailable';
}

/** Redis has reached `maxmemory`: new work is refused, settling goes on. Nothing was written. */
export class StoreFullError extends BrokerError {
  readonly code = 'store-full';
}

/** This Redis cannot be used: too old, or it may evict keys. */
export class StoreUnsupportedError extends BrokerError {
  readonly code = 'store-unsupported';
}

/** Redis refuses the credentials or, by its access list, the command. Trying again is useless. */
export class StoreDeniedError extends BrokerError {
  readonly code = 'store-denied';
}

/** A key of the queue has a type or content that Relay did not write. */
export class StoreCorruptError extends BrokerError {
  readonly code = 'store-corrupt';
}

/** A call with a lower number than the session's last one arrived late; it changed nothing. */
export class StaleCallError extends BrokerError {
  readonly code = 'stale-call';
}

/** A call arrived before the one that it must not overtake; it changed nothing. The broker makes it again by itself. */
export class OutOfOrderError extends BrokerError {
  readonly code = 'out-of-order';
}

/** The broker was closed. */
export class ClosedError extends BrokerError {
  readonly code = 'closed';
}
