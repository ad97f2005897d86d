export type { BatchOptions } from './batch-options.ts';
export { Relay, type RelayOptions, type WorkerQueue } from './client.ts';
export type { DeadLetters, ListDeadLetters } from './dead-letters.ts';
export {
  defineQueue,
  type InputsOf,
  type OutputsOf,
  type QueueDefinition,
  type SchemaIssue,
  type SchemaResult,
  type Schemas,
  type StandardSchema,
} from './definition.ts';
export type { EnqueueOptions, EnqueueOutcome, JobInput, JobOptions } from './enqueue.ts';
export * from './errors.ts';
export type { EventsOptions, RelayEvent } from './events.ts';
export type * from './generated/contract.ts';
export type { RelayHooks, RequestInfo, ResponseInfo } from './hooks.ts';
export type { CallOptions, Fetch } from './http.ts';
export {
  ExpectationFailedError,
  ForbiddenError,
  HeadersTooLargeError,
  IdempotencyMismatchError,
  InternalError,
  InvalidStateError,
  LeaseLostError,
  MalformedError,
  MethodNotAllowedError,
  NotFoundError,
  QueueFullError,
  RateLimitedError,
  RequestTimeoutError,
  RevisionMismatchError,
  StoreFullError,
  StoreUnavailableError,
  TooLargeError,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
  UriTooLongError,
  ValidationError,
} from './problems.ts';
export type { Queue } from './queue.ts';
export type { JobResult, ListJobs, ResultOptions, SeriesOptions } from './queue-options.ts';
export type { RetryOptions } from './retry.ts';
export { VERSION } from './version.ts';
export {
  JobCancelledError,
  JobTimeoutError,
  NonRetryableError,
  ReleaseError,
  RetryLaterError,
  WorkerStoppedError,
} from './worker/errors.ts';
export type {
  AnyHandlers,
  Handler,
  Handlers,
  JobContext,
  LeaseLossCause,
  Logger,
  WorkerEvents,
  WorkerJob,
} from './worker/types.ts';
export type { RelayWorker, WorkerSettings } from './worker/worker.ts';
