import type { Member, QueueStats } from '@relay/broker';
import {
  type Gauge,
  type Logger,
  type Metrics,
  messageOf,
  OTHER_QUEUES,
  type QueueLabels,
} from '@relay/service-kit';
import { allQueues } from '../queues/all-queues.ts';
import type { JobStore } from '../store.ts';
import { readInfo } from '../workers/members.ts';
import type { JobMetrics } from './job-metrics.ts';
import type { LeaseMetrics } from './lease-metrics.ts';
import { RedisGauges } from './redis-gauges.ts';

export interface QueueGaugesOptions {
  readonly store: Pick<JobStore, 'queues' | 'stats' | 'settings' | 'list' | 'members' | 'server'>;
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

/** What is shown of a queue. */
interface Shown {
  readonly stats: QueueStats;
  readonly concurrency: number | null;
  readonly lagMs: number;
}

/**
 * The state that all services share, read from the store when somebody scrapes. Only the gateway
 * shows it; with several gateways, read it with `max by`. While the store is away the series are
 * absent rather than stale.
 */
export class QueueGauges {
  readonly #options: QueueGaugesOptions;
  readonly #labels: QueueLabels;
  readonly #jobs: Gauge<'queue' | 'state'>;
  readonly #oldest: Gauge<'queue'>;
  readonly #paused: Gauge<'queue'>;
  readonly #workers: Gauge<'queue'>;
  readonly #concurrency: Gauge<'queue'>;
  readonly #lag: Gauge<'queue'>;
  readonly #redis: RedisGauges;
  #worst = { oldestMs: 0, lagMs: 0 };
  #reading: Promise<void> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: QueueGaugesOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#labels = metrics.queues;
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
    this.#workers = metrics.gauge({
      name: 'relay_queue_workers',
      help: 'Live workers that serve the queue and do not drain.',
      labels: ['queue'],
    });
    this.#concurrency = metrics.gauge({
      name: 'relay_queue_concurrency_limit',
      help: 'How many jobs may run at once; absent without a limit.',
      labels: ['queue'],
    });
    this.#lag = metrics.gauge({
      name: 'relay_queue_promotion_lag_seconds',
      help: 'How long the first scheduled job is due but not ready; 0 when none is.',
      labels: ['queue'],
    });
    this.#redis = new RedisGauges(options.store, metrics);
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
    const { names } = await allQueues(store, MOST_QUEUES);
    const [members, queues] = await Promise.all([
      store.members('workers'),
      Promise.all(names.map((name) => this.#readQueue(name))),
    ]);
    this.#clear();
    const shown = queues.filter((queue) => queue !== undefined);
    // The fullest first: while there is room for labels, they get them.
    for (const queue of shown.toSorted((a, b) => jobsIn(b) - jobsIn(a))) this.#show(queue);
    this.#showWorkers(names, members);
    await this.#redis.read();
  }

  async #readQueue(name: string): Promise<Shown | undefined> {
    const { store } = this.#options;
    const [stats, { concurrency }] = await Promise.all([store.stats(name), store.settings(name)]);
    if (stats === null) return undefined;
    const first =
      stats.counts.scheduled === 0 ? [] : (await store.list(name, 'scheduled', { limit: 1 })).items;
    const lagMs = Math.max(0, Date.now() - (first[0]?.runAt ?? Number.POSITIVE_INFINITY));
    return { stats, concurrency, lagMs };
  }

  #showWorkers(names: readonly string[], members: readonly Member[]): void {
    const workers = members.map(readInfo).filter(({ draining }) => !draining);
    for (const queue of names.filter((name) => this.#labels.has(name))) {
      this.#workers.set({ queue }, workers.filter(({ queues }) => queues.includes(queue)).length);
    }
  }

  #show(shown: Shown): void {
    const { queue, counts, oldestReadyMs, paused } = shown.stats;
    this.#options.jobMetrics.seed(queue);
    this.#options.leaseMetrics.seed(queue);
    if (this.#labels.of(queue) === OTHER_QUEUES) {
      this.#addToOthers(shown);
      return;
    }
    for (const [state, count] of Object.entries(counts)) this.#jobs.set({ queue, state }, count);
    this.#oldest.set({ queue }, (oldestReadyMs ?? 0) / 1_000);
    this.#paused.set({ queue }, paused ? 1 : 0);
    this.#lag.set({ queue }, shown.lagMs / 1_000);
    if (shown.concurrency !== null) this.#concurrency.set({ queue }, shown.concurrency);
  }

  /** The sum of jobs and the worst of ages: so a stalled queue is seen, if not which one. */
  #addToOthers({ stats: { counts, oldestReadyMs }, lagMs }: Shown): void {
    const queue = OTHER_QUEUES;
    for (const [state, count] of Object.entries(counts)) this.#jobs.inc({ queue, state }, count);
    this.#worst = {
      oldestMs: Math.max(this.#worst.oldestMs, oldestReadyMs ?? 0),
      lagMs: Math.max(this.#worst.lagMs, lagMs),
    };
    this.#oldest.set({ queue }, this.#worst.oldestMs / 1_000);
    this.#lag.set({ queue }, this.#worst.lagMs / 1_000);
  }

  #clear(): void {
    this.#worst = { oldestMs: 0, lagMs: 0 };
    this.#jobs.reset();
    this.#oldest.reset();
    this.#paused.reset();
    this.#workers.reset();
    this.#concurrency.reset();
    this.#lag.reset();
    this.#redis.clear();
  }
}

function jobsIn({ stats: { counts } }: Shown): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
