import type { SettleResult } from '@relay/broker';
import type { Counter, Metrics } from '@relay/service-kit';

type Outcome = 'completed' | 'failed' | 'released' | 'lease_lost';
const OUTCOMES: Readonly<Record<'complete' | 'fail' | 'release', Outcome>> = {
  complete: 'completed',
  fail: 'failed',
  release: 'released',
};

/** What workers over HTTP do. Their queues exist, since they hold jobs: the label is bounded. */
export class LeaseMetrics {
  readonly #claimed: Counter<'queue'>;
  readonly #attempts: Counter<'queue' | 'outcome'>;
  readonly #stale: Counter<'queue' | 'op'>;

  constructor(metrics: Metrics) {
    this.#claimed = metrics.counter({
      name: 'relay_jobs_claimed_total',
      help: 'Jobs that were given to workers over HTTP.',
      labels: ['queue'],
    });
    this.#attempts = metrics.counter({
      name: 'relay_job_attempts_total',
      help: 'Deliveries to workers over HTTP by how they ended.',
      labels: ['queue', 'outcome'],
    });
    this.#stale = metrics.counter({
      name: 'relay_stale_settles_total',
      help: 'Settles and heartbeats with a token that is not, or no longer, that of a lease.',
      labels: ['queue', 'op'],
    });
  }

  /** A queue is known to exist: its counters begin at 0. */
  seed(queue: string): void {
    this.#claimed.inc({ queue }, 0);
    for (const outcome of [...Object.values(OUTCOMES), 'lease_lost']) {
      this.#attempts.inc({ queue, outcome }, 0);
    }
    for (const op of ['settle', 'extend']) this.#stale.inc({ queue, op }, 0);
  }

  claimed(queue: string): void {
    this.#claimed.inc({ queue });
  }

  settled(
    queue: string,
    outcome: 'complete' | 'fail' | 'release',
    { status }: Pick<SettleResult, 'status'>,
  ): void {
    const lost = status === 'lease-lost';
    this.#attempts.inc({ queue, outcome: lost ? 'lease_lost' : OUTCOMES[outcome] });
    if (lost) this.#stale.inc({ queue, op: 'settle' });
  }

  extended(queue: string, status: 'extended' | 'lease-lost'): void {
    if (status === 'lease-lost') this.#stale.inc({ queue, op: 'extend' });
  }
}
