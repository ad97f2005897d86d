export { CHROMIUM_FLAGS, type ChromiumBinary, findChromium } from './chromium.ts';
export { run } from './command.ts';
export {
  assertConsistent,
  type ConsistencyOptions,
  type ConsistencyReport,
  consistencyProblems,
  InconsistentError,
  type QueueSnapshot,
} from './consistency.ts';
export { brokenPromises, type DocumentedNumber, documentedNumbers } from './documented-options.ts';
export { TestkitError, type TestkitErrorCode } from './errors.ts';
export { findFaketime } from './faketime.ts';
export {
  FaultProxy,
  type FaultProxyOptions,
  type RequestMatch,
  startFaultProxy,
} from './fault-proxy.ts';
export { freePort } from './free-port.ts';
export {
  type Accepted,
  gatherHistory,
  historyProblems,
  type Told,
  tokenProblems,
} from './history/check.ts';
export {
  type EndedDelivery,
  type FoundJob,
  type HistoryEvent,
  type Outcome,
  payloadOf,
} from './history/events.ts';
export { type Instrumented, instrumentLua, luaBranches, probedLua } from './lua-coverage.ts';
export { MUTATIONS, type Mutation, mutate } from './mutations.ts';
export { type PackedPackage, packPackage, runNode } from './packed-package.ts';
export {
  ManagedProcess,
  type ProcessExit,
  type ProcessOptions,
  startProcess,
} from './process-harness.ts';
export { findPromtool } from './promtool.ts';
export { randomFrom } from './random.ts';
export {
  migrateSlot,
  type RedisCluster,
  type RedisClusterOptions,
  type SlotMove,
  startRedisCluster,
} from './redis-cluster.ts';
export { type RedisSentinel, startRedisSentinel } from './redis-sentinel.ts';
export { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
export { type ForcedFailure, ScriptControl, testLua } from './script-control.ts';
export { type NotYet, type UntilOptions, until } from './until.ts';
