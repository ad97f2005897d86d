// npm run bench [-- --only <name>]
import { parseArgs } from 'node:util';
import { memory } from './memory.ts';

/** Each prints its figures and answers whether its goal was reached. */
const BENCHMARKS: Readonly<Record<string, () => Promise<boolean>>> = { memory };

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const chosen = Object.entries(BENCHMARKS).filter(([name]) => only === undefined || name === only);
if (chosen.length === 0) {
  console.error(`There is no benchmark "${only}", only ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exitCode = 2;
}
for (const [name, run] of chosen) {
  console.log(`\n${name}`);
  if (!(await run())) process.exitCode = 1;
}
