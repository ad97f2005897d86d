import type { DueListener, OnDue } from '../due-listener.ts';
import { NotFoundError, StoreUnavailableError, ValidationError } from '../errors.ts';
import { randomText } from '../ids.ts';
import { assertName } from '../names.ts';
import type { CallOptions } from '../runner.ts';
import type { Page } from '../types.ts';
import { Firing, type FiringParts } from './firing.ts';
import { dueAt, keep } from './plan.ts';
import { checkRevision, revisionOf } from './revision.ts';
import type { ScheduleStore, StoredSchedule } from './store.ts';
import { Ticks } from './ticks.ts';
import type {
  FireResult,
  Schedule,
  ScheduleDefinition,
  ScheduleResult,
  ScheduleSpec,
  ScheduleState,
  ScheduleTiming,
} from './types.ts';
import { checkTiming, validateSchedule } from './validate.ts';

/** A schedule that changes so often while it is being changed is in nobody's hands. */
const MOST_TRIES = 20;

export interface SchedulesParts extends FiringParts {
  readonly store: ScheduleStore;
  readonly listen: (onDue: OnDue) => Promise<DueListener>;
}

/**
 * Jobs that are enqueued at certain times. Everything about a schedule is decided by compare-and-set on its state, so
 * any number of callers may work on it, and each tick gives one job: see docs/schedules.md.
 *
 * @example
 * await broker.schedules.upsert('nightly-report', {
 *   queue: 'reports',
 *   cron: '30 2 * * *',
 *   timezone: 'Europe/Berlin',
 *   job: { type: 'report', payload: '{}' },
 * });
 */
export class Schedules {
  readonly #store: ScheduleStore;
  readonly #firing: Firing;
  readonly #parts: SchedulesParts;

  constructor(parts: SchedulesParts) {
    this.#store = parts.store;
    this.#firing = new Firing(parts);
    this.#parts = parts;
  }

  /**
   * Makes the schedule of this name, or defines it anew: it stays paused or not as it is unless `paused` says otherwise,
   * and keeps its counts. Another timing begins with its first tick after now. `ifRevision`: only while its definition is
   * the one that was read, null: only while there is none of this name.
   *
   * @throws ValidationError, also when it would never fire; RevisionMismatchError, NotFoundError for `ifRevision`;
   *   StoreFullError
   */
  async upsert(
    id: string,
    spec: ScheduleSpec & { readonly paused?: boolean; readonly ifRevision?: string | null },
    options: CallOptions = {},
  ): Promise<{ readonly schedule: Schedule; readonly created: boolean }> {
    assertName(id, 'the name of a schedule');
    const { paused, ifRevision, ...rest } = spec;
    const definition = validateSchedule(rest);
    return this.#change(id, options, async ({ now, revision, entry }) => {
      checkRevision(id, ifRevision, entry?.definition ?? null, definition);
      const state = redefined({ definition, paused, now }, entry);
      const done = await this.#store.put(
        { id, revision },
        { definition, state },
        dueAt(state, now),
        options,
      );
      return done ? { schedule: show(id, definition, state), created: entry === null } : null;
    });
  }

  /** Null when there is none. */
  async find(id: string, options: CallOptions = {}): Promise<Schedule | null> {
    assertName(id, 'the name of a schedule');
    const { entry } = await this.#store.read(id, options);
    return entry && show(id, entry.definition, entry.state);
  }

  /** By name. `limit`: 1 … 200, default 50. */
  async list(
    { cursor = '', limit = 50 }: { readonly cursor?: string; readonly limit?: number } = {},
    options: CallOptions = {},
  ): Promise<Page<Schedule>> {
    const names = await this.#store.names(cursor, limit + 1, options);
    const page = names.slice(0, limit);
    const found = await Promise.all(page.map((id) => this.find(id, options)));
    return {
      items: found.filter((one) => one !== null),
      nextCursor: names.length > limit ? (page.at(-1) ?? null) : null,
    };
  }

  /** The names of all, in their order: 1,000 a page. */
  async names(cursor: string | null, options: CallOptions = {}): Promise<Page<string>> {
    const items = await this.#store.names(cursor ?? '', 1_000, options);
    return { items, nextCursor: items.length < 1_000 ? null : (items.at(-1) ?? null) };
  }

  /** The jobs it has enqueued stay. @returns false when there was none */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    assertName(id, 'the name of a schedule');
    return this.#store.delete(id, options);
  }

  /** No tick is fired until {@link resume}; ticks that come meanwhile are not made up for. @throws NotFoundError */
  pause(id: string, options: CallOptions = {}): Promise<Schedule> {
    return this.#advance(id, options, (state) => ({ ...state, paused: true }));
  }

  /** Goes on with its first tick after now. @throws NotFoundError */
  resume(id: string, options: CallOptions = {}): Promise<Schedule> {
    return this.#advance(id, options, (state, { now, definition }) =>
      state.paused ? { ...state, paused: false, next: nextOf(definition, state, now) } : state,
    );
  }

  /**
   * Enqueues its job now, whatever its times, its pause and its overlap say. `runId` makes a repeated call harmless.
   *
   * @throws NotFoundError, QueueFullError
   */
  async run(
    id: string,
    { runId = randomText(20), ...options }: CallOptions & { readonly runId?: string } = {},
  ): Promise<{ readonly jobId: string; readonly duplicate: boolean }> {
    const { entry, now } = await this.#existing(id, options);
    const { id: jobId, duplicate } = await this.#firing.enqueueByHand(
      { id, runId, tick: now, definition: entry.definition },
      options,
    );
    if (!duplicate) {
      const result: ScheduleResult = {
        tick: now,
        at: now,
        outcome: 'enqueued',
        jobId,
        byHand: true,
      };
      await this.#advance(id, options, (state) => ({
        ...state,
        last: { queue: entry.definition.queue, id: jobId },
        results: keep(state.results, [result]),
      }));
    }
    return { jobId, duplicate };
  }

  /** The next `count` (1 … 100, default 10) ticks, as if it were not paused. @throws NotFoundError */
  async preview(id: string, count = 10, options: CallOptions = {}): Promise<number[]> {
    const { entry, now } = await this.#existing(id, options);
    return new Ticks(entry.definition).next(now, count);
  }

  /**
   * The next `count` (1 … 100, default 10) ticks that a schedule with these times would have after `now`; none: it would
   * never fire. Nothing is read or written.
   *
   * @throws ValidationError
   */
  previewOf(times: ScheduleTiming, count = 10, now: number = Date.now()): number[] {
    checkTiming(times);
    return new Ticks(times).next(now, count);
  }

  /** Names of at most `max` whose time has come: for a loop that missed a message. */
  due(max = 1_000, options: CallOptions = {}): Promise<string[]> {
    return this.#store.due(max, options);
  }

  /** Does what is to be done for a schedule now. Any number of callers may: one of them does it. */
  fire(id: string, options: CallOptions = {}): Promise<FireResult> {
    return this.#firing.fire(id, options);
  }

  /** A connection of its own that hears of times of schedules that are earlier than known. */
  listener(onDue: OnDue): Promise<DueListener> {
    return this.#parts.listen(onDue);
  }

  async #existing(
    id: string,
    options: CallOptions,
  ): Promise<StoredSchedule & { readonly entry: NonNullable<StoredSchedule['entry']> }> {
    assertName(id, 'the name of a schedule');
    const { entry, ...stored } = await this.#store.read(id, options);
    if (entry === null) throw new NotFoundError(`there is no schedule "${id}"`);
    return { ...stored, entry };
  }

  #advance(
    id: string,
    options: CallOptions,
    change: (
      state: ScheduleState,
      at: { readonly now: number; readonly definition: ScheduleDefinition },
    ) => ScheduleState,
  ): Promise<Schedule> {
    return this.#change(id, options, async ({ revision, entry, now }) => {
      if (entry === null) throw new NotFoundError(`there is no schedule "${id}"`);
      const { definition } = entry;
      const state = change(entry.state, { now, definition });
      const done = await this.#store.advance({ id, revision }, state, dueAt(state, now), options);
      return done ? show(id, definition, state) : null;
    });
  }

  /** Reads and changes, again when somebody else was faster. */
  async #change<T>(
    id: string,
    options: CallOptions,
    attempt: (stored: StoredSchedule) => Promise<T | null>,
  ): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other.
      const done = await attempt(await this.#store.read(id, options));
      if (done !== null) return done;
    }
    throw new StoreUnavailableError(`schedule "${id}" was changed by others all the time`);
  }
}

/** The state after a definition: its counts stay, its next tick does too unless the timing is another. */
function redefined(
  {
    definition,
    paused,
    now,
  }: {
    readonly definition: ScheduleDefinition;
    readonly paused: boolean | undefined;
    readonly now: number;
  },
  before: StoredSchedule['entry'],
): ScheduleState {
  const state: ScheduleState = before?.state ?? {
    paused: false,
    next: null,
    firing: [],
    firingAt: 0,
    waiting: [],
    last: null,
    counts: { fired: 0, missed: 0, skipped: 0, refused: 0 },
    results: [],
    createdAt: now,
    updatedAt: now,
  };
  const same =
    before !== null && state.next !== null && timing(before.definition) === timing(definition);
  const next = same ? state.next : nextOf(definition, state, now);
  if (next === null && before === null)
    throw new ValidationError([
      definition.cron === undefined
        ? { path: '/everyMs', message: 'never fires' }
        : { path: '/cron', message: 'does not fire within ten years' },
    ]);
  const decided =
    before === null || state.firing.length === 0
      ? {}
      : { firingUnder: state.firingUnder ?? before.definition };
  return { ...state, ...decided, next, paused: paused ?? state.paused, updatedAt: now };
}

function timing({ cron, timezone, everyMs, offsetMs, startAt, endAt }: ScheduleDefinition): string {
  return JSON.stringify([cron, timezone, everyMs, offsetMs, startAt, endAt]);
}

function nextOf(definition: ScheduleDefinition, state: ScheduleState, now: number): number | null {
  const { limit } = definition;
  if (limit !== undefined && state.counts.fired >= limit) return null;
  return new Ticks(definition).after(now);
}

function show(id: string, definition: ScheduleDefinition, state: ScheduleState): Schedule {
  const { paused, next, waiting, counts, results, createdAt, updatedAt } = state;
  const nextRunAt = paused ? null : next;
  return {
    id,
    revision: revisionOf(definition),
    ...definition,
    paused,
    nextRunAt,
    waiting,
    counts,
    results,
    createdAt,
    updatedAt,
  };
}
