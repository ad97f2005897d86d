import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { buildServices } from './build.ts';
import { describeVerdict, missed, runMutations, type Verdict } from './mutations/run.ts';
import { DEFAULT_RATE, type Options, optionsOf, USAGE } from './options.ts';
import { describeResult, summary } from './report.ts';
import { ROWS } from './rows/index.ts';
import { mixedRow } from './rows/mixed.ts';
import type { Row } from './rows/row.ts';
import { type RunResult, runRow } from './run.ts';

function selected({ only, smoke, soakMinutes }: Options): readonly Row[] {
  if (soakMinutes !== undefined) return [mixedRow(soakMinutes)];
  if (only.length === 0) return smoke ? ROWS.filter((row) => row.smoke) : ROWS;
  return only.map((id) => {
    const row = ROWS.find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (row === undefined)
      throw new TypeError(`there is no row ${id}: ${ROWS.map((one) => one.id).join(', ')}`);
    return row;
  });
}

/** Results are kept as they come: a run that is broken off has shown something too. */
function keep(file: string, result: RunResult): void {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunResult[]) : [];
  const others = before.filter(({ row, seed }) => row !== result.row || seed !== result.seed);
  writeFileSync(file, `${JSON.stringify([...others, result], null, 1)}\n`);
}

async function runRows(options: Options): Promise<boolean> {
  const results: RunResult[] = [];
  for (const seed of options.seeds) {
    for (const row of selected(options)) {
      const scale = options.smoke ? 0.4 : 1;
      // One after the other: they share the machine.
      const load = options.rate / DEFAULT_RATE;
      const result = await runRow(row, { seed, source: options.source, scale, load });
      results.push(result);
      console.log(`${describeResult(result)}\n`);
      if (options.json !== undefined) keep(options.json, result);
    }
  }
  console.log(summary(results));
  return results.every(({ breaches }) => breaches.length === 0);
}

async function runAllMutations({ seeds, source, only, json }: Options): Promise<boolean> {
  const known = json !== undefined && existsSync(json) ? readVerdicts(json) : [];
  const verdicts = new Map(known.map((one) => [one.name, one]));
  const [seed = 1] = seeds;
  const judged = await runMutations({
    seed,
    source,
    only,
    known,
    onVerdict(verdict) {
      verdicts.set(verdict.name, verdict);
      console.log(describeVerdict(verdict));
      if (json !== undefined)
        writeFileSync(json, `${JSON.stringify([...verdicts.values()], null, 1)}\n`);
    },
  });
  const unseen = missed(judged);
  console.log(`${judged.length} mutations, ${unseen.length} not noticed by any test`);
  return unseen.length === 0;
}

function readVerdicts(file: string): Verdict[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Verdict[];
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  if (!options.source) await buildServices();
  console.log(`faults: --seed ${options.seeds.join(',')}\n`);
  const run = options.mutations ? runAllMutations : runRows;
  if (!(await run(options))) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 64;
}
