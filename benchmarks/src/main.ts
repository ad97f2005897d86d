// npm run bench [-- --only <name>] [--quick] [--json <file>]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Benchmark, isMet, type Target } from './benchmark.ts';
import { http } from './http.ts';
import { idle } from './idle.ts';
import { lateness } from './lateness.ts';
import { memory } from './memory.ts';
import { promotion } from './promotion.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = { http, idle, lateness, memory, promotion };

const { only, quick, json } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
}).values;
const chosen = Object.entries(BENCHMARKS).filter(([name]) => only === undefined || name === only);
if (chosen.length === 0) {
  console.error(`There is no benchmark "${only}", only ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exitCode = 2;
}
const targets: Target[] = [];
for (const [name, run] of chosen) {
  console.log(`\n${name}`);
  targets.push(...(await run({ quick })));
}
const met = targets.filter(isMet).length;
if (json !== undefined) {
  const results = targets.map((target) => ({ ...target, met: isMet(target) }));
  await writeFile(json, `${JSON.stringify({ quick, results }, null, 2)}\n`);
}
if (met < targets.length) process.exitCode = 1;
console.log(`\ntargets: ${met} met, ${targets.length - met} missed`);
