import type { Prepared } from './enqueue.ts';
import type { EnqueueAnswer } from './generated/contract.ts';
import type { CallOptions, Http } from './http.ts';
import { known, whole } from './options.ts';

/** Lets concurrent `enqueue` calls share requests, which adds a little latency. */
export interface BatchOptions {
  /** Send as soon as there are this many: 1 … 1,000. Defaults to 100. */
  readonly maxJobs?: number;
  /** Send after this long at the latest: 0 … 1,000. Defaults to 5. */
  readonly maxWaitMs?: number;
}

export function batchSettings(options: BatchOptions): Required<BatchOptions> {
  known('batch', options, ['maxJobs', 'maxWaitMs']);
  const { maxJobs = 100, maxWaitMs = 5 } = options;
  return {
    maxJobs: whole('batch.maxJobs', maxJobs, 1, 1_000),
    maxWaitMs: whole('batch.maxWaitMs', maxWaitMs, 0, 1_000),
  };
}

interface Waiting {
  readonly item: Prepared;
  readonly resolve: (answer: EnqueueAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects the jobs of one queue. */
export class Batcher {
  readonly #http: Http;
  readonly #queue: string;
  readonly #settings: Required<BatchOptions>;
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(http: Http, queue: string, settings: Required<BatchOptions>) {
    this.#http = http;
    this.#queue = queue;
    this.#settings = settings;
  }

  /** A job whose signal is aborted before it was sent is not sent. */
  add({ signal, ...item }: Prepared & CallOptions): Promise<EnqueueAnswer> {
    let abort: () => void;
    return new Promise<EnqueueAnswer>((resolve, reject) => {
      signal?.throwIfAborted();
      const one = { item, resolve, reject };
      abort = () => {
        this.#waiting.delete(one);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the caller chose.
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort);
      this.#waiting.add(one);
      if (this.#waiting.size >= this.#settings.maxJobs) void this.flush();
      else this.#timer ??= setTimeout(() => void this.flush(), this.#settings.maxWaitMs);
    }).finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Never rejects: each job's own call says what became of it. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = [...this.#waiting];
    this.#waiting.clear();
    try {
      const { sendMany } = await import('./bulk.ts');
      const items = batch.map(({ item }) => item);
      const outcomes = await sendMany(this.#http, this.#queue, items);
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.ok) batch[index]?.resolve(outcome.job);
        else batch[index]?.reject(outcome.error);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
