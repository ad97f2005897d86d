import type { Environment } from '../harness/environment.ts';
import { METRICS, type Metric, type Series } from '../harness/results.ts';
import { summaryOf } from '../harness/statistics.ts';
import { PEERS, type Verdict } from '../harness/targets.ts';
import { numberText, summaryText, targetText } from '../harness/text.ts';
import { TITLES } from './titles.ts';

/** What `--json` writes. */
export interface Report {
  readonly at: string;
  readonly quick: boolean;
  readonly seconds: number;
  readonly environment: Environment;
  readonly safety: readonly string[];
  readonly series: readonly Series[];
  readonly verdicts: readonly Verdict[];
}

const BEGIN = '<!-- figures: written by `npm run bench:report` -->';
const END = '<!-- end of the figures -->';

/** Puts the text between the marks of the page. */
export function replaceBetween(page: string, text: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`the page has no "${BEGIN}" … "${END}"`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}

/** Everything that a run found, as Markdown. */
export function figures(report: Report): string {
  const met = report.verdicts.filter((verdict) => verdict.met).length;
  return [
    `Measured on ${report.at.slice(0, 10)}${report.quick ? ' with `--quick`' : ''}, in ${numberText(report.seconds / 60, 0)} minutes.`,
    '',
    ...Object.entries(report.environment).map(([name, text]) => `- ${name}: ${text}`),
    `- on in Relay, checked before the first run: ${report.safety.join(', ')}; metrics as in the worker service`,
    '',
    '### Goals',
    '',
    `${met} of ${report.verdicts.length} are met.`,
    '',
    '| | goal | median (range) of the ratio | |',
    '|---|---|---|---|',
    ...report.verdicts.map(verdictLine),
    '',
    ...tables(report.series),
  ].join('\n');
}

function verdictLine(verdict: Verdict): string {
  const { target, met, value, why } = verdict;
  const goal = target.goal.replace('>=', '≥').replace('<=', '≤');
  const figure = value === null ? (why ?? 'missing') : summaryText(value, 2);
  return `| ${targetText(verdict)} | ${goal} | ${figure} | ${met ? 'met' : '**missed**'} |`;
}

function tables(all: readonly Series[]): string[] {
  const lines: string[] = [];
  for (const [row, title] of Object.entries(TITLES)) {
    const inRow = all.filter((series) => series.row === row);
    if (inRow.length > 0) lines.push(`### ${title}`, '', `\`${row}\``, '', ...table(inRow), '');
  }
  return lines;
}

function table(inRow: readonly Series[]): string[] {
  const metrics = [...new Set(inRow.map(({ metric }) => metric))];
  const contenders = [...new Set(inRow.map(({ contender }) => contender))];
  const cell = (contender: string, metric: Metric): string => {
    const series = inRow.find((one) => one.contender === contender && one.metric === metric);
    if (series === undefined) return '';
    if (series.void !== undefined) return `void: ${series.void}`;
    return summaryText(summaryOf(series.values), METRICS[metric].digits);
  };
  return [
    `| | ${metrics.map((metric) => METRICS[metric].unit).join(' | ')} |`,
    `|---|${metrics.map(() => '---:|').join('')}`,
    ...contenders.map((contender) => {
      const name =
        PEERS.includes(contender) || contender.startsWith('relay') ? contender : `*${contender}*`;
      return `| ${name} | ${metrics.map((metric) => cell(contender, metric)).join(' | ')} |`;
    }),
  ];
}
