import { type BatchOptions, batchSettings } from './batch-options.ts';
import type { Batcher } from './batcher.ts';
import type { InputsOf, OutputsOf, QueueDefinition, Schemas } from './definition.ts';
import { AnswerError, OptionsError } from './errors.ts';
import type { EventsOptions, RelayEvent } from './events.ts';
import type {
  GroupsAnswer,
  Job,
  Operation,
  Overview,
  QueueSummary,
  QuietAnswer,
  VersionAnswer,
  WorkerSummary,
} from './generated/contract.ts';
import type { RelayHooks } from './hooks.ts';
import { type CallOptions, type Fetch, Http } from './http.ts';
import { known, named, whole } from './options.ts';
import { pages } from './pages.ts';
import { Queue } from './queue.ts';
import { type RetryOptions, retryPolicy } from './retry.ts';
import { VERSION } from './version.ts';
import type { AnyHandlers } from './worker/types.ts';
import { RelayWorker, type WorkerSettings } from './worker/worker.ts';

/** Options of a client. */
export interface RelayOptions {
  /** URL of the gateway, such as `https://relay.example.org`. */
  readonly url: string;
  /** `rk_…`. Defaults to none, for a gateway without authentication. */
  readonly apiKey?: string;
  /** Function that sends the requests. Defaults to the global `fetch`. */
  readonly fetch?: Fetch;
  /** Time limit of one attempt: 1 … 600,000. Defaults to 10,000. */
  readonly timeoutMs?: number;
  /**
   * How requests that are safe to repeat are retried; `false`: never. Defaults to those of
   * {@link RetryOptions}.
   */
  readonly retry?: RetryOptions | false;
  /** For traces and metrics. Defaults to none. */
  readonly hooks?: RelayHooks;
  /** Lets concurrent `enqueue` calls share requests. Defaults to a request each. */
  readonly batch?: BatchOptions;
}

/** A queue to serve: by name, or with its validators. */
export type WorkerQueue = string | QueueDefinition;

const OPTIONS = ['url', 'apiKey', 'fetch', 'timeoutMs', 'retry', 'hooks', 'batch'];

/**
 * A client of a gateway.
 *
 * @example
 * ```ts
 * const relay = new Relay({ url: 'http://127.0.0.1:8080' });
 * const emails = relay.queue<{ welcome: { to: string } }>('emails');
 * await emails.enqueue('welcome', { to: 'ada@example.org' });
 * ```
 */
export class Relay {
  readonly #http: Http;
  readonly #batch: Required<BatchOptions> | undefined;
  readonly #batchers = new Map<string, Promise<Batcher>>();

  /** @throws {OptionsError} naming the option that is wrong. */
  constructor(options: RelayOptions) {
    known('new Relay', options, OPTIONS);
    const { hooks = {}, batch } = options;
    known('hooks', hooks, ['onRequest', 'onResponse']);
    this.#batch = batch === undefined ? undefined : batchSettings(batch);
    this.#http = new Http({
      url: baseUrl(options.url),
      apiKey: checkedKey(options.apiKey),
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      timeoutMs: whole('timeoutMs', options.timeoutMs ?? 10_000, 1, 600_000),
      retry: retryPolicy(options.retry),
      hooks,
    });
  }

  /** @internal For the entries of this package that not everybody carries. */
  static http(relay: Relay): Http {
    return relay.#http;
  }

  /**
   * A queue: typed by a map from job types to payloads, or by a definition with validators.
   *
   * @example
   * ```ts
   * const emails = relay.queue<{ welcome: { to: string } }>('emails');
   * const orders = relay.queue(defineQueue('orders', { paid: z.object({ id: z.string() }) }));
   * ```
   */
  queue<S extends Schemas>(definition: QueueDefinition<S>): Queue<InputsOf<S>, OutputsOf<S>>;
  queue<Jobs = Record<string, unknown>>(name: string): Queue<Jobs>;
  queue(queue: string | QueueDefinition): Queue {
    const { name, schemas } = partsOf(queue);
    return new Queue(name, { http: this.#http, schemas, batcher: this.#batcherOf(name) });
  }

  /** Lists the queues that the key covers. */
  queues(options: CallOptions & { readonly search?: string } = {}): AsyncGenerator<QueueSummary> {
    known('queues', options, ['search', 'signal']);
    return pages(this.#http, '/v1/queues', options);
  }

  /** Finds a job by its id in all queues that the key covers. @throws {NotFoundError} */
  job(id: string, options?: CallOptions): Promise<Job> {
    return this.#get(`/v1/jobs/${encodeURIComponent(id)}`, options, 'id');
  }

  /** Lists the live workers. */
  workers(options: CallOptions = {}): AsyncGenerator<WorkerSummary> {
    known('workers', options, ['signal']);
    return pages(this.#http, '/v1/workers', options);
  }

  /** Asks a worker to stop claiming; `false` withdraws the request. */
  quiet(workerId: string, quiet = true, options: CallOptions = {}): Promise<QuietAnswer> {
    return this.#http.json({
      method: 'POST',
      path: `/v1/workers/${encodeURIComponent(workerId)}/quiet`,
      body: JSON.stringify({ quiet }),
      signal: options.signal,
      safe: true,
    });
  }

  /** Groups the newest dead letters by reason and error, of one queue or of all. */
  deadLetterGroups(options: CallOptions & { readonly queue?: string } = {}): Promise<GroupsAnswer> {
    known('deadLetterGroups', options, ['queue', 'signal']);
    const { signal, ...query } = options;
    return this.#http.json({ method: 'GET', path: '/v1/dead-letters/groups', query, signal });
  }

  /** Gets the progress of a background operation. */
  operation(id: string, options?: CallOptions): Promise<Operation> {
    return this.#get(`/v1/operations/${encodeURIComponent(id)}`, options);
  }

  /** Stops a background operation; what it has done is kept. */
  cancelOperation(id: string, options: CallOptions = {}): Promise<Operation> {
    const path = `/v1/operations/${encodeURIComponent(id)}/cancel`;
    return this.#http.json({ method: 'POST', path, signal: options.signal, safe: true });
  }

  /** Summary of all queues: contents, activity, and whether anything needs attention. */
  overview(options?: CallOptions): Promise<Overview> {
    return this.#get('/v1/overview', options);
  }

  /**
   * Streams changes of queues, until the loop is left or the signal is aborted. A broken stream
   * reconnects, and starts with a snapshot.
   *
   * @example
   * ```ts
   * for await (const { type, queues } of relay.events({ queues: ['emails'] })) show(type, queues);
   * ```
   */
  async *events(options?: EventsOptions): AsyncGenerator<RelayEvent, void, undefined> {
    // It comes when it is needed: a producer never loads it.
    const { events } = await import('./events.ts');
    yield* events(this.#http, options);
  }

  /** A worker for several queues; see {@link Queue.worker} for one whose handlers are typed. */
  worker(
    options: WorkerSettings & {
      readonly queues: readonly WorkerQueue[];
      readonly handlers: AnyHandlers;
    },
  ): RelayWorker {
    return new RelayWorker(this.#http, options, options.queues.map(partsOf));
  }

  /**
   * Checks that the gateway is reachable and supports this client, for instance when a program starts.
   *
   * @throws {NetworkError} when nobody answers.
   * @throws {AnswerError} when it is something else, or too new.
   */
  async check(options?: CallOptions): Promise<VersionAnswer> {
    const answer = await this.#get<VersionAnswer>('/v1/version', options, 'minClientVersion');
    if (isAtLeast(VERSION, answer.minClientVersion)) return answer;
    throw new AnswerError(
      'incompatible',
      `this gateway needs @relay/sdk ${answer.minClientVersion} or newer, not ${VERSION}`,
    );
  }

  /** Sends the jobs held by the micro-batcher, and waits for the response. */
  async flush(): Promise<void> {
    await Promise.all(
      [...this.#batchers.values()].map(async (batcher) => await (await batcher).flush()),
    );
  }

  #get<T>(path: string, { signal }: CallOptions = {}, has?: string): Promise<T> {
    return this.#http.json({ method: 'GET', path, signal, ...(has === undefined ? {} : { has }) });
  }

  /** It comes when it is needed: who does not batch never loads it. */
  #batcherOf(queue: string): (() => Promise<Batcher>) | undefined {
    const batch = this.#batch;
    if (batch === undefined) return undefined;
    return () => {
      const batcher =
        this.#batchers.get(queue) ??
        import('./batcher.ts').then((loaded) => new loaded.Batcher(this.#http, queue, batch));
      this.#batchers.set(queue, batcher);
      return batcher;
    };
  }
}

function partsOf(queue: WorkerQueue): { name: string; schemas: Schemas | undefined } {
  const { name, schemas } = typeof queue === 'object' ? queue : { name: queue, schemas: undefined };
  return { name: named('the name of a queue', name), schemas };
}

function baseUrl(url: string): string {
  if (!/^https?:\/\/[^/\s]/.test(url) || !URL.canParse(url)) {
    throw new OptionsError(
      `url must be like https://relay.example.org, not ${JSON.stringify(url)}`,
    );
  }
  // Which `fetch` refuses. It is a secret, and not shown.
  if (/^[^/]+\/\/[^/]*@/.test(url)) throw new OptionsError('url must have no user or password');
  const base = url.replace(/\/+$/, '');
  if (!/\/v1$|[?#]/.test(base)) return base;
  throw new OptionsError(`url must end before /v1, and have no query: ${JSON.stringify(url)}`);
}

/** Its form only, and never shown. */
function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined || /^rk_[A-Za-z0-9]+_[\w-]+$/.test(key)) return key;
  throw new OptionsError('apiKey must be like rk_<id>_<secret>');
}

function isAtLeast(version: string, least: string): boolean {
  const mine = version.split('.').map(Number);
  for (const [index, part] of least.split('.').map(Number).entries()) {
    const own = mine[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
