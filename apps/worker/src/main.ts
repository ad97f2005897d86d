import { Broker } from '@relay/broker';
import { Worker } from '@relay/consumer';
import {
  describeUrl,
  packageVersion,
  runService,
  StoreMonitor,
  startProbeServer,
} from '@relay/service-kit';
import { workerSchema } from './config.ts';
import { loadHandlers } from './load-handlers.ts';
import { measureWorker } from './metrics.ts';

/** After the drain: for the last calls, and for aborted handlers to end. */
const AFTER_DRAIN_MS = 4_000;
/** The event loop shows at most so often that it turns, and is given up after so long. */
const BEAT_MS = 1_000;
const BEAT_MAX_AGE_MS = 60_000;

await runService({
  name: 'worker',
  version: packageVersion(import.meta.url),
  schema: workerSchema,
  async start({ config, logger, metrics, probes, shutdown }) {
    // Before anything is opened: a module that does not load is said at once.
    const { file, handlers, types } = await loadHandlers(config.RELAY_HANDLERS);
    const server = await startProbeServer({ probes, host: config.HOST, port: config.PORT });
    shutdown.add('probes', () => server.close());
    const broker = new Broker({ redis: config.REDIS_URL, namespace: config.RELAY_NAMESPACE });
    shutdown.add('broker', () => broker.close());
    const monitor = new StoreMonitor({
      store: broker,
      logger,
      metrics,
      address: describeUrl(config.REDIS_URL),
      waitMs: config.RELAY_REDIS_WAIT_MS,
    });
    shutdown.add('redis monitor', () => monitor.stop());
    probes.addReadiness('redis', monitor.check);

    const queues = config.RELAY_QUEUES;
    const worker = new Worker({
      broker,
      queues,
      handlers,
      concurrency: config.RELAY_CONCURRENCY,
      leaseMs: config.RELAY_LEASE_MS,
      drainMs: config.RELAY_DRAIN_MS,
      logger,
    });
    measureWorker(metrics, worker, queues);
    const life = probes.heartbeat('event loop', BEAT_MAX_AGE_MS);
    const beat = setInterval(() => life.beat(), BEAT_MS);
    shutdown.add('heartbeat', () => clearInterval(beat));
    await monitor.start(shutdown.signal);
    worker.start();
    shutdown.add('jobs', () => worker.stop(), { budgetMs: config.RELAY_DRAIN_MS + AFTER_DRAIN_MS });
    logger.info(
      { url: server.url, queues, handlers: file, types, worker: worker.workerId },
      `ready: probes on ${server.url}, jobs from ${queues.join(', ')}`,
    );
  },
});
