import { Broker, STORE_FAILURES } from '@relay/broker';
import { createStoreObserver, packageVersion, runService, watchStore } from '@relay/service-kit';
import { authPolicy } from './auth/policy.ts';
import { gatewaySchema } from './config.ts';
import { startGateway } from './gateway.ts';

/** Less than a caller waits (see gateway.ts), so that the reason is the broker's own. */
const STORE_DEADLINE_MS = 1_200;

await runService({
  name: 'api-gateway',
  version: packageVersion(import.meta.url),
  schema: gatewaySchema,
  async start(context) {
    const { config, logger, metrics, probes, shutdown, version } = context;
    const auth = await authPolicy(config, logger);
    shutdown.add('keys', () => auth[Symbol.asyncDispose]());
    const broker = new Broker({
      redis: config.REDIS_URL,
      namespace: config.RELAY_NAMESPACE,
      deadlineMs: STORE_DEADLINE_MS,
      observer: createStoreObserver(metrics, STORE_FAILURES),
    });
    shutdown.add('broker', () => broker.close());
    const monitor = watchStore(broker, context);
    const gateway = await startGateway({
      store: broker,
      auth,
      host: config.HOST,
      port: config.PORT,
      protection: {
        keyRatePerSec: config.RELAY_KEY_RATE_PER_SEC,
        keyConcurrency: config.RELAY_KEY_CONCURRENCY,
        maxRequests: config.RELAY_MAX_REQUESTS,
        maxBufferedBytes: config.RELAY_MAX_BUFFERED_BYTES,
        maxLoopDelayMs: config.RELAY_MAX_LOOP_DELAY_MS,
      },
      version,
      logger,
      metrics,
      probes,
    });
    shutdown.add('http', () => gateway.close(10_000), { budgetMs: 12_000 });
    logger.info({ url: gateway.url }, `listening on ${gateway.url}`);
    await monitor.start(shutdown.signal);
  },
});
