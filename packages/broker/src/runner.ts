import { Cluster, type Redis } from 'ioredis';
import { ClosedError } from './errors.ts';
import type { Script } from './scripts.ts';
import { failureOf, judge, type StoreFailure, unavailable } from './store-error.ts';

/** How a call is tried. */
export interface CallOptions {
  /** How long transient failures of Redis are retried, in ms. Then StoreUnavailableError. Defaults to the broker's. */
  readonly deadlineMs?: number;
  /** Gives up waiting; the outcome of a try that is under way is then unknown. */
  readonly signal?: AbortSignal;
}

export type Argument = string | number;

/** The script, its keys and its arguments. */
export interface Invocation {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly Argument[];
  /** For messages: the verb and the queue. */
  readonly what: string;
}

/** Is told of every try; for metrics. What it throws, the call throws. */
export interface StoreObserver {
  /** A script was answered. `name` is that of its file. */
  readonly script?: (name: string, ms: number) => void;
  readonly failed?: (failure: StoreFailure) => void;
  /** The connection is back after it was lost. */
  readonly reconnected?: () => void;
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/**
 * Runs scripts by their hash and tries again what failed for want of Redis. The connection itself never resends
 * anything: only here is it known that a call may be repeated (its script keeps the outcome, or repeating is harmless).
 */
export class ScriptRunner {
  readonly #client: Redis | Cluster;
  readonly #deadlineMs: number;
  readonly #silenceMs: number;
  readonly #observer: StoreObserver;
  #closed = false;
  /** Why the connection cannot be had, while it cannot. */
  #connectionError: Error | null = null;

  /** @param options.silenceMs after which the connection itself gives up a command. */
  constructor(
    client: Redis | Cluster,
    {
      deadlineMs,
      silenceMs,
      observer = {},
    }: { deadlineMs: number; silenceMs: number; observer?: StoreObserver | undefined },
  ) {
    this.#observer = observer;
    this.#client = client;
    this.#deadlineMs = deadlineMs;
    this.#silenceMs = silenceMs;
    // Each call that waits for the connection listens to it.
    client.setMaxListeners(0);
    client.on('error', (error: Error) => {
      this.#connectionError = error;
    });
    let wasReady = false;
    client.on('ready', () => {
      this.#connectionError = null;
      if (wasReady) observer.reconnected?.();
      wasReady = true;
    });
  }

  get connectionError(): Error | null {
    return this.#connectionError;
  }

  /** Whether keys of several queues can never meet in one script. */
  get inCluster(): boolean {
    return this.#client instanceof Cluster;
  }

  async run(call: Invocation, options: CallOptions = {}): Promise<unknown> {
    const deadline = this.deadline(options);
    const { script } = this.#observer;
    const begun = script === undefined ? 0 : performance.now();
    try {
      const reply = await this.#answer(this.#send(call), deadline);
      script?.(call.script.name, performance.now() - begun);
      return reply;
    } catch (error) {
      this.failed(error);
      return this.#again(call, { options, deadline, first: error });
    }
  }

  /** Any other command, tried in the same way. It must be harmless to repeat. */
  async command<T>(
    what: string,
    send: (client: Redis | Cluster) => Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    const deadline = this.deadline(options);
    return this.#retry({ what, options, deadline, send: () => send(this.#client) });
  }

  close(): void {
    this.#closed = true;
  }

  async #send({ script, keys, args }: Invocation): Promise<unknown> {
    if (this.#closed) throw new ClosedError('the broker is closed');
    return this.#client.evalsha(
      script.sha,
      keys.length,
      ...(keys as string[]),
      ...(args as Argument[]),
    );
  }

  async #load({ script, keys, args }: Invocation): Promise<unknown> {
    return this.#client.eval(
      script.source,
      keys.length,
      ...(keys as string[]),
      ...(args as Argument[]),
    );
  }

  /** Tells the observer of a try that failed. */
  failed(error: unknown): void {
    if (error instanceof ClosedError) return;
    const failure = failureOf(error);
    if (failure !== undefined) this.#observer.failed?.(failure);
  }

  /** Until when a call that begins now is tried, by `performance.now()`. */
  deadline(options: CallOptions = {}): number {
    return performance.now() + (options.deadlineMs ?? this.#deadlineMs);
  }

  /**
   * Gives up an answer at the deadline, where the connection would wait for longer. A process that was held up first
   * reads what has come meanwhile: timers run before sockets are read.
   */
  async #answer<T>(answer: Promise<T>, deadline: number): Promise<T> {
    const left = deadline - performance.now();
    if (left >= this.#silenceMs) return answer;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const giveUp = (): void => reject(new Error('no answer before the deadline'));
      timer = setTimeout(() => setImmediate(giveUp), left);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #again(
    call: Invocation,
    rest: Pick<Attempt<unknown>, 'options' | 'deadline' | 'first'>,
  ): Promise<unknown> {
    let load = false;
    return this.#retry({
      ...rest,
      what: call.what,
      send: async () => {
        const begun = performance.now();
        const reply = await (load ? this.#load(call) : this.#send(call));
        this.#observer.script?.(call.script.name, performance.now() - begun);
        return reply;
      },
      onMissingScript: () => {
        load = true;
      },
    });
  }

  async #retry<T>(attempt: Attempt<T>): Promise<T> {
    const { what, options, deadline } = attempt;
    let error = attempt.first;
    for (let tries = 0; ; tries++) {
      if (error !== undefined) {
        const pause = this.#pauseAfter(error, attempt, tries);
        const left = deadline - performance.now();
        if (left <= 0) throw unavailable(what, this.#reason(error), error);
        if (pause > 0) await this.#wait(Math.min(pause, left), options.signal);
      }
      options.signal?.throwIfAborted();
      if (this.#closed) throw new ClosedError('the broker is closed');
      try {
        return await this.#answer(attempt.send(), deadline);
      } catch (caught) {
        this.failed(caught);
        error = caught;
      }
    }
  }

  /** How long to wait before the next try; throws what no further try can mend. */
  #pauseAfter(error: unknown, attempt: Attempt<unknown>, tries: number): number {
    if (error instanceof ClosedError) throw error;
    const verdict = judge(error, attempt.what);
    switch (verdict.kind) {
      case 'load-script':
        attempt.onMissingScript?.();
        return 0;
      case 'fatal':
        throw verdict.error;
      case 'transient':
        this.#assertAdmitted(attempt.what);
        if (verdict.reconnect && 'reconnectTimeout' in this.#client) this.#client.disconnect(true);
        return (
          Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10)) *
          (0.5 + Math.random())
        );
    }
  }

  /** A command only hears that there is no connection; the connection knows why. */
  #reason(error: unknown): string {
    const cause = this.#connectionError;
    if (cause === null) return messageOf(error);
    // Node gives one error for all addresses of a host, with an empty message of its own.
    const causes = cause instanceof AggregateError ? cause.errors : [cause];
    return causes.map(messageOf).join('; ') || messageOf(error);
  }

  /** Where the server refuses the connection itself, commands only hear that there is none. */
  #assertAdmitted(what: string): void {
    if (this.#connectionError === null) return;
    const verdict = judge(this.#connectionError, what);
    if (verdict.kind === 'fatal' && verdict.error.code === 'store-denied') throw verdict.error;
  }

  /** Waits, but no longer than until the connection is ready again. */
  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const client = this.#client;
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        client.off('ready', done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      client.on('ready', done);
      signal?.addEventListener('abort', done);
    });
  }
}

interface Attempt<T> {
  readonly what: string;
  readonly options: CallOptions;
  /** By `performance.now()`. */
  readonly deadline: number;
  /** The error of a try that was made already. */
  readonly first?: unknown;
  readonly send: () => Promise<T>;
  readonly onMissingScript?: () => void;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
