import type { EnqueueResult } from '@relay/broker';
import type { BulkResult } from '@relay/contract';
import { type Counter, type Metrics, OTHER_QUEUES, type QueueLabels } from '@relay/service-kit';

type Result = 'accepted' | 'duplicate' | 'rejected';
const RESULTS: readonly Result[] = ['accepted', 'duplicate', 'rejected'];

/** `relay_jobs_enqueued_total`, with a bounded set of queues: only those that exist get a label. */
export class JobMetrics {
  readonly #enqueued: Counter<'queue' | 'result'>;
  readonly #labels: QueueLabels;
  readonly #seeded = new Set<string>();

  constructor(metrics: Metrics) {
    this.#labels = metrics.queues;
    this.#enqueued = metrics.counter({
      name: 'relay_jobs_enqueued_total',
      help: 'Enqueue requests by what became of them.',
      labels: ['queue', 'result'],
    });
  }

  /** A queue is known to exist: its counters begin at 0, so that a first increase is seen. */
  seed(name: string): void {
    const queue = this.#labels.of(name);
    if (this.#seeded.has(queue)) return;
    this.#seeded.add(queue);
    for (const result of RESULTS) this.#enqueued.inc({ queue, result }, 0);
  }

  /** Counts what becomes of one enqueue. */
  async watchEnqueue(queue: string, enqueue: () => Promise<EnqueueResult>): Promise<EnqueueResult> {
    try {
      const result = await enqueue();
      this.#count(queue, result.duplicate ? 'duplicate' : 'accepted', 1);
      return result;
    } catch (error) {
      this.#count(queue, 'rejected', 1);
      throw error;
    }
  }

  /** Counts the items of a bulk call. */
  countBulk(queue: string, results: readonly BulkResult[]): void {
    const of = (wanted: (status: number) => boolean) =>
      results.filter(({ status }) => wanted(status)).length;
    this.#count(
      queue,
      'accepted',
      of((status) => status === 201),
    );
    this.#count(
      queue,
      'duplicate',
      of((status) => status === 200),
    );
    this.#count(
      queue,
      'rejected',
      of((status) => status >= 400),
    );
  }

  #count(queue: string, result: Result, count: number): void {
    if (count === 0) return;
    if (result !== 'rejected') this.seed(queue);
    // A name that somebody made up must not become a label.
    this.#enqueued.inc({ queue: this.#labels.has(queue) ? queue : OTHER_QUEUES, result }, count);
  }
}
