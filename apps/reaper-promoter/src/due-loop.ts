import type { Logger } from '@relay/service-kit';
import { codeOf, messageOf, toNextStep } from '@relay/service-kit';
import { Alarm } from './alarm.ts';
import { type Due, DueTimes } from './due-times.ts';
import type { LoopObserver } from './loop.ts';
import type { Clock } from './store-clock.ts';

/** What one bounded batch of work on a queue found. */
export interface Visit {
  /** The batch was full: there is more to do now. */
  readonly more: boolean;
  /** When the queue needs this loop next, by Redis's clock; null: not known to need it. */
  readonly nextDueAt: number | null;
}

export interface VisitTimes {
  /** {@link LOOK} where nothing was known to wait. */
  readonly dueAt: number;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

export interface DueLoopOptions {
  readonly name: string;
  /** Does one bounded batch of work on a queue that was due at `dueAt`. */
  readonly visit: (queue: string, signal: AbortSignal, dueAt: number) => Promise<Visit>;
  readonly clock: Clock;
  readonly observer: LoopObserver;
  readonly logger: Logger;
  /** After a visit: nothing in the queue needs a loop before `nextDueAt`. */
  readonly onVisited?: (queue: string, nextDueAt: number | null, visit: VisitTimes) => void;
  /** It comes so long after the due time, ms: by then another loop has mostly done what was to be done. Defaults to 0. */
  readonly lagMs?: number;
  /** What stays overdue after a visit is asked about again after so long at most, ms. */
  readonly sweepMs: number;
}

/** As a due time: visit it soon, though nothing is known to wait there. */
export const LOOK = 0;

/** So many queues are visited side by side: their calls share a round trip. */
const PARALLEL = 16;
/** While Redis is away: between two tries, ms. */
const AWAY_MS = 250;
/** A queue whose visit failed by a reason of its own is left alone for so long, ms. */
const BROKEN_MS = 5_000;
/** A loop without work shows that it turns, about so often, ms. */
const IDLE_ROUND_MS = 5_000;

/**
 * Visits queues when they are due.
 *
 * It knows when each queue needs it next: from its last visit, or from what it was told since. It sleeps until the first
 * of these. One visit is one bounded batch; a queue with more to do stands behind those that became due before, so that
 * none starves another. What it is not told of costs nothing.
 */
export class DueLoop {
  readonly #options: DueLoopOptions;
  readonly #due = new DueTimes();
  readonly #alarm = new Alarm();
  /** Queues under visit, with the earliest due time heard meanwhile. */
  readonly #visiting = new Map<string, number>();
  /** Until when a queue is left alone, by Redis's clock. */
  readonly #broken = new Map<string, number>();
  /** Left while under visit: nothing is kept of them. */
  readonly #left = new Set<string>();

  constructor(options: DueLoopOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** `queue` needs a visit at `dueAt`, or earlier if that is known. */
  announce(queue: string, dueAt: number): void {
    const at = Math.max(this.#lagging(dueAt), this.#broken.get(queue) ?? LOOK);
    this.#left.delete(queue);
    const heard = this.#visiting.get(queue);
    if (heard !== undefined) this.#visiting.set(queue, Math.min(heard, at));
    else {
      const first = this.#due.next();
      this.#due.setEarlier(queue, at);
      if (at < first) this.#alarm.ring();
    }
  }

  /** Another loop has found that nothing in the queue is due before `dueAt`. */
  postpone(queue: string, dueAt: number | null): void {
    const known = this.#due.get(queue);
    if (known === undefined || known === LOOK) return;
    if (dueAt === null) this.#due.delete(queue);
    else if (this.#lagging(dueAt) > known) this.#due.set(queue, this.#lagging(dueAt));
  }

  /** The queue is another replica's now. */
  forget(queue: string): void {
    this.#due.delete(queue);
    this.#broken.delete(queue);
    if (this.#visiting.has(queue)) this.#left.add(queue);
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, name, observer } = this.#options;
    // A life that crashed may have left some behind.
    for (const queue of this.#visiting.keys()) this.#due.setEarlier(queue, clock.now());
    this.#visiting.clear();
    while (!signal.aborted) {
      const due = this.#due.take(clock.now(), PARALLEL);
      if (due.length > 0) {
        // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
        await this.#round(due, signal);
      } else {
        // oxlint-disable-next-line no-await-in-loop
        await this.#alarm.sleep(
          Math.min(this.#due.next() - clock.now(), toNextStep(IDLE_ROUND_MS)),
          signal,
        );
        if (this.#due.next() > clock.now()) observer.round(name, { ok: true, ms: 0 });
      }
    }
  }

  async #round(due: readonly Due[], signal: AbortSignal): Promise<void> {
    const { name, observer, clock } = this.#options;
    const startedAt = performance.now();
    for (const { at } of due) if (at !== LOOK) observer.late?.(name, clock.now() - at);
    const results = await Promise.all(due.map((one) => this.#visit(one, signal)));
    const ok = results.every((result) => result === 'ok');
    observer.round(name, { ok, ms: performance.now() - startedAt });
    if (results.includes('away')) await this.#alarm.pause(AWAY_MS, signal);
  }

  async #visit({ queue, at }: Due, signal: AbortSignal): Promise<'ok' | 'away' | 'broken'> {
    const { visit, clock } = this.#options;
    const startedAt = performance.now();
    this.#visiting.set(queue, Number.POSITIVE_INFINITY);
    try {
      const found = await visit(queue, signal, at);
      if (!found.more) this.#options.onVisited?.(queue, found.nextDueAt, { dueAt: at, startedAt });
      this.#broken.delete(queue);
      this.#settle(queue, this.#nextVisit(found));
      return 'ok';
    } catch (error) {
      const away = codeOf(error) === 'store-unavailable';
      const retryAt = clock.now() + (away || signal.aborted ? 0 : BROKEN_MS);
      if (!away && !signal.aborted) this.#broken.set(queue, retryAt);
      this.#settle(queue, retryAt);
      if (signal.aborted) return 'ok';
      this.#tell(error, queue);
      return away ? 'away' : 'broken';
    }
  }

  /** When to come again; the queue is no longer under visit. */
  #settle(queue: string, at: number): void {
    const heard = this.#visiting.get(queue) ?? Number.POSITIVE_INFINITY;
    this.#visiting.delete(queue);
    if (this.#left.delete(queue)) return;
    const next = Math.max(Math.min(at, heard), this.#broken.get(queue) ?? LOOK);
    if (next !== Number.POSITIVE_INFINITY) this.#due.setEarlier(queue, next);
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
    if (nextDueAt > now) return this.#lagging(nextDueAt);
    return now + Math.min(Math.max(now - nextDueAt, 1), this.#options.sweepMs);
  }

  #lagging(dueAt: number): number {
    return dueAt === LOOK ? LOOK : dueAt + (this.#options.lagMs ?? 0);
  }

  #tell(error: unknown, queue: string): void {
    const { logger, name } = this.#options;
    logger.warn(
      { loop: name, code: codeOf(error) },
      `${queue} could not be visited: ${messageOf(error)}`,
    );
  }
}
