import { Deferred } from '../deferred.ts';
import type { Schemas } from '../definition.ts';
import { OptionsError } from '../errors.ts';
import type { Http } from '../http.ts';
import { known, whole } from '../options.ts';
import { Emitter } from './emitter.ts';
import type { Runtime } from './runtime.ts';
import { DAY_MS, type Settings, settingsOf, type WorkerSettings } from './settings.ts';
import type { AnyHandlers, Handler, WorkerEvents } from './types.ts';

export type { WorkerSettings } from './settings.ts';

declare global {
  // So that the declarations need no newer library than that of TypeScript 5.0.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/**
 * Takes jobs over HTTP and runs them, `concurrency` at a time, with the handlers of `@relay/consumer`.
 * Nothing happens before `start`. A worker is started and stopped once.
 *
 * @example
 * ```ts
 * const worker = relay.worker({
 *   queues: ['emails'],
 *   handlers: { welcome: (job: WorkerJob<{ to: string }>, { signal }) => send(job.payload.to, signal) },
 * });
 * worker.start();
 * process.once('SIGTERM', () => void worker.stop());
 * await worker.done;
 * ```
 */
export class RelayWorker {
  readonly workerId: string;
  /**
   * Resolves when it has stopped; rejects when the gateway permanently rejects its first claim. An
   * unhandled rejection ends the process, so that a wrong key does not go unnoticed.
   */
  readonly done: Promise<void>;
  readonly #http: Http;
  readonly #settings: Settings;
  readonly #schemas: ReadonlyMap<string, Schemas | undefined>;
  readonly #handlerOf: (type: string) => Handler | undefined;
  readonly #events: Emitter<WorkerEvents>;
  readonly #finish = new Deferred();
  #phase: 'new' | 'running' | 'draining' | 'stopped' = 'new';
  #loading: Promise<void> | undefined;
  #runtime: Runtime | undefined;
  #stopping: Promise<void> | undefined;

  /** @internal Use {@link Relay.worker} or {@link Queue.worker}. */
  constructor(
    http: Http,
    options: WorkerSettings & { readonly handlers: AnyHandlers | object },
    queues: readonly { readonly name: string; readonly schemas: Schemas | undefined }[],
  ) {
    this.#http = http;
    this.#settings = settingsOf(options);
    this.workerId = this.#settings.workerId;
    this.done = this.#finish.promise;
    if (queues.length === 0) throw new OptionsError('queues is empty: name at least one');
    this.#schemas = new Map(queues.map(({ name, schemas }) => [name, schemas]));
    this.#handlerOf = lookup(options.handlers);
    const { logger } = this.#settings;
    this.#events = new Emitter((error) => logger.error({ err: error }, 'a listener threw'));
  }

  get phase(): 'new' | 'running' | 'draining' | 'stopped' {
    return this.#phase;
  }

  /** Slots in use. */
  get busy(): number {
    return this.#runtime?.busy ?? 0;
  }

  /** Adds a listener; the returned function removes it. */
  on<Name extends keyof WorkerEvents>(
    name: Name,
    listener: (event: WorkerEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /** Starts claiming. Does nothing if it is already running or was stopped. */
  start(): void {
    if (this.#phase !== 'new') return;
    this.#phase = 'running';
    this.#loading = this.#load();
    void this.#run(this.#loading);
  }

  /**
   * Stops claiming at once and lets running jobs finish while their leases are kept alive; then aborts
   * the rest and releases them without counting an attempt. Resolves when everything that can be
   * settled is settled. Further calls wait for the first.
   *
   * @param options.drainMs How long to wait for running jobs: 0 … 86,400,000. Defaults to the worker's
   *   `drainMs`.
   * @throws {OptionsError} naming the option that is wrong; the worker goes on.
   */
  async stop(options: { readonly drainMs?: number } = {}): Promise<void> {
    known('stop', options, ['drainMs']);
    const { drainMs = this.#settings.drainMs } = options;
    this.#stopping ??= this.#stop(whole('drainMs', drainMs, 0, DAY_MS));
    await this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(loading: Promise<void>): Promise<void> {
    try {
      await loading;
      await this.#runtime?.claimLoop();
    } catch (error) {
      this.#finish.reject(error);
      await this.stop({ drainMs: 0 });
    }
  }

  /** What runs jobs comes when it is needed: a producer never loads it. */
  async #load(): Promise<void> {
    const { Runtime } = await import('./runtime.ts');
    this.#runtime = new Runtime({
      http: this.#http,
      settings: this.#settings,
      schemas: this.#schemas,
      handlerOf: this.#handlerOf,
      events: this.#events,
    });
  }

  async #stop(drainMs: number): Promise<void> {
    this.#phase = 'draining';
    this.#events.emit('draining', {});
    try {
      await this.#loading;
      await this.#runtime?.stop(drainMs);
    } finally {
      this.#phase = 'stopped';
      this.#events.emit('stopped', {});
      this.#finish.resolve();
    }
  }
}

function lookup(handlers: object): (type: string) => Handler | undefined {
  if (typeof handlers === 'function') return () => handlers as Handler;
  // A Map, since a job type may be called "constructor".
  const byType = new Map<string, Handler>();
  for (const [type, handler] of Object.entries(handlers)) {
    if (typeof handler !== 'function') {
      throw new OptionsError(`the handler of ${type} is ${typeof handler}, not a function`);
    }
    byType.set(type, handler as Handler);
  }
  if (byType.size === 0) throw new OptionsError('there is no handler: give at least one');
  return (type) => byType.get(type);
}
