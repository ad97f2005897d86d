import type { Verdict } from './mutations/run.ts';
import type { RunResult } from './run.ts';

/** Names a generated part of a document: it stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
export type Part = 'figures' | 'mutations';

/** @throws Error when the document lacks the place. */
export function withPart(document: string, part: Part, text: string): string {
  const [open, close] = [`<!-- ${part} -->`, `<!-- /${part} -->`];
  const from = document.indexOf(open);
  const to = document.indexOf(close);
  if (from < 0 || to < from) throw new Error(`the document has no place for ${part}`);
  return `${document.slice(0, from)}${open}\n${text}\n${document.slice(to)}`;
}

const HEAD =
  '| row | seed | acknowledged | lost | duplicated | recovered | unexpected | stale settles refused | longest recovery |\n' +
  '|---|---|---|---|---|---|---|---|---|';

/** A table of all runs, and under it what each row did and measured, seed by seed. */
export function figuresOf(results: readonly RunResult[]): string {
  const rows = [...new Set(results.map(({ row }) => row))].toSorted(
    (a, b) => numberOf(a) - numberOf(b) || a.localeCompare(b),
  );
  const of = (row: string): RunResult[] =>
    results.filter((result) => result.row === row).toSorted((a, b) => a.seed - b.seed);
  const table = rows.flatMap((row) => of(row).map(tableLine));
  return [HEAD, ...table, '', ...rows.flatMap((row) => details(of(row)))].join('\n');
}

function numberOf(row: string): number {
  return Number(/\d+/.exec(row)?.[0] ?? 0);
}

function tableLine({ row, seed, account, longestRecoveryMs, unfit }: RunResult): string {
  if (unfit !== null) return `| ${row} | ${seed} | not run: ${unfit} | | | | | | |`;
  const { acknowledged, lost, duplicated, recovered, unexpected, staleRefused } = account;
  const recovery = longestRecoveryMs === null ? '–' : `${longestRecoveryMs} ms`;
  const cells = [row, seed, acknowledged, lost, duplicated, recovered, unexpected, staleRefused];
  return `| ${cells.join(' | ')} | ${recovery} |`;
}

function details(runs: readonly RunResult[]): string[] {
  const [first] = runs;
  if (first === undefined) return [];
  return [
    `### ${first.row}: ${first.title}`,
    '',
    `Expected: ${first.expected}.`,
    '',
    ...runs.flatMap(({ seed, injected, figures, breaches, late }) => [
      `- seed ${seed}: ${injected}`,
      ...figures.map(({ name, value, unit = '', most }) => {
        const bound = most === undefined ? '' : ` (at most ${most})`;
        return `  - ${name}: ${`${value} ${unit}`.trim()}${bound}`;
      }),
      ...late.map((line) => `  - **later than it should be**: ${line}`),
      ...breaches.slice(0, 5).map((line) => `  - **breach**: ${line}`),
    ]),
    '',
  ];
}

/** Which test noticed which mutation. */
export function mutationsOf(verdicts: readonly Verdict[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').slice(0, 110);
  return [
    '| mutation | file | the model test | the harness |',
    '|---|---|---|---|',
    ...verdicts.map(({ name, file, model, histories, harness }) => {
      const byModel = model === null ? 'not noticed' : `after ${histories} histories`;
      const byHarness = harness === undefined ? 'not run' : (harness ?? 'not noticed');
      return `| ${name} | \`${file}.lua\` | ${byModel} | ${cell(withoutIds(byHarness))} |`;
    }),
  ].join('\n');
}

/** Ids differ from run to run and say nothing to a reader. */
function withoutIds(text: string): string {
  return text.replaceAll(/\b[0-9A-Za-z]{20}\b/g, 'a job').replace(/ \(job .*$/, '');
}
