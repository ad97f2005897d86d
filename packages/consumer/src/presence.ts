import { hostname } from 'node:os';
import type { Runtime } from './runtime.ts';

/** What the registry of workers is told besides who it is. */
export interface PresenceState {
  readonly slots: number;
  readonly busy: number;
  readonly draining: boolean;
  readonly quiet: boolean;
}

/** What the last word to the registry may take, ms. */
const LEAVE_MS = 1_000;

/**
 * Says every few seconds in the registry of workers that this one lives, and hears there whether an
 * operator asked it to be quiet. Without Redis it goes on as it was last told.
 */
export class Presence {
  readonly #runtime: Runtime;
  readonly #state: () => PresenceState;
  readonly #onQuiet: (quiet: boolean) => void;
  readonly #startedAt = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #stopped = false;

  constructor(runtime: Runtime, state: () => PresenceState, onQuiet: (quiet: boolean) => void) {
    this.#runtime = runtime;
    this.#state = state;
    this.#onQuiet = onQuiet;
  }

  /** Begins, or says at once what has changed. */
  tell(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#runtime.settings.presenceMs === 0) return;
    if (this.#beating === undefined) this.#beating = this.#beat();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.#runtime.settings.presenceMs === 0) return;
    await this.#beating;
    const { broker, workerId, logger } = this.#runtime.settings;
    try {
      await broker.leave('workers', workerId, { deadlineMs: LEAVE_MS });
    } catch (error) {
      // Its silence says the same half a minute later.
      logger.debug({ err: error }, 'this worker could not be removed from the registry');
    }
  }

  /** Never rejects. */
  async #beat(): Promise<void> {
    const { settings, abort } = this.#runtime;
    const { broker, presenceMs, logger } = settings;
    try {
      const beat = { id: settings.workerId, info: this.#info() };
      const options = { deadlineMs: Math.min(presenceMs, LEAVE_MS), signal: abort };
      const { quiet } = await broker.beat('workers', beat, options);
      if (!this.#stopped) this.#onQuiet(quiet);
    } catch (error) {
      // The claims tell of a store that is away; this is only a sign of life.
      logger.debug({ err: error }, 'the worker registry could not be reached');
    }
    this.#beating = undefined;
    if (!this.#stopped) this.#timer = setTimeout(() => this.tell(), presenceMs);
  }

  #info(): Record<string, unknown> {
    const { queues, version } = this.#runtime.settings;
    return {
      kind: 'process',
      host: hostname(),
      pid: process.pid,
      version,
      queues: queues.slice(0, 100).map(({ name }) => name),
      startedAt: this.#startedAt,
      ...this.#state(),
    };
  }
}
