import { type Logger, messageOf } from '@relay/service-kit';
import type { JobStore } from '../store.ts';

/** Between two signs of life of one worker. */
const BEAT_MS = 5_000;
const MOST_WORKERS = 10_000;

interface Known {
  readonly queues: readonly string[];
  beatAt: number;
  quiet: boolean;
}

/** Workers over HTTP show that they live by what they ask for: each request is a sign of life. */
export class HttpWorkers {
  readonly #store: Pick<JobStore, 'beat'>;
  readonly #logger: Logger;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<JobStore, 'beat'>, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** It claims: answers whether an operator asked it not to. */
  async claims(workerId: string, queues: readonly string[]): Promise<boolean> {
    const known = this.#known.get(workerId);
    const same = known !== undefined && String(known.queues) === String(queues);
    if (same && performance.now() - known.beatAt < BEAT_MS) return known.quiet;
    if (this.#known.size >= MOST_WORKERS) this.#known.clear();
    const now: Known = { queues, beatAt: performance.now(), quiet: known?.quiet ?? false };
    this.#known.set(workerId, now);
    const info = { kind: 'http', queues: queues.slice(0, 100) };
    now.quiet = (await this.#store.beat('workers', { id: workerId, info })).quiet;
    return now.quiet;
  }

  /** It settles or extends a lease of a queue. Nobody waits for this, and nobody is told if it fails. */
  lives(workerId: string, queue: string): void {
    const queues = this.#known.get(workerId)?.queues ?? [queue];
    this.claims(workerId, queues).catch((error: unknown) => {
      this.#logger.debug({ workerId }, `no sign of life: ${messageOf(error)}`);
    });
  }
}
