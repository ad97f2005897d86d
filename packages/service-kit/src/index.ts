export * from './configuration.ts';
export { codeOf, messageOf } from './errors.ts';
export {
  closeServer,
  type ListenOptions,
  listen,
  type ProbeServer,
  startProbeServer,
} from './http.ts';
export { createLogger, describeUrl, type Logger, type LoggerOptions } from './logger.ts';
export {
  type Counter,
  DURATION_BUCKETS,
  type Gauge,
  type Histogram,
  Metrics,
  type MetricsOptions,
  OTHER_QUEUES,
  QueueLabels,
  type Registry,
} from './metrics.ts';
export { pause, toNextStep } from './pause.ts';
export {
  type Heartbeat,
  PROBE_PATHS,
  type ProbeAnswer,
  type ProbePath,
  Probes,
  type ProbesOptions,
  type ReadinessCheck,
} from './probes.ts';
export {
  packageVersion,
  runService,
  type ServiceContext,
  type ServiceDefinition,
} from './service.ts';
export { type HostListeners, processHost, type ServiceHost } from './service-host.ts';
export { Shutdown } from './shutdown.ts';
export { createStoreObserver } from './store-metrics.ts';
export { type Store, StoreMonitor, type StoreMonitorOptions, watchStore } from './store-monitor.ts';
