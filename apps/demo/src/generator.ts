import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@relay/service-kit';
import type { RelayApi } from './api.ts';
import type { DemoConfig } from './config.ts';
import { indexSection } from './documents.ts';
import { Follower } from './follower.ts';
import { Ledger } from './ledger.ts';
import { type Item, planItem } from './plan.ts';
import type { DemoProgress, DemoReport } from './report.ts';

/** Requests under way at once. */
const LANES = 16;
/**
 * Jobs that are accepted and not accounted for. A queue keeps its last 1,000 completed jobs by
 * default: with more than that on the way, one could be gone before anybody has looked.
 */
const WINDOW = 500;
const LOOK_EVERY_MS = 200;

export interface GeneratorOptions {
  readonly api: Pick<RelayApi, 'enqueue' | 'list' | 'job'>;
  readonly config: DemoConfig;
  /** Paths in the folder of the configuration; at least one. */
  readonly documents: readonly string[];
  readonly logger: Logger;
  /** Ends the run early: it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Told whenever something has changed since the last look. */
  readonly onProgress?: (progress: DemoProgress) => void;
}

/**
 * Posts the jobs of one run, follows each of them to its end and says what became of all of them.
 *
 * @throws {ApiError} when a job was refused, or the gateway did not answer for a minute.
 */
export async function runGenerator(options: GeneratorOptions): Promise<DemoReport> {
  const generator = new Generator(options);
  return await generator.run();
}

class Generator {
  readonly #options: GeneratorOptions;
  readonly #run = randomBytes(9).toString('base64url');
  readonly #ledger: Ledger;
  readonly #follower: Follower;
  /** Aborted by the caller's signal, or when one part of the run has failed and the other shall end. */
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #begun = performance.now();
  #next = 0;
  #posted = false;
  #lastChangeAt = this.#begun;

  constructor(options: GeneratorOptions) {
    const { api, config } = options;
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#over.signal]);
    // Every lane listens while it waits.
    setMaxListeners(4 * LANES, this.#signal, options.signal);
    this.#ledger = new Ledger({
      jobs: config.DEMO_JOBS,
      recheck: async (item) => await this.#expected(item),
    });
    const queue = config.DEMO_QUEUE;
    this.#follower = new Follower({ api, ledger: this.#ledger, queue, run: this.#run });
  }

  async run(): Promise<DemoReport> {
    try {
      await Promise.all([this.#post(), this.#follow()]);
    } catch (error) {
      this.#over.abort(error);
      // An aborted wait says no more than that; the signal knows why.
      this.#options.signal.throwIfAborted();
      throw error;
    }
    const durationMs = Math.round(this.#lastChangeAt - this.#begun);
    await this.#follower.giveUp();
    await this.#follower.audit();
    return this.#ledger.report(durationMs);
  }

  async #post(): Promise<void> {
    const { DEMO_JOBS, DEMO_RATE } = this.#options.config;
    const lane = async (): Promise<void> => {
      while (this.#next < DEMO_JOBS) {
        const number = this.#next++;
        const dueAt = DEMO_RATE > 0 ? this.#begun + (number * 1_000) / DEMO_RATE : 0;
        // oxlint-disable-next-line no-await-in-loop -- a lane is one after the other.
        await this.#pause(dueAt - performance.now());
        // oxlint-disable-next-line no-await-in-loop
        while (this.#ledger.openCount >= WINDOW) await this.#pause(LOOK_EVERY_MS / 4);
        // oxlint-disable-next-line no-await-in-loop
        await this.#postOne(number);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    this.#posted = true;
  }

  async #postOne(number: number): Promise<void> {
    const { api, config, documents } = this.#options;
    const item = planItem(number, { config, documents, run: this.#run });
    const expected = await this.#expected(item);
    const { id } = await api.enqueue(config.DEMO_QUEUE, item.request);
    this.#ledger.accept({ item, id, expected });
  }

  /** Undefined for a document that went away meanwhile: then no result can be wrong. */
  async #expected(item: Item) {
    try {
      return await indexSection(this.#options.config.DEMO_FOLDER, item.section);
    } catch (error) {
      this.#options.logger.warn({ err: error, path: item.section.path }, 'cannot be read any more');
      return undefined;
    }
  }

  async #follow(): Promise<void> {
    const { config, onProgress } = this.#options;
    const patienceMs = config.DEMO_PATIENCE_MS + config.DEMO_DELAY_MS;
    let seen = -1;
    while (!this.#posted || this.#ledger.openCount > 0) {
      // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
      await this.#follower.look();
      if (this.#ledger.changes !== seen) {
        seen = this.#ledger.changes;
        this.#lastChangeAt = performance.now();
        onProgress?.(this.#ledger.progress);
      } else if (performance.now() - this.#lastChangeAt > patienceMs) {
        return;
      }
      // oxlint-disable-next-line no-await-in-loop
      await this.#pause(LOOK_EVERY_MS);
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#signal.throwIfAborted();
    if (ms > 0) await delay(ms, undefined, { signal: this.#signal });
  }
}
