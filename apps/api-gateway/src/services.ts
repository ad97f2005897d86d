import type { Logger, Metrics } from '@relay/service-kit';
import { EventHub, type EventHubOptions } from './events/event-hub.ts';
import type { Handlers } from './http/endpoint.ts';
import { ClaimHub } from './leases/claim-hub.ts';
import { Claims } from './leases/claims.ts';
import { HttpWorkers } from './leases/http-workers.ts';
import { JobMetrics } from './metrics/job-metrics.ts';
import { LeaseMetrics } from './metrics/lease-metrics.ts';
import { QueueGauges } from './metrics/queue-gauges.ts';
import { Operator } from './operations/operator.ts';
import { Chart } from './overview/chart.ts';
import { RateMeter } from './queues/rates.ts';
import { Snapshots } from './queues/snapshots.ts';
import { allHandlers } from './routes/handlers.ts';
import { scheduleHandlers } from './routes/schedules.ts';
import type { Backend, JobStore } from './store.ts';

export interface ServicesOptions {
  /** For connections and operations. */
  readonly backend: Backend;
  /** The same, but each call is bounded in time. */
  readonly store: JobStore;
  readonly limitMs: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly version: string;
  readonly events?: Pick<EventHubOptions, 'intervalMs' | 'commentMs' | 'mostUnread'>;
}

/** What stands behind the routes, and lives as long as the gateway. */
export interface Services {
  readonly handlers: Handlers;
  readonly events: EventHub;
  readonly queueGauges: QueueGauges;
  /** Begins what runs in the background. */
  start(): void;
  /** Answers whoever waits, and ends what runs in the background. */
  stop(): Promise<void>;
}

/** Builds it all; nothing runs before `start`. */
export function createServices(options: ServicesOptions): Services {
  const { backend, store, limitMs, metrics, logger, version } = options;
  const draining = new AbortController();
  const jobMetrics = new JobMetrics(metrics);
  const leaseMetrics = new LeaseMetrics(metrics);
  const hub = new ClaimHub({
    open: () => backend.wakeListener(),
    nudge: (queue) => store.nudge(queue),
    logger,
  });
  const workers = new HttpWorkers(store, logger);
  const claims = new Claims({ store, hub, workers, logger, limitMs });
  const operator = new Operator({ operations: backend.operations, store, logger });
  const rates = new RateMeter(store);
  const snapshots = new Snapshots({ store, rates });
  const events = new EventHub({ snapshots, logger, ...options.events });
  watchStreams(metrics, events);
  return {
    events,
    handlers: allHandlers({
      store,
      metrics: jobMetrics,
      version,
      draining: draining.signal,
      operator,
      rates,
      overview: { store, snapshots, chart: new Chart(store) },
      leases: { store, claims, workers, metrics: leaseMetrics },
      schedules: scheduleHandlers(options.backend.schedules, options.limitMs),
    }),
    queueGauges: new QueueGauges({ store, metrics, jobMetrics, leaseMetrics, logger }),
    start() {
      operator.start();
    },
    async stop() {
      events.stop();
      draining.abort(new Error('the gateway stops'));
      await Promise.all([hub.stop(), operator.stop()]);
    },
  };
}

function watchStreams(metrics: Metrics, events: EventHub): void {
  metrics.gauge({
    name: 'relay_sse_clients',
    help: 'Event streams that are open.',
    collect: (gauge) => gauge.set(events.size),
  });
}
