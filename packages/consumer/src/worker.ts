import { Deadlines } from './deadlines.ts';
import { Emitter, type Unsubscribe } from './emitter.ts';
import { Gate } from './gate.ts';
import { LoopWatch } from './loop-watch.ts';
import { type Settings, settingsOf, wholeConcurrency, wholeDrain } from './options.ts';
import { Presence } from './presence.ts';
import { QueueLoop } from './queue-loop.ts';
import type { RunningJob } from './running-job.ts';
import type { Runtime } from './runtime.ts';
import { SlotPool } from './slot-pool.ts';
import type { Handlers, Middleware, WorkerEvents, WorkerHealth, WorkerOptions } from './types.ts';
import { WakeHub } from './wake-hub.ts';

/** After the drain budget: what aborted handlers get to end by themselves, in ms. */
const LAST_WORDS_MS = 500;
/** After that: what the last calls get to be answered by Redis, in ms. */
const FLUSH_MS = 1_500;

/** Options of `stop`. */
export interface StopOptions {
  /** How long to wait for running jobs: 0 … 86,400,000. Defaults to the worker's `drainMs`. */
  readonly drainMs?: number;
  /**
   * What to do with jobs that are still running then. `release`: abort them and return them to their queue without
   * counting an attempt. `crash`: count the delivery as a crash, as if the process had died; for a process that exits
   * because of one of them, which would otherwise take down one worker after another. Defaults to `release`.
   */
  readonly unfinished?: 'release' | 'crash';
}

/**
 * Claims jobs from queues and runs them, `concurrency` at a time.
 *
 * Nothing happens before `start`. A worker can be started and stopped only once.
 *
 * @example
 * ```ts
 * await using worker = new Worker({
 *   broker,
 *   queues: ['emails'],
 *   handlers: { welcome: async (job: Job<Welcome>, { signal }) => send(job.payload, signal) },
 * });
 * worker.start();
 * ```
 */
export class Worker implements AsyncDisposable {
  readonly #settings: Settings;
  readonly #events: Emitter<WorkerEvents>;
  readonly #deadlines: Deadlines;
  readonly #pool: SlotPool;
  readonly #loops: readonly QueueLoop[];
  readonly #hub: WakeHub;
  readonly #watch: LoopWatch;
  readonly #presence: Presence;
  readonly #abort = new AbortController();
  readonly #gate = new Gate();
  readonly #now = () => performance.now();
  #phase: 'new' | 'running' | 'draining' | 'stopped' = 'new';
  #quiet = { operator: false, own: false };
  #stopping: Promise<void> | undefined;

  /** @throws {OptionsError} naming the option that is wrong. */
  constructor(options: WorkerOptions) {
    const settings = settingsOf(options);
    this.#settings = settings;
    this.#events = new Emitter((error, event) => {
      settings.logger.error({ err: error, event }, 'a listener of the worker threw');
    });
    this.#deadlines = new Deadlines(() => this.#jobs(), this.#now);
    this.#pool = new SlotPool(settings.concurrency);
    const runtime: Runtime = {
      settings,
      events: this.#events,
      deadlines: this.#deadlines,
      now: this.#now,
      abort: this.#abort.signal,
    };
    this.#watch = new LoopWatch(
      runtime,
      () => this.#jobs().filter(({ leaseOver }) => !leaseOver).length,
    );
    const watch = this.#watch;
    this.#loops = settings.queues.map(
      ({ name, limit, weight }) =>
        new QueueLoop({
          queue: name,
          limit,
          weight,
          pool: this.#pool,
          runtime,
          watch,
          onTurn: () => this.#onTurn(),
        }),
    );
    this.#hub = new WakeHub(runtime, this.#loops);
    this.#presence = new Presence(
      runtime,
      () => this.#state(),
      (quiet) => this.#setQuiet({ ...this.#quiet, operator: quiet }),
    );
  }

  /** Its name in the worker registry. */
  get workerId(): string {
    return this.#settings.workerId;
  }

  /** How many jobs may run at once. */
  get concurrency(): number {
    return this.#pool.size;
  }

  /** Slots in use, or reserved by a claim in flight. */
  get busy(): number {
    return this.#loops.reduce((busy, loop) => busy - loop.aside, this.#pool.busy);
  }

  /** Where it is in its life cycle. */
  get phase(): 'new' | 'running' | 'draining' | 'stopped' {
    return this.#phase;
  }

  /** Whether it has stopped claiming because an operator or {@link quiet} asked it to. */
  get isQuiet(): boolean {
    return this.#quiet.operator || this.#quiet.own;
  }

  /** Changes how many jobs may run at once: 1 … 10,000. When lowered, running jobs finish first. */
  setConcurrency(concurrency: number): void {
    this.#pool.resize(wholeConcurrency(concurrency));
    if (this.#phase === 'running') this.#hub.refresh();
  }

  /** Adds a middleware around all handlers, inside the ones added before. */
  use(middleware: Middleware): this {
    this.#settings.handlers.use(middleware);
    return this;
  }

  /**
   * Replaces the handlers for future deliveries; running ones keep theirs.
   *
   * @throws {OptionsError} when they cannot be used: the old ones then stay.
   */
  setHandlers(handlers: Handlers): void {
    this.#settings.handlers.replace(handlers);
  }

  /** Stops claiming, while running jobs continue; `false` resumes. Independent of an operator's request. */
  quiet(quiet = true): void {
    this.#setQuiet({ ...this.#quiet, own: quiet });
  }

  /**
   * Whether the claim loops make progress. An unavailable store does not count: the loops keep
   * retrying, and restarting the process would not help.
   */
  health(): WorkerHealth {
    if (this.#phase !== 'running') return { ok: true, reasons: [] };
    const reasons = this.#loops.map((loop) => loop.trouble).filter((one) => one !== null);
    return { ok: reasons.length === 0, reasons };
  }

  /** Jobs whose handlers are running. */
  running(): readonly { readonly queue: string; readonly id: string; readonly type: string }[] {
    return this.#jobs()
      .filter((job) => job.active)
      .map(({ lease: { queue, id, type } }) => ({ queue, id, type }));
  }

  /** Adds a listener; the returned function removes it. */
  on<Name extends keyof WorkerEvents>(
    name: Name,
    listener: (event: WorkerEvents[Name]) => void,
  ): Unsubscribe {
    return this.#events.on(name, listener);
  }

  /** Starts claiming. Does nothing if it is already running or was stopped. */
  start(): void {
    if (this.#phase !== 'new') return;
    this.#phase = 'running';
    this.#watch.start();
    for (const loop of this.#loops) loop.start();
    if (this.isQuiet) for (const loop of this.#loops) loop.setQuiet(true);
    this.#hub.start();
    this.#presence.tell();
  }

  /**
   * Stops claiming at once and lets running jobs finish while their leases are kept alive; then aborts
   * the rest and releases them without counting an attempt. Resolves when everything that can be
   * settled is settled, at the latest after `drainMs` + 2 s; no timer and no socket of this worker is
   * left open then. Further calls wait for the first.
   *
   * @throws {OptionsError} for a `drainMs` that is out of range; the worker continues.
   */
  stop(options: StopOptions = {}): Promise<void> {
    const { drainMs = this.#settings.drainMs, unfinished = 'release' } = options;
    try {
      this.#stopping ??= this.#stop(wholeDrain(drainMs), unfinished);
      return this.#stopping;
    } catch (error) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- an OptionsError.
      return Promise.reject(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(drainMs: number, unfinished: 'release' | 'crash'): Promise<void> {
    if (this.#phase === 'new') {
      this.#phase = 'stopped';
      return;
    }
    this.#phase = 'draining';
    this.#events.emit('draining', {});
    for (const loop of this.#loops) loop.drain();
    this.#presence.tell();
    // A wake token that it took at the last moment is given back by the loops: they close after it.
    let listening = true;
    const listenerClosed = this.#closeHub().then(() => {
      listening = false;
      this.#gate.notify();
    });
    const quiet = () => !listening && this.#loops.every((loop) => loop.quiet);
    await this.#drain(drainMs, unfinished);
    const left = this.#presence.stop();
    await this.#gate.until(quiet, FLUSH_MS);
    this.#abort.abort(new Error('the worker has stopped'));
    for (const loop of this.#loops) loop.close();
    this.#deadlines.stop();
    await Promise.all([listenerClosed, left, this.#watch.stop()]);
    this.#phase = 'stopped';
    this.#events.emit('stopped', {});
  }

  #setQuiet(wish: { operator: boolean; own: boolean }): void {
    const before = this.isQuiet;
    this.#quiet = wish;
    const quiet = this.isQuiet;
    if (quiet === before || this.#phase === 'draining' || this.#phase === 'stopped') return;
    this.#settings.logger.info({ quiet }, quiet ? 'stopped claiming jobs' : 'claiming jobs again');
    if (this.#phase === 'running') {
      for (const loop of this.#loops) loop.setQuiet(quiet);
      this.#hub.refresh();
      this.#presence.tell();
    }
    this.#events.emit('quiet', { quiet });
  }

  #state() {
    return {
      slots: this.concurrency,
      busy: this.busy,
      draining: this.#phase === 'draining',
      quiet: this.isQuiet,
    };
  }

  async #closeHub(): Promise<void> {
    try {
      await this.#hub.stop();
    } catch (error) {
      this.#settings.logger.warn({ err: error }, 'the wake listener did not close cleanly');
    }
  }

  /** Until everything has ended and is settled, or the time is over and the rest is given back. */
  async #drain(drainMs: number, unfinished: 'release' | 'crash'): Promise<void> {
    const settled = () => this.#loops.every((loop) => loop.deliveries.open === 0);
    const ended = () => this.#loops.every((loop) => loop.deliveries.active === 0);
    if (await this.#gate.until(settled, drainMs)) return;
    if (unfinished === 'crash') {
      for (const job of this.#jobs()) job.crash();
      return;
    }
    for (const job of this.#jobs()) job.askToStop();
    await this.#gate.until(ended, LAST_WORDS_MS);
    for (const job of this.#jobs()) job.evict();
  }

  #onTurn(): void {
    if (this.#phase === 'running') this.#hub.refresh();
    else this.#gate.notify();
  }

  #jobs(): RunningJob[] {
    return this.#loops.flatMap((loop) => [...loop.deliveries.all]);
  }
}
