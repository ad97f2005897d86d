import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, messageOf, StartError } from './errors.ts';
import { describeUrl, type Logger } from './logger.ts';
import type { Gauge, Metrics } from './metrics.ts';
import { pause, toNextStep } from './pause.ts';
import type { Probes } from './probes.ts';
import type { Shutdown } from './shutdown.ts';

/** What the monitor needs of the store: the broker has it, but this package does not know the broker. */
export interface Store {
  /** Connects and checks that the server can be used, and fails after `deadlineMs`. May be called again then. */
  connect(options: { readonly deadlineMs: number }): Promise<unknown>;
  /** Rejects when the server does not answer in time. */
  ping(timeoutMs?: number): Promise<void>;
}

export interface StoreMonitorOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** As it may be shown: see `describeUrl`. */
  readonly address: string;
  /** How long {@link StoreMonitor.start} waits for a server that does not answer; 0: for ever. */
  readonly waitMs: number;
  /** Between two pings. Defaults to 1,000. */
  readonly intervalMs?: number;
}

/** After so long without an answer at the start it is said that there is none, ms: long before an operator gives up. */
const FIRST_WORD_MS = 2_000;

/** Errors that no waiting heals. */
const HOPELESS = new Set(['store-unsupported', 'store-denied']);

/**
 * Watches over the connection to Redis: waits for it at start, pings it from then on, says so once
 * when it goes and once when it is back, and keeps `relay_redis_up`. Readiness reads what it knows,
 * so that a flood of probes costs Redis nothing.
 */
export class StoreMonitor implements AsyncDisposable {
  readonly #options: StoreMonitorOptions;
  readonly #up: Gauge;
  readonly #stopped = new AbortController();
  #problem: string | undefined = 'not connected yet';
  #loop: Promise<void> | undefined;

  constructor(options: StoreMonitorOptions) {
    this.#options = options;
    this.#up = options.metrics.gauge({
      name: 'relay_redis_up',
      help: '1 while Redis answers this process.',
    });
  }

  /** Whether Redis answered last time. */
  get isUp(): boolean {
    return this.#problem === undefined;
  }

  /** The readiness check. */
  readonly check = (): void => {
    if (this.#problem !== undefined) throw new Error(this.#problem);
  };

  /**
   * Waits until the store is connected, then begins to ping it.
   *
   * @throws {StartError} at once when the server cannot be used or refuses us; after `waitMs` when it
   * does not answer; the signal's reason when that is aborted.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const stop = signal ? AbortSignal.any([signal, this.#stopped.signal]) : this.#stopped.signal;
    await this.#connect(stop);
    this.#loop = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the monitor was stopped'));
    await this.#loop;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #connect(stop: AbortSignal): Promise<void> {
    const { store, address, waitMs, logger } = this.#options;
    const begun = performance.now();
    const left = (): number => (waitMs > 0 ? begun + waitMs - performance.now() : Infinity);
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
      stop.throwIfAborted();
      try {
        // oxlint-disable-next-line no-await-in-loop -- each try follows the failure of the last.
        await store.connect({ deadlineMs: Math.max(100, Math.min(FIRST_WORD_MS, left())) });
        this.#change(undefined);
        return;
      } catch (error) {
        stop.throwIfAborted();
        const message = messageOf(error);
        if (HOPELESS.has(codeOf(error) ?? '')) {
          throw new StartError(`Redis at ${address} cannot be used: ${message}`, { cause: error });
        }
        if (codeOf(error) !== 'store-unavailable') throw error;
        if (this.#problem !== message) {
          logger.warn(`Redis at ${address} is unavailable, waiting: ${message}`);
        }
        this.#problem = message;
        if (left() < pauseMs) {
          throw new StartError(
            `no answer from Redis at ${address} within ${waitMs} ms: start it or set REDIS_URL (${message})`,
            { cause: error },
          );
        }
      }
      // oxlint-disable-next-line no-await-in-loop
      await delay(pauseMs, undefined, { signal: stop }).catch(() => stop.throwIfAborted());
    }
  }

  async #watch(): Promise<void> {
    const { store, intervalMs = 1_000 } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
        await store.ping(1_000);
        this.#change(undefined);
      } catch (error) {
        if (!signal.aborted) this.#change(messageOf(error));
      }
      // oxlint-disable-next-line no-await-in-loop
      await pause(toNextStep(intervalMs), signal, { ref: false });
    }
  }

  #change(problem: string | undefined): void {
    const { logger, address } = this.#options;
    const wasUp = this.isUp;
    this.#problem = problem;
    this.#up.set(problem === undefined ? 1 : 0);
    if (wasUp && problem !== undefined)
      logger.error(`Redis at ${address} is unavailable: ${problem}`);
    if (!wasUp && problem === undefined) logger.info(`Redis at ${address} answers`);
  }
}

/** The part of a service's context that {@link watchStore} needs. */
interface Watching extends Pick<StoreMonitorOptions, 'logger' | 'metrics'> {
  readonly config: { readonly REDIS_URL: string; readonly RELAY_REDIS_WAIT_MS: number };
  readonly probes: Probes;
  readonly shutdown: Shutdown;
}

/**
 * The monitor of a service's store: a step of its end, and a condition of its readiness. The caller
 * starts it, once everything listens that shall answer while Redis is away.
 */
export function watchStore(store: Store, context: Watching): StoreMonitor {
  const { config, logger, metrics, probes, shutdown } = context;
  const monitor = new StoreMonitor({
    store,
    logger,
    metrics,
    address: describeUrl(config.REDIS_URL),
    waitMs: config.RELAY_REDIS_WAIT_MS,
  });
  shutdown.add('redis monitor', () => monitor.stop());
  probes.addReadiness('redis', monitor.check);
  return monitor;
}
