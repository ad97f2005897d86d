import type { Logger } from '@relay/service-kit';
import { codeOf, messageOf } from '@relay/service-kit';
import { Alarm } from './alarm.ts';
import type { QueueDirectory, QueueWalk } from './directory.ts';
import { DueTimes } from './due-times.ts';
import type { LoopObserver } from './loop.ts';
import type { Clock } from './store-clock.ts';

/** What one bounded batch of work on a queue found. */
export interface Visit {
  /** The batch was full: there is more to do now. */
  readonly more: boolean;
  /** When the queue needs background work next, by Redis's clock; null: not known to need any. */
  readonly nextDueAt: number | null;
}

export interface DueLoopOptions {
  readonly name: string;
  /** Does one bounded batch of work on a queue. */
  readonly visit: (queue: string, signal: AbortSignal) => Promise<Visit>;
  readonly directory: QueueDirectory;
  readonly clock: Clock;
  readonly observer: LoopObserver;
  readonly logger: Logger;
  /** Between two sweeps, ms. */
  readonly sweepMs: number;
}

/** So many queues are visited side by side: their calls share a round trip. */
const PARALLEL = 16;
/** While Redis is away: between two tries, ms. */
const AWAY_MS = 250;
/** A queue whose visit failed by a reason of its own is left alone for so long, ms. */
const BROKEN_MS = 5_000;

/**
 * Visits queues when they are due.
 *
 * It knows when each queue needs work next: from its last visit, or from a due time that a script
 * published since. It sleeps until the first of these. A message may be missed, so a sweep makes all
 * queues due now and then. One visit is one bounded batch; a queue with more to do stands behind those
 * that became due before, so that none starves another.
 */
export class DueLoop {
  readonly #options: DueLoopOptions;
  readonly #due = new DueTimes();
  readonly #walk: QueueWalk;
  readonly #alarm = new Alarm();
  /** Queues under visit, with the earliest due time heard meanwhile. */
  readonly #visiting = new Map<string, number>();
  readonly #broken = new Map<string, number>();
  #nextSweepAt = Number.NEGATIVE_INFINITY;

  constructor(options: DueLoopOptions) {
    this.#options = options;
    this.#walk = options.directory.walk();
  }

  /** A script has published that `queue` needs work at `dueAt`. */
  announce(queue: string, dueAt: number): void {
    const heard = this.#visiting.get(queue);
    if (heard !== undefined) this.#visiting.set(queue, Math.min(heard, dueAt));
    else {
      const first = this.#due.next();
      this.#due.setEarlier(queue, dueAt);
      if (dueAt < first) this.#alarm.ring();
    }
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      if (performance.now() >= this.#nextSweepAt) {
        // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
        await this.#round(() => this.#sweep());
      }
      const queues = this.#due.take(clock.now(), PARALLEL);
      // oxlint-disable-next-line no-await-in-loop
      if (queues.length > 0) await this.#round(() => this.#visitAll(queues, signal));
      // oxlint-disable-next-line no-await-in-loop
      else await this.#alarm.sleep(this.#sleepMs(), signal);
    }
  }

  #sleepMs(): number {
    const untilDue = this.#due.next() - this.#options.clock.now();
    return Math.max(0, Math.min(untilDue, this.#nextSweepAt - performance.now()));
  }

  /** Measures a piece of work; waits a little after it when Redis is away. */
  async #round(work: () => Promise<boolean>): Promise<void> {
    const { name, observer } = this.#options;
    const startedAt = performance.now();
    const ok = await work();
    observer.round(name, { ok, ms: performance.now() - startedAt });
  }

  /** Makes the next slice of all queues due. */
  async #sweep(): Promise<boolean> {
    const { directory, clock, sweepMs } = this.#options;
    this.#nextSweepAt = performance.now() + sweepMs;
    let ok = true;
    try {
      await directory.refresh();
    } catch (error) {
      ok = this.#tell(error, 'the list of queues could not be read');
    }
    const now = clock.now();
    for (const queue of this.#walk.slice(sweepMs)) {
      if ((this.#broken.get(queue) ?? 0) <= performance.now()) this.#due.setEarlier(queue, now);
    }
    return ok;
  }

  /** @returns whether all went well. */
  async #visitAll(queues: readonly string[], signal: AbortSignal): Promise<boolean> {
    const results = await Promise.all(queues.map((queue) => this.#visitOne(queue, signal)));
    if (results.includes('away')) await this.#alarm.pause(AWAY_MS, signal);
    return results.every((result) => result === 'ok');
  }

  async #visitOne(queue: string, signal: AbortSignal): Promise<'ok' | 'away' | 'broken'> {
    const { visit, clock } = this.#options;
    this.#visiting.set(queue, Number.POSITIVE_INFINITY);
    try {
      const found = await visit(queue, signal);
      this.#broken.delete(queue);
      this.#settle(queue, this.#nextVisit(found));
      return 'ok';
    } catch (error) {
      this.#settle(queue, clock.now());
      if (signal.aborted) return 'ok';
      this.#tell(error, `queue ${queue} could not be visited`);
      if (codeOf(error) === 'store-unavailable') return 'away';
      this.#due.set(queue, clock.now() + BROKEN_MS);
      this.#broken.set(queue, performance.now() + BROKEN_MS);
      return 'broken';
    }
  }

  /** When to come again; the queue is no longer under visit. */
  #settle(queue: string, at: number): void {
    const heard = this.#visiting.get(queue) ?? Number.POSITIVE_INFINITY;
    this.#visiting.delete(queue);
    const next = Math.min(at, heard);
    if (next === Number.POSITIVE_INFINITY) this.#due.delete(queue);
    else this.#due.setEarlier(queue, next);
  }

  /**
   * A due time that has passed is either work for another loop, or our reckoning of Redis's clock is a
   * little fast. Both are met by coming again after as long as it is overdue, up to a sweep: at first
   * that is a millisecond.
   */
  #nextVisit({ more, nextDueAt }: Visit): number {
    const now = this.#options.clock.now();
    if (more) return now;
    if (nextDueAt === null) return Number.POSITIVE_INFINITY;
    if (nextDueAt > now) return nextDueAt;
    return now + Math.min(Math.max(now - nextDueAt, 1), this.#options.sweepMs);
  }

  #tell(error: unknown, what: string): false {
    const { logger, name } = this.#options;
    logger.warn({ loop: name, code: codeOf(error) }, `${what}: ${messageOf(error)}`);
    return false;
  }
}
