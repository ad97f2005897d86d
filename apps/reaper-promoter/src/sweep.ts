import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Broker } from '@relay/broker';
import type { Logger } from '@relay/service-kit';
import { codeOf, messageOf, toNextStep } from '@relay/service-kit';
import { Alarm } from './alarm.ts';
import type { Directory, Walk } from './directory.ts';
import type { LoopObserver } from './loop.ts';

/** The due times of so many queues are read in one go. */
const PAGE = 200;
/** The due times of every queue are read this often, ms, unless there are too many of them for that. */
const FULL_SWEEP_MS = 30_000;
/** Of more than {@link MANY} queues, due times of so many are read a second at most: 10,000 take a minute. */
const READS_PER_SECOND = 170;
/** So many queues are looked at in each sweep at least: fewer than that are all looked at each time. */
const LEAST_SLICE = 100;
/** Of more queues than this, more are looked at in each sweep, and no sweep is sooner than {@link MANY_MS}. */
const MANY = 1_000;
const MANY_MS = 1_000;
/** Real visits, for what no due time tells, take longer: at most so many a second begin. */
const TURNS_PER_SECOND = 5;
/** So many begin at once: in a process at rest the first of a row costs several times what the next ones do. */
const TURNS_AT_ONCE = 16;
/** While Redis is away: between two tries, ms. */
const AWAY_MS = 250;

export interface SweepOptions {
  readonly broker: Pick<Broker, 'heads'>;
  readonly directory: Directory;
  readonly observer: LoopObserver;
  readonly logger: Logger;
  /** Between two sweeps, ms. */
  readonly sweepMs: number;
  /** `queue` needs a background loop at `dueAt`. */
  readonly onDue: (queue: string, dueAt: number) => void;
  /** Something has happened in `queue`. */
  readonly onChanged: (queue: string) => void;
  /** It is `queue`'s turn to be visited, whatever is known of it. */
  readonly onTurn: (queue: string) => void;
}

/**
 * Finds what no message told. The due times of queues that this replica has just taken over are read at once; those of
 * the others a slice at a time. And each queue has its turn to be visited: every 30 s, or with thousands of queues so
 * often as {@link TURNS_PER_SECOND} allows.
 */
export class Sweep {
  readonly name = 'sweep';
  readonly #options: SweepOptions;
  readonly #enqueued = new Map<string, number>();
  readonly #alarm = new Alarm();
  readonly #slices: Walk;
  readonly #turns: Walk;
  #taken: string[] = [];
  #turnsDue = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(options: SweepOptions) {
    this.#options = options;
    this.#slices = options.directory.walk();
    this.#turns = options.directory.walk();
    options.directory.listen({
      taken: (queue) => {
        this.#taken.push(queue);
        this.#alarm.ring();
      },
      left: (queue) => this.#enqueued.delete(queue),
    });
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { observer, sweepMs } = this.#options;
    while (!signal.aborted) {
      const startedAt = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
      const ok = await this.#round(signal);
      observer.round(this.name, { ok, ms: performance.now() - startedAt });
      const ms = ok ? this.#nextAt - performance.now() : Math.min(sweepMs, AWAY_MS);
      // oxlint-disable-next-line no-await-in-loop
      if (!ok) await this.#alarm.pause(ms, signal);
      // oxlint-disable-next-line no-await-in-loop
      else if (ms > 0) await this.#alarm.sleep(ms, signal);
    }
  }

  /** What was taken over since, and when it is time for it, a sweep. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { directory, logger } = this.#options;
    const sweeps = performance.now() >= this.#nextAt;
    let taken: string[] = [];
    try {
      if (sweeps) await directory.refresh();
      taken = this.#taken;
      this.#taken = [];
      await this.#read(taken, signal);
      if (sweeps) await this.#sweep(signal);
      return true;
    } catch (error) {
      this.#taken.push(...taken);
      if (signal.aborted) return true;
      const code = codeOf(error);
      logger.warn({ loop: this.name, code }, `the queues could not be swept: ${messageOf(error)}`);
      return false;
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { directory, sweepMs, onTurn } = this.#options;
    const { owned } = directory;
    const everyMs = owned > MANY ? Math.max(sweepMs, MANY_MS) : sweepMs;
    const now = performance.now();
    this.#nextAt = now + toNextStep(everyMs, now);
    const share = (owned * everyMs) / FULL_SWEEP_MS;
    const slice = Math.min(share, (READS_PER_SECOND * everyMs) / 1_000);
    await this.#read(this.#slices.take(Math.max(LEAST_SLICE, Math.ceil(slice))), signal);
    this.#turnsDue += Math.min(share, (TURNS_PER_SECOND * everyMs) / 1_000);
    if (this.#turnsDue < Math.min(owned, TURNS_AT_ONCE)) return;
    const turns = this.#turns.take(Math.floor(this.#turnsDue));
    this.#turnsDue -= Math.floor(this.#turnsDue);
    for (const queue of turns) onTurn(queue);
  }

  async #read(queues: readonly string[], signal: AbortSignal): Promise<void> {
    const { broker, directory, onDue, onChanged } = this.#options;
    for (let from = 0; from < queues.length && !signal.aborted; from += PAGE) {
      // oxlint-disable-next-line no-await-in-loop -- page by page, the loops have their turns between.
      const heads = await broker.heads(queues.slice(from, from + PAGE), { signal });
      for (const { queue, dueAt, enqueued } of heads) {
        if (!directory.owns(queue)) continue;
        if (dueAt !== null) onDue(queue, dueAt);
        if (this.#enqueued.get(queue) !== enqueued) onChanged(queue);
        this.#enqueued.set(queue, enqueued);
      }
      // oxlint-disable-next-line no-await-in-loop
      await yieldToOthers();
    }
  }
}
