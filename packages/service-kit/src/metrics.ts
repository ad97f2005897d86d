import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricsOptions {
  /** Value of the label `component`: the service's name. */
  readonly component: string;
  readonly version: string;
  /** `process_*` and `nodejs_*`. Defaults to true. */
  readonly processMetrics?: boolean;
  /** How many queues get a label of their own; see {@link QueueLabels}. Defaults to 500. */
  readonly mostQueues?: number;
}

interface MetricOptions<L extends string> {
  /** With the prefix `relay_` and the base unit: seconds, bytes, or `_total`. */
  readonly name: `relay_${string}`;
  readonly help: string;
  /** Bounded sets only: a queue yes, a job's id never. */
  readonly labels?: readonly L[];
}

interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds in seconds. Defaults to {@link DURATION_BUCKETS}. */
  readonly buckets?: readonly number[];
}

interface GaugeOptions<L extends string> extends MetricOptions<L> {
  /** Called at each scrape to set the value. */
  readonly collect?: (gauge: Gauge<L>) => void | Promise<void>;
}

/** From 1 ms to 30 s, in steps of about 2.5. */
export const DURATION_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/**
 * Between two looks at the lag of the event loop, ms. What is noted is the time between two looks: a hold-up is seen at its
 * full length, and at most this much longer. So one of 250 ms, which the alert is about, always counts, and one of less than
 * 150 ms never does.
 */
const EVENT_LOOP_LOOK_MS = 100;

/** Gauges of prom-client's that are called totals; each has a twin by type without that ending. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The label of all queues that have none of their own; no queue can be called so. */
export const OTHER_QUEUES = '_other';

/**
 * Bounds the label `queue`: whoever may create queues must not be able to fill the monitoring's
 * memory. The first queues that are seen keep their names, the others share {@link OTHER_QUEUES}.
 */
export class QueueLabels {
  readonly #most: number;
  readonly #named = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether the queue has a label of its own. */
  has(queue: string): boolean {
    return this.#named.has(queue);
  }

  /** The label of a queue that exists: its name, while there is room. */
  of(queue: string): string {
    if (this.#named.has(queue)) return queue;
    if (this.#named.size >= this.#most) return OTHER_QUEUES;
    this.#named.add(queue);
    return queue;
  }
}

/** The metrics of one process: one registry, so that two services may live in one test. */
export class Metrics {
  readonly registry: Registry;
  readonly queues: QueueLabels;

  constructor(options: MetricsOptions) {
    this.registry = new Registry();
    this.queues = new QueueLabels(options.mostQueues ?? 500);
    if (options.processMetrics ?? true) {
      collectDefaultMetrics({
        register: this.registry,
        // Each look wakes the process: a hundred a second, as by default, are a third of a percent of a core, in a
        // process that does nothing else.
        eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_MS,
      });
      for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    }
    this.gauge({
      name: 'relay_build_info',
      help: 'Always 1; the labels say what runs.',
      labels: ['component', 'version'],
    }).set({ component: options.component, version: options.version }, 1);
  }

  counter<L extends string = never>(options: MetricOptions<L>): Counter<L> {
    return new Counter({ ...this.#common(options) });
  }

  gauge<L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    const { collect } = options;
    return new Gauge<L>({
      ...this.#common(options),
      ...(collect === undefined
        ? {}
        : {
            async collect(this: Gauge<L>) {
              await collect(this);
            },
          }),
    });
  }

  histogram<L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    return new Histogram({
      ...this.#common(options),
      buckets: [...(options.buckets ?? DURATION_BUCKETS)],
    });
  }

  #common<L extends string>(options: MetricOptions<L>) {
    return {
      name: options.name,
      help: options.help,
      labelNames: [...(options.labels ?? [])],
      registers: [this.registry],
    };
  }
}
