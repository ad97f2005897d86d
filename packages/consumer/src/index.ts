export type { Unsubscribe } from './emitter.ts';
export {
  ConsumerError,
  type ConsumerErrorCode,
  JobCancelledError,
  JobTimeoutError,
  LeaseLostError,
  NonRetryableError,
  OptionsError,
  PayloadError,
  ProgressError,
  ReleaseError,
  ResultError,
  RetryLaterError,
  WorkerStoppedError,
} from './errors.ts';
export type {
  AttemptOutcome,
  BrokerOp,
  ConsumerBroker,
  Handler,
  Handlers,
  Job,
  JobContext,
  LeaseLossCause,
  Logger,
  QueueOption,
  SettledEvent,
  WakeSource,
  WorkerEvents,
  WorkerOptions,
} from './types.ts';
export { type StopOptions, Worker } from './worker.ts';
