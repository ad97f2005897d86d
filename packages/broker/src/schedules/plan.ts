import { Ticks } from './ticks.ts';
import type { ScheduleDefinition, ScheduleResult, ScheduleState } from './types.ts';

/** What was decided upon and is not known to be done is done by whoever comes after so long, ms. */
const REPAIR_MS = 2_000;
/** While ticks are held: how often their loop looks whether the job before them has ended, ms. */
const HELD_MS = 500;
const RESULTS_KEPT = 10;
/** Of a cron schedule no more missed ticks are counted one by one: each takes 0.2 ms to find. */
const MOST_COUNTED = 20;

/** The state that follows, and when the loop must look again. */
export interface Plan {
  readonly state: ScheduleState;
  readonly dueAt: number | null;
}

/** When the loop must look at a schedule in this state. */
export function dueAt(state: ScheduleState, now: number): number | null {
  if (state.firing.length > 0) return state.firingAt + REPAIR_MS;
  if (state.paused) return null;
  if (state.waiting.length === 0) return state.next;
  return Math.min(state.next ?? Number.POSITIVE_INFINITY, now + HELD_MS);
}

/**
 * Decides what a schedule does at `now`: which ticks have come, which of them are fired, held, left out or given up. It
 * reads no clock and no store: whoever wins the compare-and-set on the state carries it out.
 */
export function plan(
  { definition, state }: { readonly definition: ScheduleDefinition; readonly state: ScheduleState },
  now: number,
  lastRuns: boolean,
): Plan {
  const ticks = new Ticks(definition);
  const came = arrivals({ definition, state, ticks }, now);
  const left = (definition.limit ?? Number.POSITIVE_INFINITY) - state.counts.fired;
  const { firing, waiting, skipped } = overlap(definition, [...state.waiting, ...came.ticks], {
    lastRuns,
    left,
  });
  const counts = {
    ...state.counts,
    fired: state.counts.fired + firing.length,
    missed: state.counts.missed + came.missed,
    skipped: state.counts.skipped + skipped.length,
  };
  const ended = definition.limit !== undefined && counts.fired >= definition.limit;
  const next: ScheduleState = {
    ...state,
    next: ended ? null : came.next,
    firing,
    firingAt: now,
    waiting: ended ? [] : waiting,
    counts,
    results: keep(state.results, [
      ...(came.missed > 0
        ? [{ tick: state.next ?? now, at: now, outcome: 'missed', reason: 'missed' } as const]
        : []),
      ...skipped.map(
        (tick): ScheduleResult => ({ tick, at: now, outcome: 'skipped', reason: 'overlap' }),
      ),
    ]),
  };
  return { state: next, dueAt: dueAt(next, now) };
}

export function keep(
  results: readonly ScheduleResult[],
  more: readonly ScheduleResult[],
): ScheduleResult[] {
  return [...results, ...more].slice(-RESULTS_KEPT);
}

interface Arrivals {
  /** Those that are not given up. */
  readonly ticks: readonly number[];
  readonly missed: number;
  readonly next: number | null;
}

/** The ticks that have come since the last look. */
function arrivals(
  {
    definition,
    state,
    ticks,
  }: {
    readonly definition: ScheduleDefinition;
    readonly state: ScheduleState;
    readonly ticks: Ticks;
  },
  now: number,
): Arrivals {
  const { next } = state;
  if (next === null || next > now) return { ticks: [], missed: 0, next };
  const after = ticks.after(now);
  const most = mostFired(definition, now - next);
  if (after !== null && ticks.after(next) === after) {
    // The usual case: one tick has come.
    return most > 0
      ? { ticks: [next], missed: 0, next: after }
      : { ticks: [], missed: 1, next: after };
  }
  const counted = ticks.newest(next, now, Math.max(most + 1, MOST_COUNTED));
  const fired = most === 0 ? [] : counted.slice(-most);
  const all =
    definition.everyMs === undefined
      ? counted.length
      : Math.floor(((counted.at(-1) ?? next) - next) / definition.everyMs) + 1;
  return { ticks: fired, missed: all - fired.length, next: after };
}

/** How many of the ticks that have come may be fired, when the oldest is `lateMs` late. */
function mostFired({ missed, catchUp, graceMs }: ScheduleDefinition, lateMs: number): number {
  if (lateMs <= graceMs || missed === 'all') return catchUp;
  return missed === 'last' ? 1 : 0;
}

interface Overlap {
  readonly firing: readonly number[];
  readonly waiting: readonly number[];
  readonly skipped: readonly number[];
}

function overlap(
  definition: ScheduleDefinition,
  ticks: readonly number[],
  { lastRuns, left }: { readonly lastRuns: boolean; readonly left: number },
): Overlap {
  switch (definition.overlap) {
    case 'allow':
      return { firing: ticks.slice(0, left), waiting: [], skipped: [] };
    case 'skip': {
      const firing = lastRuns ? [] : ticks.slice(-1).slice(0, left);
      return { firing, waiting: [], skipped: lastRuns ? ticks : ticks.slice(0, -1) };
    }
    case 'queue': {
      const held = ticks.slice(0, left);
      const firing = lastRuns ? [] : held.slice(0, 1);
      const rest = held.slice(firing.length);
      const waiting = rest.slice(-definition.catchUp);
      return { firing, waiting, skipped: rest.slice(0, rest.length - waiting.length) };
    }
  }
}
