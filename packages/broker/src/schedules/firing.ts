import type { EnqueueOutcome } from '../enqueuer.ts';
import { type BrokerError, StoreFullError } from '../errors.ts';
import { queueKeys } from '../keys.ts';
import type { Producing } from '../producing.ts';
import type { CallOptions, ScriptRunner } from '../runner.ts';
import type { EnqueueRequest, EnqueueResult } from '../types.ts';
import { dueAt, keep, plan } from './plan.ts';
import type { ScheduleStore, StoredSchedule } from './store.ts';
import { Ticks } from './ticks.ts';
import type { FireResult, ScheduleDefinition, ScheduleResult, ScheduleState } from './types.ts';

const MINUTE_MS = 60_000;
/** A key per tick is remembered for so many intervals, within these bounds: a dense schedule would fill Redis. */
const WINDOW_INTERVALS = 300;
const LEAST_WINDOW_MS = 10 * MINUTE_MS;
const LONGEST_WINDOW_MS = 604_800_000;
/** Whoever was stopped for so long between its decision and its enqueue leaves the rest to others. */
const STALE_MS = MINUTE_MS;

export interface FiringParts {
  readonly store: ScheduleStore;
  readonly producing: Producing;
  readonly runner: ScriptRunner;
  readonly namespace: string;
}

/** What is enqueued of a schedule, and under which name. */
interface Shot {
  readonly id: string;
  readonly tick: number;
  readonly definition: ScheduleDefinition;
  /** Of a run by hand. */
  readonly runId?: string;
}

/**
 * Fires ticks, each once. First it is decided which: that is written into the state by compare-and-set, and of all who
 * would, one wins. Then they are enqueued, under idempotency keys made of schedule and tick. Then it is noted that they
 * are. Whoever finds a decision that nobody has carried out for two seconds carries it out again, under the same keys.
 */
export class Firing {
  readonly #parts: FiringParts;

  constructor(parts: FiringParts) {
    this.#parts = parts;
  }

  async fire(id: string, options: CallOptions): Promise<FireResult> {
    const { store } = this.#parts;
    const stored = await store.read(id, options);
    const { entry, now } = stored;
    if (entry === null) {
      // A name without a definition: what is left of it goes.
      await store.delete(id, options);
      return { status: 'gone', results: [], nextDueAt: null };
    }
    const due = dueAt(entry.state, now);
    const held = entry.state.waiting.length > 0 && !entry.state.paused;
    if (due === null || (due > now && !held)) {
      return { status: 'nothing', results: [], nextDueAt: due };
    }
    if (entry.state.firing.length > 0) return this.#carryOut(id, { ...stored, entry }, options);
    return this.#decide(id, { ...stored, entry }, options);
  }

  async enqueueByHand(
    shot: Shot & { readonly runId: string },
    options: CallOptions,
  ): Promise<EnqueueResult> {
    const { queue } = shot.definition;
    return this.#parts.producing.enqueue(queue, request(shot, LEAST_WINDOW_MS), options);
  }

  async #decide(id: string, stored: Found, options: CallOptions): Promise<FireResult> {
    const { entry, now, revision } = stored;
    const decidedAt = performance.now();
    const lastRuns =
      entry.definition.overlap !== 'allow' && (await this.#isUnfinished(entry.state.last, options));
    const next = plan(entry, now, lastRuns);
    if (changesNothing(entry.state, next.state)) {
      return { status: 'nothing', results: [], nextDueAt: next.dueAt };
    }
    if (!(await this.#parts.store.advance({ id, revision }, next.state, next.dueAt, options))) {
      return { status: 'lost', results: [], nextDueAt: now };
    }
    const news = next.state.results.filter((one) => !entry.state.results.includes(one));
    if (next.state.firing.length === 0) {
      return {
        status: news.length > 0 ? 'fired' : 'nothing',
        results: news,
        nextDueAt: next.dueAt,
      };
    }
    if (performance.now() - decidedAt > STALE_MS) {
      return { status: 'lost', results: [], nextDueAt: now };
    }
    const found = { ...stored, revision: revision + 1, entry: { ...entry, state: next.state } };
    const done = await this.#carryOut(id, found, options);
    return { ...done, results: [...news, ...done.results] };
  }

  async #carryOut(id: string, stored: Found, options: CallOptions): Promise<FireResult> {
    const { entry, now, revision } = stored;
    // A decision stands: under another definition its ticks would be other jobs, and perhaps in another queue.
    const { firingUnder: definition = entry.definition, ...state } = entry.state;
    const windowMs = windowOf(definition, state);
    const requests = state.firing.map((tick) => request({ id, tick, definition }, windowMs));
    const outcomes = await this.#enqueue(definition.queue, requests, options);
    for (const outcome of outcomes) {
      // What became of it is not known: the next look enqueues it again, under the same key.
      if (!outcome.ok && outcome.error.code === 'store-unavailable') throw outcome.error;
    }
    const results = outcomes.map((outcome, i): ScheduleResult => {
      const tick = state.firing[i] ?? now;
      if (outcome.ok) return { tick, at: now, outcome: 'enqueued', jobId: outcome.result.id };
      return refusal(tick, now, outcome.error);
    });
    const last = results.findLast((one) => one.jobId !== undefined)?.jobId;
    const refused = results.filter(({ outcome }) => outcome === 'refused').length;
    const done: ScheduleState = {
      ...state,
      firing: [],
      last: last === undefined ? state.last : { queue: definition.queue, id: last },
      counts: { ...state.counts, refused: state.counts.refused + refused },
      results: keep(state.results, results),
    };
    const nextDueAt = dueAt(done, now);
    const kept = await this.#parts.store.advance({ id, revision }, done, nextDueAt, options);
    // Else somebody has changed it meanwhile: the next look goes on from there.
    return { status: 'fired', results, nextDueAt: kept ? nextDueAt : now };
  }

  /** A refusal of the whole call, as of a Redis that is full, is one of each job. */
  async #enqueue(
    queue: string,
    requests: readonly EnqueueRequest[],
    options: CallOptions,
  ): Promise<EnqueueOutcome[]> {
    try {
      return await this.#parts.producing.enqueueMany(queue, requests, options);
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      return requests.map(() => ({ ok: false, error }));
    }
  }

  async #isUnfinished(last: ScheduleState['last'], options: CallOptions): Promise<boolean> {
    if (last === null) return false;
    const { namespace, runner } = this.#parts;
    const places = [queueKeys.active, queueKeys.ready, queueKeys.scheduled];
    const scores = await runner.command(
      'a look at the last job of a schedule',
      (client) =>
        Promise.all(places.map((key) => client.zscore(key(namespace, last.queue), last.id))),
      options,
    );
    return scores.some((score) => score !== null);
  }
}

type Found = StoredSchedule & { readonly entry: NonNullable<StoredSchedule['entry']> };

function request({ id, tick, runId, definition }: Shot, windowMs: number): EnqueueRequest {
  const { job } = definition;
  return {
    ...job,
    headers: {
      ...job.headers,
      'relay-schedule': id,
      'relay-tick': new Date(tick).toISOString(),
    },
    idempotencyKey: `relay-schedule:${id}:${runId === undefined ? tick : `run:${runId}`}`,
    idempotencyWindowMs: windowMs,
  };
}

function windowOf(definition: ScheduleDefinition, state: ScheduleState): number {
  const [first = 0] = state.firing;
  const intervalMs = definition.everyMs ?? (new Ticks(definition).after(first) ?? first) - first;
  return Math.min(LONGEST_WINDOW_MS, Math.max(LEAST_WINDOW_MS, intervalMs * WINDOW_INTERVALS));
}

/** Ticks are held, and the job before them still runs. */
function changesNothing(before: ScheduleState, after: ScheduleState): boolean {
  return (
    after.firing.length === 0 &&
    after.next === before.next &&
    after.waiting.length === before.waiting.length &&
    after.results.length === before.results.length &&
    after.counts.missed === before.counts.missed &&
    after.counts.skipped === before.counts.skipped
  );
}

/** A key that was used by another request means that the tick was fired before the schedule was defined anew. */
function refusal(tick: number, at: number, error: BrokerError): ScheduleResult {
  if (error.code === 'idempotency-mismatch') return { tick, at, outcome: 'enqueued' };
  return { tick, at, outcome: 'refused', reason: error.code };
}
