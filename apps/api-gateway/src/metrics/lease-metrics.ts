import type { DeadReason, Lease, SettleResult } from '@relay/broker';
import {
  type Counter,
  DURATION_BUCKETS,
  type Histogram,
  type Metrics,
  type QueueLabels,
} from '@relay/service-kit';

type Outcome = 'completed' | 'failed' | 'released' | 'lease_lost';
const OUTCOMES: Readonly<Record<'complete' | 'fail' | 'release', Outcome>> = {
  complete: 'completed',
  fail: 'failed',
  release: 'released',
};
/** Why a job can die by what a worker over HTTP says. */
const DEAD_REASONS: readonly DeadReason[] = ['attempts-exhausted', 'non-retryable', 'unhandled'];
/** Jobs may wait for hours. */
const WAIT_BUCKETS = [...DURATION_BUCKETS, 60, 300, 1_800, 7_200];

/** What a worker over HTTP said of a job. */
export interface Said {
  readonly outcome: 'complete' | 'fail' | 'release';
  readonly retry?: 'auto' | 'never' | undefined;
}

/** What workers over HTTP do, by queue. */
export class LeaseMetrics {
  readonly #labels: QueueLabels;
  readonly #seeded = new Set<string>();
  readonly #claimed: Counter<'queue'>;
  readonly #wait: Histogram<'queue'>;
  readonly #attempts: Counter<'queue' | 'outcome'>;
  readonly #dead: Counter<'queue' | 'reason'>;
  readonly #stale: Counter<'queue' | 'op'>;

  constructor(metrics: Metrics) {
    this.#labels = metrics.queues;
    this.#claimed = metrics.counter({
      name: 'relay_jobs_claimed_total',
      help: 'Jobs that were given to workers over HTTP.',
      labels: ['queue'],
    });
    this.#wait = metrics.histogram({
      name: 'relay_job_wait_seconds',
      help: 'From ready to claimed by a worker over HTTP, by Redis’s clock.',
      labels: ['queue'],
      buckets: WAIT_BUCKETS,
    });
    this.#attempts = metrics.counter({
      name: 'relay_job_attempts_total',
      help: 'Deliveries to workers over HTTP by how they ended.',
      labels: ['queue', 'outcome'],
    });
    this.#dead = metrics.counter({
      name: 'relay_jobs_dead_total',
      help: 'Jobs that went to the dead letters when a worker over HTTP settled them.',
      labels: ['queue', 'reason'],
    });
    this.#stale = metrics.counter({
      name: 'relay_stale_settles_total',
      help: 'Settles and heartbeats with a token that is not, or no longer, that of a lease.',
      labels: ['queue', 'op'],
    });
  }

  /** A queue is known to exist: its counters begin at 0. */
  seed(name: string): void {
    const queue = this.#labels.of(name);
    if (this.#seeded.has(queue)) return;
    this.#seeded.add(queue);
    this.#claimed.inc({ queue }, 0);
    for (const outcome of [...Object.values(OUTCOMES), 'lease_lost']) {
      this.#attempts.inc({ queue, outcome }, 0);
    }
    for (const reason of DEAD_REASONS) this.#dead.inc({ queue, reason }, 0);
    for (const op of ['settle', 'extend']) this.#stale.inc({ queue, op }, 0);
  }

  claimed({ queue: name, readyAt, expiresAt, leaseMs }: Lease): void {
    const queue = this.#labels.of(name);
    this.#claimed.inc({ queue });
    this.#wait.observe({ queue }, Math.max(0, expiresAt - leaseMs - readyAt) / 1_000);
  }

  settled(name: string, said: Said, result: SettleResult): void {
    const queue = this.#labels.of(name);
    const lost = result.status === 'lease-lost';
    this.#attempts.inc({ queue, outcome: lost ? 'lease_lost' : OUTCOMES[said.outcome] });
    if (lost) this.#stale.inc({ queue, op: 'settle' });
    else if (result.state === 'dead') this.#dead.inc({ queue, reason: deadReasonOf(said) });
  }

  extended(name: string, status: 'extended' | 'lease-lost'): void {
    if (status === 'lease-lost') this.#stale.inc({ queue: this.#labels.of(name), op: 'extend' });
  }
}

/** The scripts decide by the same words; a release ends dead only when no worker knew the type. */
function deadReasonOf({ outcome, retry }: Said): DeadReason {
  if (outcome === 'release') return 'unhandled';
  return retry === 'never' ? 'non-retryable' : 'attempts-exhausted';
}
