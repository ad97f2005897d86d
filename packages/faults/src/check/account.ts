import { CONTESTED } from '../history/events.ts';
import { type Asked, acknowledged, type Evidence, plannedFailures } from './evidence.ts';

/** A run in Jepsen's words. Lists hold job ids, or numbers of calls where there is no id. */
export interface Account {
  readonly asked: number;
  readonly acknowledged: number;
  /** Acknowledged, and never done: neither completed, nor dead, nor cancelled. */
  readonly lost: readonly string[];
  /** Run more often than planned. Not on the contested queue, where the bad client sees to that. */
  readonly duplicated: readonly string[];
  /** Nobody knew whether it was accepted, and it was done. */
  readonly recovered: readonly string[];
  /** Done, and never asked for; or asked for, refused, and done. */
  readonly unexpected: readonly string[];
  /** Calls with a token that had no say any more, which were refused. */
  readonly staleRefused: number;
  /** Deliveries that ended with an expired lease. */
  readonly crashed: number;
}

export function accountOf(evidence: Evidence, staleByServices = 0): Account {
  const { asked, runs, jobs } = evidence;
  const known = acknowledged(evidence);
  const lost = [...known.keys()].filter((id) => !isOver(evidence, id));
  const recovered: string[] = [];
  const unexpected: string[] = [];
  for (const id of new Set([...jobs.keys(), ...runs.keys()])) {
    if (known.has(id)) continue;
    // A schedule has asked for it.
    if (jobs.get(id)?.headers['relay-schedule'] !== undefined) continue;
    const one = askedBy(evidence, id);
    if (one?.unknown) recovered.push(id);
    // Of a call that was answered with another id: a second job of one call, which I13 counts.
    else if (one === undefined || one.oks.length === 0) unexpected.push(id);
  }
  return {
    asked: asked.size,
    acknowledged: known.size,
    lost,
    duplicated: duplicatedIn(evidence),
    recovered,
    unexpected,
    staleRefused: staleByServices + staleByClient(evidence) + staleByEvents(evidence),
    crashed: [...jobs.values()].reduce((sum, { crashes }) => sum + crashes, 0),
  };
}

/** Whose call this id comes from, by what its handler saw. Undefined: nobody's, as far as is known. */
function askedBy({ runs, asked }: Evidence, id: string): Asked | undefined {
  const n = runs.get(id)?.[0]?.start.n;
  return n === undefined ? undefined : asked.get(n);
}

/**
 * Done by a handler, dead with a reason, or cancelled: in Redis, and where Redis forgot it, by the logs of its handler
 * and of whoever cancelled it. A cancel whose answer was lost may have been one.
 */
export function isOver({ jobs, runs, events }: Evidence, id: string): boolean {
  const job = jobs.get(id);
  const done = runs.get(id)?.some(({ end }) => end?.how === 'done') ?? false;
  if (job === undefined) {
    return (
      done ||
      events.some(
        (event) => event.e === 'cancelled' && event.id === id && event.answer !== 'too-late',
      )
    );
  }
  if (job.state === 'completed') return done;
  return job.state === 'cancelled' || (job.state === 'dead' && job.reason !== null);
}

function duplicatedIn({ runs, asked }: Evidence): string[] {
  const ids: string[] = [];
  for (const [id, list] of runs) {
    const [first] = list;
    if (first === undefined || first.start.queue === CONTESTED) continue;
    const kind = asked.get(first.start.n)?.invoke.kind ?? 'plain';
    const planned = kind === 'doomed' ? 2 : 1 + plannedFailures(kind);
    if (list.length > planned) ids.push(id);
  }
  return ids;
}

function staleByClient({ told }: Evidence): number {
  let refused = 0;
  for (const { tries } of told.values())
    refused += tries.filter(({ answer }) => answer?.state === null).length;
  return refused;
}

function staleByEvents({ events }: Evidence): number {
  return events.filter((event) => event.e === 'lost' && event.cause === 'stale-settle').length;
}
