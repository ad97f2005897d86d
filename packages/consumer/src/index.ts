export { type AesGcmOptions, aesGcmCodec, gzipCodec } from './builtin-codecs.ts';
export { CODEC_HEADER, decodePayload, encodePayload, type PayloadCodec } from './codecs.ts';
export type { Unsubscribe } from './emitter.ts';
export {
  CodecError,
  ConsumerError,
  type ConsumerErrorCode,
  CrashError,
  IllegibleError,
  INTENT,
  type Intent,
  intentOf,
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
export { progressJson, resultJson } from './json.ts';
export { legible } from './outcome.ts';
export type {
  AttemptOutcome,
  BrokerOp,
  ConsumerBroker,
  Handler,
  Handlers,
  HeartbeatThreadOptions,
  Job,
  JobContext,
  LeaseLossCause,
  Logger,
  Middleware,
  QueueOption,
  SettledEvent,
  WakeSource,
  WorkerEvents,
  WorkerHealth,
  WorkerOptions,
} from './types.ts';
export { type StopOptions, Worker } from './worker.ts';
