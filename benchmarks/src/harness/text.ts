import { METRICS, type Metric, type Series } from './results.ts';
import { type Summary, summaryOf } from './statistics.ts';
import type { Verdict } from './targets.ts';

export function numberText(value: number, digits: number): string {
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Median and range. */
export function summaryText({ median, min, max, runs }: Summary, digits: number): string {
  const text = numberText(median, digits);
  return runs === 1 ? text : `${text} (${numberText(min, digits)} – ${numberText(max, digits)})`;
}

function seriesText(series: Series): string {
  if (series.void !== undefined) return `void: ${series.void}`;
  return summaryText(summaryOf(series.values), METRICS[series.metric].digits);
}

/** The figures of a row, a line a contender and metric. */
export function rowText(row: string, all: readonly Series[]): string {
  const lines = all
    .filter((series) => series.row === row)
    .map(
      (series) =>
        `  ${series.contender.padEnd(16)} ${seriesText(series).padEnd(36)} ${METRICS[series.metric].unit}`,
    );
  return [row, ...lines].join('\n');
}

/** What a target is about, in words. */
export function targetText({ target, peer }: Verdict): string {
  const metric: Metric = target.metric;
  const of = target.of ?? 'relay';
  const whom =
    target.to === 'best' ? `the best peer${peer === null ? '' : ` (${peer})`}` : target.to;
  const to = whom === null ? '' : ` ÷ ${whom}`;
  return `${target.row}, ${metric}: ${of}${to}`;
}

export function verdictText(verdict: Verdict): string {
  const { target, met, value, why } = verdict;
  const figure = value === null ? (why ?? 'missing') : summaryText(value, 3);
  const aim = target.aim === undefined ? '' : `, aim ${target.aim}`;
  return `${met ? 'met   ' : 'MISSED'} ${targetText(verdict).padEnd(58)} ${target.goal.padEnd(9)} ${figure}${aim}`;
}
