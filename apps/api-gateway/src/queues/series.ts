import type { MinuteTotals } from '@relay/broker';
import { LIMITS, type Series, type SeriesMetric } from '@relay/contract';
import type { JobStore } from '../store.ts';
import { time } from '../views.ts';

const MINUTE_MS = LIMITS.minuteMs;
const HOUR_MS = 60 * MINUTE_MS;
const BUCKETS = 28;

export interface SeriesRequest {
  readonly metric: SeriesMetric;
  readonly from?: string;
  readonly stepMs?: number;
}

/** One metric of a queue over time, out of the minutes that the background loops noted. */
export async function readSeries(
  store: Pick<JobStore, 'series'>,
  queue: string,
  { metric, from, stepMs = MINUTE_MS }: SeriesRequest,
  now: number = Date.now(),
): Promise<Series> {
  const asked = from === undefined ? now - HOUR_MS : Date.parse(from);
  const start = Math.min(Math.max(asked, now - LIMITS.dayMs), now);
  const step = stepFor(start, now, stepMs);
  const first = Math.floor(start / step) * step;
  // What was noted last before the first step too: rates are differences. Not all of the day's 1,500 minutes, of which an
  // hour's chart shows 60, and a list of queues one such chart in each row.
  const earliest = now - LIMITS.dayMs - HOUR_MS;
  const [noted, shown] = await Promise.all([
    store.series(queue, { from: earliest, to: first - 1, last: 1 }),
    store.series(queue, { from: first }),
  ]);
  const minutes = [...noted, ...shown];
  const points: Series['points'] = [];
  let before = lastBefore(minutes, first);
  for (let at = first; at <= now; at += step) {
    const end = lastBefore(minutes, at + step);
    const value =
      metric === 'oldestReadyMs'
        ? oldestIn({ from: at, to: at + step, now }, end)
        : valueIn(metric, end, before);
    points.push({ at: time(at), value });
    before = end;
  }
  return { metric, stepMs: step, points: points.slice(-LIMITS.seriesPoints) };
}

/** In whole minutes, and so large that the points suffice. */
function stepFor(start: number, now: number, asked: number): number {
  const least = (now - start) / (LIMITS.seriesPoints - 1);
  return Math.ceil(Math.max(asked, least) / MINUTE_MS) * MINUTE_MS;
}

function lastBefore(minutes: readonly MinuteTotals[], at: number): MinuteTotals | undefined {
  return minutes.findLast((minute) => minute.at < at);
}

function valueIn(
  metric: Exclude<SeriesMetric, 'oldestReadyMs'>,
  end: MinuteTotals | undefined,
  before: MinuteTotals | undefined,
): number | null {
  switch (metric) {
    case 'enqueued':
    case 'completed':
    case 'failed':
    case 'dead':
    case 'crashed':
      return gained(metric, end, before);
    case 'started':
      return gained('claimed', end, before);
    case 'ready':
    case 'active':
      return end?.gauges[metric] ?? null;
    case 'waitMsP50':
      return percentileOf('wait', 0.5, end, before);
    case 'waitMsP95':
      return percentileOf('wait', 0.95, end, before);
    case 'runMsP50':
      return percentileOf('run', 0.5, end, before);
    case 'runMsP95':
      return percentileOf('run', 0.95, end, before);
  }
}

/**
 * As of the note of the step: a job that waited then may have been taken a moment later. Where none was made nothing has
 * changed, and what waited went on waiting; but of a step that is not over, the note may still come. An older
 * reaper-promoter does not note since when.
 */
function oldestIn(
  { from, to, now }: { readonly from: number; readonly to: number; readonly now: number },
  last: MinuteTotals | undefined,
): number | null {
  const { ready, oldestReadyAt: since, notedAt = to } = last?.gauges ?? {};
  if (ready === 0) return 0;
  if (last === undefined || since === undefined) return null;
  if (last.at >= from) return Math.max(0, notedAt - since);
  return to > now ? null : Math.max(0, to - since);
}

/** How much a total grew; less than before means that the queue was made anew. */
export function gained(
  name: string,
  end: MinuteTotals | undefined,
  before: MinuteTotals | undefined,
): number {
  return Math.max(0, (end?.totals[name] ?? 0) - (before?.totals[name] ?? 0));
}

function percentileOf(
  kind: 'wait' | 'run',
  share: number,
  end: MinuteTotals | undefined,
  before: MinuteTotals | undefined,
): number | null {
  return percentile(gainedBuckets(kind, end, before), share);
}

/** What was counted between two notes, by power of two. */
export function gainedBuckets(
  kind: 'wait' | 'run',
  end: MinuteTotals | undefined,
  before: MinuteTotals | undefined,
): number[] {
  return Array.from({ length: BUCKETS }, (_, e) => gained(`${kind}:${e}`, end, before));
}

/** Within the bucket that holds it, as if its counts lay evenly; null when nothing was counted. */
export function percentile(buckets: readonly number[], share: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let passed = 0;
  for (const [e, count] of buckets.entries()) {
    if (count > 0 && passed + count >= share * total) {
      const low = e === 0 ? 0 : 2 ** (e - 1);
      return Math.round((low + (2 ** e - low) * ((share * total - passed) / count)) * 10) / 10;
    }
    passed += count;
  }
  return 2 ** (buckets.length - 1);
}
