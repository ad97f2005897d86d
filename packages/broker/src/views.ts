import { type JobTrace, parseLease, parseRecord, parseTrace, type RecordHead } from './record.ts';
import type {
  Job,
  JobCounts,
  JobState,
  JobSummary,
  MinuteTotals,
  QueueInspection,
  QueueStats,
  QueueTotals,
} from './types.ts';

/** A value of a script's reply. */
export type Cell = string | number | null;

/** What the read scripts tell of a job. */
interface Row {
  readonly queue: string;
  readonly id: string;
  readonly state: JobState;
  readonly score: number;
  readonly head: RecordHead;
  readonly trace: JobTrace;
  readonly lease: string | null;
}

const DUE_UNIT = 2048;

function dueOf({ state, score, head, trace }: Row): number {
  if (state === 'scheduled') return Math.floor(score / DUE_UNIT);
  return Math.max(head.dueAt || head.createdAt, trace.readyAt);
}

function summarise(row: Row): JobSummary {
  const { queue, id, state, score, head, trace } = row;
  const lease = parseLease(row.lease);
  const last = trace.history.at(-1);
  const { dueAt: _, ...record } = head;
  return {
    id,
    queue,
    state,
    ...record,
    attempts: trace.attempts,
    crashes: trace.crashes,
    runAt: dueOf(row),
    startedAt: lease?.startedAt ?? last?.startedAt ?? null,
    finishedAt: state === 'completed' || state === 'dead' || state === 'cancelled' ? score : null,
    leaseExpiresAt: state === 'active' ? score : null,
    workerId: lease?.workerId ?? last?.workerId ?? null,
    reason: trace.reason,
    error: trace.error,
    progress: trace.progress,
  };
}

/** From the reply of `job.lua`. */
export function readJob(queue: string, id: string, reply: readonly Cell[]): Job {
  const [state, score, record, trace, lease] = reply;
  const { head, payload } = parseRecord(String(record));
  const parsed = parseTrace(textOrNull(trace));
  const row: Row = {
    queue,
    id,
    state: state as JobState,
    score: Number(score),
    head,
    trace: parsed,
    lease: textOrNull(lease),
  };
  return {
    ...summarise(row),
    payload,
    result: parsed.result,
    history: parsed.history,
    ...(parsed.logs === null ? {} : { logs: parsed.logs }),
  };
}

/** From the rows of `list.lua`, five values each. */
export function readRows(queue: string, state: JobState, cells: readonly Cell[]): JobSummary[] {
  const rows: JobSummary[] = [];
  for (let i = 0; i + 4 < cells.length; i += 5) {
    const { head } = parseRecord(String(cells[i + 2]));
    const trace = parseTrace(textOrNull(cells[i + 3]));
    const error =
      trace.error === null ? null : { name: trace.error.name, message: trace.error.message };
    const row: Row = {
      queue,
      id: String(cells[i]),
      state,
      score: Number(cells[i + 1]),
      head,
      trace: { ...trace, error },
      lease: textOrNull(cells[i + 4]),
    };
    rows.push(summarise(row));
  }
  return rows;
}

const NO_TOTALS: QueueTotals = {
  enqueued: 0,
  claimed: 0,
  completed: 0,
  failed: 0,
  crashed: 0,
  dead: 0,
  promoted: 0,
  requeued: 0,
  released: 0,
  cancelled: 0,
  unhandled: 0,
  ghosts: 0,
  deleted: 0,
  deadRemoved: 0,
  retired: 0,
};

/** From the reply of `inspect.lua`. */
export function readInspection(queue: string, reply: readonly number[]): QueueInspection {
  const [
    at = 0,
    tokens = 0,
    open,
    rated,
    placed,
    records,
    active,
    leases,
    due = -1,
    deadline = -1,
  ] = reply;
  const problems: string[] = [];
  if (tokens > 1) problems.push(`there are ${tokens} wake tokens in place of one`);
  if (tokens > 0 && open === 0)
    problems.push('there is a wake token, but nothing can be claimed: idle workers spin');
  // A token bucket fills by itself, and whoever was told to come again does so without a wake token.
  if (tokens === 0 && open === 1 && rated === 0)
    problems.push('there is work to claim and no wake token: idle workers sleep through it');
  if (placed !== records) problems.push(`${placed} jobs are in a state, ${records} have a record`);
  if (active !== leases) problems.push(`${active} jobs are active, there are ${leases} leases`);
  return {
    queue,
    at,
    problems,
    firstDueAt: due < 0 ? null : due,
    firstDeadlineAt: deadline < 0 ? null : deadline,
  };
}

/** From the reply of `stats.lua`. */
export function readStats(queue: string, reply: readonly Cell[]): QueueStats {
  const [paused, ready, scheduled, active, completed, dead, cancelled, oldest, at, ...totals] =
    reply;
  const counts: JobCounts = {
    ready: Number(ready),
    scheduled: Number(scheduled),
    active: Number(active),
    completed: Number(completed),
    dead: Number(dead),
    cancelled: Number(cancelled),
  };
  const kept: Record<string, number> = {};
  const histograms = { wait: emptyHistogram(), run: emptyHistogram() };
  for (let i = 0; i + 1 < totals.length; i += 2) {
    const [name = '', bucket] = String(totals[i]).split(':');
    const value = Number(totals[i + 1]);
    if (bucket === undefined) kept[name] = value;
    else if (name === 'wait' || name === 'run') histograms[name][Number(bucket)] = value;
  }
  const oldestReadyMs = Number(oldest);
  return {
    queue,
    at: Number(at),
    paused: paused === 1,
    counts,
    oldestReadyMs: oldestReadyMs < 0 ? null : oldestReadyMs,
    totals: { ...NO_TOTALS, ...kept },
    waitMs: histograms.wait,
    runMs: histograms.run,
  };
}

function emptyHistogram(): number[] {
  return Array.from({ length: 28 }, () => 0);
}

function textOrNull(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}

/** From a member of `series`, see `rollup.lua`. */
export function readMinute(text: string): MinuteTotals {
  const [minute, ...fields] = text.split(' ');
  const totals: Record<string, number> = {};
  const gauges: Record<string, number> = {};
  for (const field of fields) {
    const at = field.indexOf('=');
    const value = Number(field.slice(at + 1));
    if (field.startsWith('#')) gauges[field.slice(1, at)] = value;
    else totals[field.slice(0, at)] = value;
  }
  return { at: Number(minute) * 60_000, totals, gauges };
}
