import {
  type EndedDelivery,
  type FoundJob,
  gatherHistory,
  type HistoryEvent,
  type Told,
} from '@relay/testkit';
import type { Kind, RunEvent } from '../history/events.ts';
import type { Exit } from '../stack/service.ts';

type Invoke = Extract<RunEvent, { e: 'invoke' }>;
type Ok = Extract<RunEvent, { e: 'ok' }>;
type Start = Extract<RunEvent, { e: 'start' }>;
type End = Extract<RunEvent, { e: 'end' }>;

/** A job as Redis holds it at rest, and where. */
export interface KeptJob extends FoundJob {
  readonly queue: string;
  readonly history: readonly EndedDelivery[];
  readonly headers: Readonly<Record<string, string>>;
}

/** One call of a handler. */
export interface Run {
  readonly start: Start;
  /** Undefined: its process ended before, or it still runs. */
  readonly end: End | undefined;
}

/** What is known of one job that was asked for. */
export interface Asked {
  readonly invoke: Invoke;
  /** Every answer that accepted it. */
  readonly oks: Ok[];
  /** It was refused by at least one answer, and never accepted: nothing may have come of it. */
  refused: boolean;
  /** An answer is missing. */
  unknown: boolean;
}

/** Limits of a queue that hold from the start to the end of a run. */
export interface Limits {
  readonly concurrency?: number;
  readonly rateLimit?: { readonly rate: number; readonly perMs: number; readonly burst: number };
}

/** Everything that is known of a run when nothing runs any more. */
export interface Evidence {
  readonly events: readonly RunEvent[];
  /** By number of the call. */
  readonly asked: ReadonlyMap<number, Asked>;
  /** By job id. */
  readonly runs: ReadonlyMap<string, readonly Run[]>;
  /** What the bad client was told, by job id. */
  readonly told: ReadonlyMap<string, Told>;
  readonly jobs: ReadonlyMap<string, KeptJob>;
  readonly exits: readonly Exit[];
  readonly limits: ReadonlyMap<string, Limits>;
}

export interface Sources {
  readonly logs: readonly (readonly RunEvent[])[];
  readonly tokens: readonly (readonly HistoryEvent[])[];
  readonly jobs: readonly KeptJob[];
  readonly exits: readonly Exit[];
  readonly limits: ReadonlyMap<string, Limits>;
}

/** Sorts what all processes wrote down. */
export function gather({ logs, tokens, jobs, exits, limits }: Sources): Evidence {
  const events = logs.flat().toSorted((a, b) => a.t - b.t);
  return {
    events,
    asked: askedIn(events),
    runs: runsIn(events),
    told: gatherHistory(tokens),
    jobs: new Map(jobs.map((job) => [job.id, job])),
    exits,
    limits,
  };
}

function askedIn(events: readonly RunEvent[]): Map<number, Asked> {
  const asked = new Map<number, Asked>();
  for (const event of events) {
    if (event.e === 'invoke') {
      asked.set(event.n, { invoke: event, oks: [], refused: false, unknown: false });
    }
  }
  for (const event of events) {
    const one = 'n' in event ? asked.get(event.n) : undefined;
    if (one === undefined) continue;
    if (event.e === 'ok') one.oks.push(event);
    else if (event.e === 'fail' || event.e === 'mismatch') one.refused = true;
    else if (event.e === 'unknown') one.unknown = true;
  }
  return asked;
}

function runsIn(events: readonly RunEvent[]): Map<string, Run[]> {
  const ends = new Map<string, End>();
  for (const event of events) if (event.e === 'end') ends.set(event.run, event);
  const runs = new Map<string, Run[]>();
  for (const event of events) {
    if (event.e !== 'start') continue;
    const list = runs.get(event.id) ?? [];
    list.push({ start: event, end: ends.get(event.run) });
    runs.set(event.id, list);
  }
  return runs;
}

/** Failures that are planned for a job of this kind. */
export function plannedFailures(kind: Kind): number {
  if (kind === 'doomed') return 2;
  return kind === 'flaky' ? 1 : 0;
}

/** The jobs whose enqueue was acknowledged: E of the invariants. Id → what was asked. */
export function acknowledged({ asked }: Evidence): Map<string, Asked> {
  const ids = new Map<string, Asked>();
  for (const one of asked.values()) for (const { id } of one.oks) ids.set(id, one);
  return ids;
}
