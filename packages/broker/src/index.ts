export { Broker, type BrokerOptions } from './broker.ts';
export {
  assertSupported,
  type RedisSource,
  type ServerInfo,
  type ServerMemory,
} from './connection.ts';
export type { DueListener, OnDue } from './due-listener.ts';
export type { EnqueueOutcome } from './enqueuer.ts';
export * from './errors.ts';
export type { QueueHead } from './heads.ts';
export type { BeatResult, MemberBeat, MemberRegistry } from './members.ts';
export { isJobId, NAME_PATTERN } from './names.ts';
export type { ActOptions } from './operating.ts';
export type {
  OperationState,
  OperationStep,
  OperationStore,
  StoredOperation,
} from './operations.ts';
export { LIMITS } from './request.ts';
export type { CallOptions, StoreObserver } from './runner.ts';
export { Schedules } from './schedules/schedules.ts';
export * from './schedules/types.ts';
export { loadScripts, type Script, type ScriptSet } from './scripts.ts';
export { STORE_FAILURES, type StoreFailure } from './store-error.ts';
export type { TendOptions } from './tending.ts';
export * from './types.ts';
export type { WakeListener, WokenClaim } from './wake-listener.ts';
export type { WorkOptions } from './working.ts';
