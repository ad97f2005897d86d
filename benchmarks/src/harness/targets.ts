import { METRICS, type Metric, type Series } from './results.ts';
import { median, ratiosOf, type Summary, summaryOf } from './statistics.ts';

/** A goal: a figure by itself, or its ratio to a peer's. */
export interface Target {
  readonly row: string;
  readonly metric: Metric;
  /** A contender; `best`: the peer that is best in this row; null: the figure itself. */
  readonly to: string | null;
  /** Whose figure. Defaults to Relay's. */
  readonly of?: string;
  readonly goal: `${'>=' | '<='} ${number}`;
  /** What we would like. */
  readonly aim?: number;
}

export interface Verdict {
  readonly target: Target;
  readonly met: boolean;
  /** Null when a series is missing or void; `why` says which. */
  readonly value: Summary | null;
  /** Whom `best` stood for. */
  readonly peer: string | null;
  readonly why: string | null;
}

/** These are peers; everything else is a yardstick. */
export const PEERS: readonly string[] = ['bullmq', 'bee-queue', 'groupmq'];

export function judge(target: Target, all: readonly Series[]): Verdict {
  const { row, metric, to, of = 'relay' } = target;
  const inRow = all.filter((series) => series.row === row && series.metric === metric);
  const missed = (why: string): Verdict => ({ target, met: false, value: null, peer: to, why });
  const own = usable(inRow, of);
  if (typeof own === 'string') return missed(own);
  if (to === null) return verdict(target, summaryOf(own.values), null);
  if (to !== 'best') {
    const peer = usable(inRow, to);
    if (typeof peer === 'string') return missed(peer);
    return verdict(target, summaryOf(ratiosOf(own.values, peer.values)), to);
  }
  const peers: Series[] = [];
  for (const name of PEERS) {
    if (!inRow.some((series) => series.contender === name)) continue;
    const peer = usable(inRow, name);
    if (typeof peer === 'string') return missed(peer);
    peers.push(peer);
  }
  const sign = METRICS[metric].better === 'higher' ? -1 : 1;
  const [best] = peers.toSorted((a, b) => sign * (median(a.values) - median(b.values)));
  if (best === undefined) return missed('no peer has this row');
  return verdict(target, summaryOf(ratiosOf(own.values, best.values)), best.contender);
}

function usable(series: readonly Series[], contender: string): Series | string {
  const found = series.find((one) => one.contender === contender);
  if (found === undefined) return `${contender} is missing`;
  if (found.void !== undefined) return `${contender} is void: ${found.void}`;
  if (found.values.length === 0 || found.values.some((value) => !Number.isFinite(value)))
    return `${contender} has no figures`;
  return found;
}

function verdict(target: Target, value: Summary, peer: string | null): Verdict {
  return { target, met: isMet(value.median, target.goal), value, peer, why: null };
}

function isMet(value: number, goal: Target['goal']): boolean {
  const bound = Number(goal.slice(3));
  return goal.startsWith('>=') ? value >= bound : value <= bound;
}
