import type { RunResult } from './run.ts';

/** A run in a few lines: the account in Jepsen's words, then what was measured, then what must not be. */
export function describeResult(result: RunResult): string {
  const { row, title, seed, unfit, account, breaches, late } = result;
  const head = `${row}  ${title}  (seed ${seed}, ${(result.tookMs / 1_000).toFixed(1)} s)`;
  if (unfit !== null) return `${head}\n    not run: ${unfit}`;
  const { acknowledged, lost, duplicated, recovered, unexpected, staleRefused } = account;
  const recovery = result.longestRecoveryMs === null ? '–' : `${result.longestRecoveryMs} ms`;
  const lines = [
    head,
    `    ${result.injected}`,
    `    acknowledged ${acknowledged}, lost ${lost}, duplicated ${duplicated}, recovered ${recovered}, ` +
      `unexpected ${unexpected}, stale settles refused ${staleRefused}, longest recovery ${recovery}`,
    ...result.figures.map(({ name, value, unit = '', most }) => {
      const bound = most === undefined ? '' : ` (at most ${most})`;
      return `    ${name}: ${value} ${unit}${bound}`.trimEnd();
    }),
    ...late.map((line) => `    LATE    ${line}`),
    ...breaches.slice(0, 12).map((line) => `    BREACH  ${line}`),
    ...(breaches.length > 12 ? [`    … and ${breaches.length - 12} more`] : []),
    ...(result.dir === null
      ? []
      : [`    the history is in ${result.dir}, what matters of it in its excerpt.json`]),
  ];
  return lines.join('\n');
}

/** The last line of a run of many rows. */
export function summary(results: readonly RunResult[]): string {
  const run = results.filter(({ unfit }) => unfit === null);
  const failed = run.filter(({ breaches }) => breaches.length > 0);
  const late = run.filter(({ late: lines }) => lines.length > 0);
  const ids = (some: readonly RunResult[]): string =>
    some.map(({ row, seed }) => `${row}/${seed}`).join(', ');
  const jobs = run.reduce((sum, { account }) => sum + account.acknowledged, 0);
  const minutes = results.reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000;
  return [
    `${run.length} runs, ${jobs} jobs acknowledged, ${minutes.toFixed(1)} minutes`,
    failed.length === 0 ? 'no invariant was broken' : `broken: ${ids(failed)}`,
    ...(late.length === 0 ? [] : [`later than they should be: ${ids(late)}`]),
    ...(results.length === run.length
      ? []
      : [`not run: ${ids(results.filter(({ unfit }) => unfit !== null))}`]),
  ].join('; ');
}
