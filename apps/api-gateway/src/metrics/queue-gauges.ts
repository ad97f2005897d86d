import type { QueueStats } from '@relay/broker';
import { type Gauge, type Logger, type Metrics, messageOf } from '@relay/service-kit';
import type { JobStore } from '../store.ts';
import type { JobMetrics } from './job-metrics.ts';
import type { LeaseMetrics } from './lease-metrics.ts';

export interface QueueGaugesOptions {
  readonly store: Pick<JobStore, 'queues' | 'stats'>;
  readonly metrics: Metrics;
  readonly jobMetrics: JobMetrics;
  readonly leaseMetrics: LeaseMetrics;
  readonly logger: Logger;
  /** Scrapes within so many ms share one reading. Defaults to 2,000. */
  readonly cacheMs?: number;
  /** A scrape waits no longer for Redis. Defaults to 2,000. */
  readonly timeoutMs?: number;
}

/** More queues than this are not read at a scrape: the first ones by name are. */
const MOST_QUEUES = 1_000;
const PAGE = 200;

/**
 * The state that all services share, read from the store when somebody scrapes. Only the gateway
 * shows it; with several gateways, read it with `max by`. While the store is away the series are
 * absent rather than stale.
 */
export class QueueGauges {
  readonly #options: QueueGaugesOptions;
  readonly #jobs: Gauge<'queue' | 'state'>;
  readonly #oldest: Gauge<'queue'>;
  readonly #paused: Gauge<'queue'>;
  #reading: Promise<void> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: QueueGaugesOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#jobs = metrics.gauge({
      name: 'relay_queue_jobs',
      help: 'Jobs by state.',
      labels: ['queue', 'state'],
    });
    this.#oldest = metrics.gauge({
      name: 'relay_queue_oldest_ready_age_seconds',
      help: 'Age of the longest waiting ready job; 0 when none is ready.',
      labels: ['queue'],
    });
    this.#paused = metrics.gauge({
      name: 'relay_queue_paused',
      help: '1 while the queue is paused.',
      labels: ['queue'],
    });
  }

  /** Reads the store unless that was just done. Never rejects: a scrape shows what there is. */
  async refresh(): Promise<void> {
    const { cacheMs = 2_000, timeoutMs = 2_000, logger } = this.#options;
    if (performance.now() - this.#readAt < cacheMs) return;
    this.#reading ??= this.#read()
      .catch((error: unknown) => {
        this.#clear();
        logger.debug(`no queue gauges: ${messageOf(error)}`);
      })
      .finally(() => {
        this.#reading = undefined;
        this.#readAt = performance.now();
      });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#clear();
        resolve();
      }, timeoutMs);
    });
    await Promise.race([this.#reading, late]);
    clearTimeout(timer);
  }

  async #read(): Promise<void> {
    const { store } = this.#options;
    const names: string[] = [];
    let cursor: string | null | undefined;
    do {
      // oxlint-disable-next-line no-await-in-loop -- each page needs the cursor of the last.
      const page = await store.queues({ limit: PAGE, ...(cursor ? { cursor } : {}) });
      names.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null && names.length < MOST_QUEUES);
    const all = await Promise.all(names.map((name) => store.stats(name)));
    this.#clear();
    for (const stats of all) if (stats !== null) this.#show(stats);
  }

  #show({ queue, counts, oldestReadyMs, paused }: QueueStats): void {
    this.#options.jobMetrics.seed(queue);
    this.#options.leaseMetrics.seed(queue);
    for (const [state, count] of Object.entries(counts)) this.#jobs.set({ queue, state }, count);
    this.#oldest.set({ queue }, (oldestReadyMs ?? 0) / 1_000);
    this.#paused.set({ queue }, paused ? 1 : 0);
  }

  #clear(): void {
    this.#jobs.reset();
    this.#oldest.reset();
    this.#paused.reset();
  }
}
