export { CHROMIUM_FLAGS, type ChromiumBinary, findChromium } from './chromium.ts';
export {
  assertConsistent,
  type ConsistencyOptions,
  type ConsistencyReport,
  consistencyProblems,
  InconsistentError,
  type QueueSnapshot,
} from './consistency.ts';
export { TestkitError, type TestkitErrorCode } from './errors.ts';
export {
  FaultProxy,
  type FaultProxyOptions,
  type RequestMatch,
  startFaultProxy,
} from './fault-proxy.ts';
export { freePort } from './free-port.ts';
export { type Instrumented, instrumentLua, luaBranches, probedLua } from './lua-coverage.ts';
export {
  ManagedProcess,
  type ProcessExit,
  type ProcessOptions,
  startProcess,
} from './process-harness.ts';
export { type RedisCluster, type RedisClusterOptions, startRedisCluster } from './redis-cluster.ts';
export { type RedisSentinel, startRedisSentinel } from './redis-sentinel.ts';
export { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
export { type ForcedFailure, ScriptControl, testLua } from './script-control.ts';
export { type NotYet, type UntilOptions, until } from './until.ts';
