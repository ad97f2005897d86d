import { Broker, STORE_FAILURES } from '@relay/broker';
import { Worker, type WorkerOptions } from '@relay/consumer';
import {
  createStoreObserver,
  type Probes,
  type ServiceContext,
  type Shutdown,
  startProbeServer,
  watchStore,
} from '@relay/service-kit';
import { isTracing, tracingMiddleware } from '@relay/tracing';
import type { WorkerConfig, workerSchema } from './config.ts';
import { ChildPool } from './isolation/child-pool.ts';
import { loadHandlers } from './load-handlers.ts';
import { measureWorker } from './metrics.ts';

/** After the drain: for the last calls, and for aborted handlers to end. */
const AFTER_DRAIN_MS = 4_000;
/** How long an aborted handler may go on before its slot, or its child process, is given up. */
const ABORT_GRACE_MS = 5_000;
/** An error that nobody caught names so many of the jobs that were running. */
const MOST_TOLD = 20;
/** The loops show at most so often that they turn, and are given up after so long. */
const BEAT_MS = 1_000;
const BEAT_MAX_AGE_MS = 60_000;

/** Starts everything that the worker service consists of, and registers what must be stopped. */
export async function startWorker(context: ServiceContext<typeof workerSchema>): Promise<void> {
  const { config, logger, metrics, probes, shutdown } = context;
  // Before anything is opened: a module that does not load is said at once.
  const { file, handlers, types, codecs } = await openHandlers(context);
  const server = await startProbeServer({ probes, host: config.HOST, port: config.PORT });
  shutdown.add('probes', () => server.close());
  const broker = new Broker({
    redis: config.REDIS_URL,
    namespace: config.RELAY_NAMESPACE,
    observer: createStoreObserver(metrics, STORE_FAILURES),
  });
  shutdown.add('broker', () => broker.close());
  const monitor = watchStore(broker, context);
  const worker = new Worker({
    broker,
    handlers,
    codecs,
    logger,
    version: context.version,
    ...optionsOf(config),
  });
  // Not there at all without an SDK: at 60,000 jobs a second even a function that does nothing costs.
  if (isTracing()) worker.use(tracingMiddleware());
  const queues = config.RELAY_QUEUES.map(({ name }) => name);
  measureWorker(metrics, worker, queues);
  watchLife(worker, probes, shutdown);
  await monitor.start(shutdown.signal);
  worker.start();
  // One of those that never end may be the cause of an error that nobody caught.
  shutdown.add('jobs', () => worker.stop({ unfinished: shutdown.failed ? 'crash' : 'release' }), {
    budgetMs: config.RELAY_DRAIN_MS + AFTER_DRAIN_MS,
  });
  // Not `busy`, which counts what a claim under way has reserved.
  shutdown.addDetails(() => {
    const all = worker.running();
    return { jobs: all.length, running: all.slice(0, MOST_TOLD) };
  });
  logger.info(
    { url: server.url, queues, handlers: file, types, worker: worker.workerId },
    `ready: probes on ${server.url}, jobs from ${queues.join(', ')}`,
  );
}

/** The handlers in this process, or children that run them. */
async function openHandlers({
  config,
  logger,
  shutdown,
}: ServiceContext<typeof workerSchema>): ReturnType<ChildPool['open']> {
  if (config.RELAY_ISOLATION === 'none') return await loadHandlers(config.RELAY_HANDLERS);
  const children = new ChildPool({
    path: config.RELAY_HANDLERS,
    memoryMb: config.RELAY_CHILD_MEMORY_MB,
    graceMs: ABORT_GRACE_MS,
    logger,
  });
  shutdown.add('children', () => children.stop());
  return await children.open();
}

function optionsOf(config: WorkerConfig) {
  const { RELAY_LEASE_MS: leaseMs, RELAY_MAX_BLOCKED_MS: maxBlockedMs } = config;
  const options = {
    queues: config.RELAY_QUEUES,
    concurrency: config.RELAY_CONCURRENCY,
    leaseMs,
    pollMs: config.RELAY_POLL_MS,
    drainMs: config.RELAY_DRAIN_MS,
    abortGraceMs: ABORT_GRACE_MS,
  } satisfies Partial<WorkerOptions>;
  if (!config.RELAY_HEARTBEAT_THREAD) return options;
  const heartbeatThread = {
    redis: config.REDIS_URL,
    namespace: config.RELAY_NAMESPACE,
    maxBlockedMs: Math.max(1_000, maxBlockedMs === 0 ? 2 * leaseMs : maxBlockedMs),
  };
  return { ...options, heartbeatThread };
}

/** `/livez` turns red when the event loop or the claim loops do not turn. */
function watchLife(worker: Worker, probes: Probes, shutdown: Shutdown): void {
  const life = probes.heartbeat('event loop', BEAT_MAX_AGE_MS);
  const claims = probes.heartbeat('claim loop', BEAT_MAX_AGE_MS);
  const beat = setInterval(() => {
    life.beat();
    if (worker.health().ok) claims.beat();
  }, BEAT_MS);
  shutdown.add('heartbeat', () => clearInterval(beat));
}
