import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from './cases/case.ts';
import { CASES } from './cases/index.ts';
import { Context } from './harness/context.ts';
import { readEnvironment } from './harness/environment.ts';
import { profileText } from './harness/profile.ts';
import type { Series } from './harness/results.ts';
import { judge } from './harness/targets.ts';
import { rowText, verdictText } from './harness/text.ts';
import { type Options, optionsOf, USAGE } from './options.ts';
import { assertSafetyOn } from './safety.ts';
import { TARGETS } from './targets.ts';

/** The exit code of a wrong use. */
const WRONG_USE = 64;

function choose({ only, quick }: Options): readonly Case[] {
  if (only === undefined) return CASES.filter((one) => !(quick && one.slow));
  return CASES.filter(
    (one) => only.includes(one.name) || one.rows.some((row) => only.includes(row)),
  );
}

/** All figures of one case; what breaks leaves its rows missing, and the others are measured all the same. */
async function measure(one: Case, context: Context): Promise<readonly Series[]> {
  const begunAt = performance.now();
  try {
    const series = await one.run(context);
    for (const row of one.rows) console.log(`\n${rowText(row, series)}`);
    console.log(`  took ${((performance.now() - begunAt) / 1_000).toFixed(0)} s`);
    return series;
  } catch (error) {
    console.log(`\n${one.name} broke: ${error instanceof Error ? error.stack : String(error)}`);
    return [];
  }
}

async function run(cases: readonly Case[], { quick, profile, json }: Options): Promise<void> {
  const begunAt = performance.now();
  const environment = await readEnvironment();
  const safety = await assertSafetyOn();
  for (const [name, text] of Object.entries(environment)) console.log(`${name.padEnd(20)} ${text}`);
  console.log(`${'relay has on'.padEnd(20)} ${safety.join(', ')}, metrics`);
  const profileDir = profile ? join(fileURLToPath(import.meta.url), '../../.relay/profiles') : null;
  await using context = new Context({ quick, profileDir });
  const series: Series[] = [];
  for (const one of cases) series.push(...(await measure(one, context)));
  if (profileDir !== null) console.log(`\n${await profileText(profileDir)}`);
  const rows = new Set(cases.flatMap((one) => one.rows));
  // Every goal of the rows that were asked for: one whose row has not come is missed.
  const verdicts = TARGETS.filter(({ row }) => rows.has(row)).map((target) =>
    judge(target, series),
  );
  console.log(`\n${verdicts.map(verdictText).join('\n')}`);
  const met = verdicts.filter((verdict) => verdict.met).length;
  const seconds = (performance.now() - begunAt) / 1_000;
  if (json !== undefined) {
    const report = {
      at: new Date().toISOString(),
      quick,
      seconds,
      environment,
      safety,
      series,
      verdicts,
    };
    await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  }
  console.log(`\ntook ${seconds.toFixed(0)} s`);
  console.log(`targets: ${met} met, ${verdicts.length - met} missed`);
}

function asked(): Options | undefined {
  try {
    return optionsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = WRONG_USE;
    return undefined;
  }
}

async function main(options: Options): Promise<void> {
  if (options.help) return console.log(USAGE);
  if (options.list) {
    for (const { name, rows, slow } of CASES)
      console.log(`${name.padEnd(20)} ${rows.join(', ')}${slow ? '  (not with --quick)' : ''}`);
    return;
  }
  const cases = choose(options);
  if (cases.length > 0) return await run(cases, options);
  console.error('There is no such row or case; --list shows them.');
  process.exitCode = WRONG_USE;
}

const options = asked();
if (options !== undefined) await main(options);
