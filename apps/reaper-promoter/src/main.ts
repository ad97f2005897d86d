import { randomBytes } from 'node:crypto';
import { Broker, STORE_FAILURES } from '@relay/broker';
import {
  createStoreObserver,
  packageVersion,
  runService,
  startProbeServer,
  watchStore,
} from '@relay/service-kit';
import { Background, LOOP_NAMES } from './background.ts';
import { reaperPromoterSchema } from './config.ts';
import { createLoopMetrics } from './metrics.ts';

/** A loop that shows no sign of life for so long, ms, is stuck: it sweeps every second at least. */
const STUCK_MS = 120_000;
/** A batch is tried again for so long while Redis is away, ms; then the loop takes a breath. */
const BATCH_DEADLINE_MS = 3_000;

await runService({
  name: 'reaper-promoter',
  version: packageVersion(import.meta.url),
  schema: reaperPromoterSchema,
  async start(context) {
    const { config, logger, metrics, probes, shutdown, version } = context;
    const server = await startProbeServer({ probes, host: config.HOST, port: config.PORT });
    shutdown.add('probes', () => server.close());
    const broker = new Broker({
      redis: config.REDIS_URL,
      namespace: config.RELAY_NAMESPACE,
      deadlineMs: BATCH_DEADLINE_MS,
      observer: createStoreObserver(metrics, STORE_FAILURES),
    });
    shutdown.add('broker', () => broker.close());
    const monitor = watchStore(broker, context);
    await monitor.start(shutdown.signal);

    const background = new Background({
      broker,
      replicaId: `reaper-promoter.${randomBytes(6).toString('hex')}`,
      version,
      metrics: createLoopMetrics(metrics, LOOP_NAMES),
      logger,
      sweepMs: config.RELAY_REAP_INTERVAL_MS,
      heartbeat: (loop) => probes.heartbeat(`loop ${loop}`, STUCK_MS),
    });
    shutdown.add('loops', () => background.stop(), { budgetMs: BATCH_DEADLINE_MS + 2_000 });
    await background.start();
    logger.info({ url: server.url, loops: LOOP_NAMES }, `ready: probes on ${server.url}`);
  },
});
