import { type Logger, pause } from '@relay/service-kit';

/**
 * A background loop: the one contract of everything that runs here.
 *
 * `start` returns at once and may be called once. `stop` resolves when the loop has come to its end,
 * may be called at any time and any number of times, before `start` too (which then does nothing),
 * and never rejects.
 */
export interface Loop {
  readonly name: string;
  start(): void;
  stop(): Promise<void>;
}

/** What a loop tells of itself. */
export interface LoopObserver {
  /** One round of work has ended. */
  round(loop: string, round: { readonly ok: boolean; readonly ms: number }): void;
  /** A queue was visited so many ms after it was due. */
  late?(loop: string, ms: number): void;
  /** The loop ended by an error that it did not expect, and will be started again. */
  crashed(loop: string, error: unknown): void;
}

export interface SupervisedLoopOptions {
  readonly name: string;
  /** Runs until the signal is aborted. To return before that, or to throw, is a crash. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
  readonly observer: Pick<LoopObserver, 'crashed'>;
  /** First pause before it is started again; doubled at each further crash. Defaults to 200 ms. */
  readonly restartMs?: number;
}

/** Longest pause before a loop is started again, ms. */
const LONGEST_RESTART_MS = 10_000;
/** A loop that has run so long, in ms, starts with a clean record. */
const FORGIVEN_MS = 60_000;

/** Keeps a loop running: a crash is logged, counted, and the loop starts again after a pause. */
export class SupervisedLoop implements Loop {
  readonly name: string;
  readonly #options: SupervisedLoopOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: SupervisedLoopOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    if (this.#stop.signal.aborted) return;
    this.#running ??= this.#keepRunning();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stop;
    let crashes = 0;
    while (!signal.aborted) {
      const startedAt = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- one life after the other.
      const error = await this.#live(signal);
      if (signal.aborted) return;
      crashes = performance.now() - startedAt > FORGIVEN_MS ? 1 : crashes + 1;
      // oxlint-disable-next-line no-await-in-loop
      await this.#recover(error, crashes, signal);
    }
  }

  /** @returns what ended it. */
  async #live(signal: AbortSignal): Promise<unknown> {
    try {
      await this.#options.run(signal);
      return new Error('it came to an end by itself');
    } catch (error) {
      return error;
    }
  }

  async #recover(cause: unknown, crashes: number, signal: AbortSignal): Promise<void> {
    const { name, logger, observer, restartMs = 200 } = this.#options;
    const pauseMs = Math.min(LONGEST_RESTART_MS, restartMs * 2 ** Math.min(crashes - 1, 16));
    logger.error({ err: cause, loop: name }, `loop ${name} crashed; restarting in ${pauseMs} ms`);
    observer.crashed(name, cause);
    await pause(pauseMs, signal);
  }
}
