import type { BatchOptions } from './batch-options.ts';
import type { Prepared } from './enqueue.ts';
import type { EnqueueAnswer } from './generated/contract.ts';
import type { CallOptions, Http } from './http.ts';

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
