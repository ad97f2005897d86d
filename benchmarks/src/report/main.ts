// npm run bench:report -- <file.json>: writes the figures into docs/benchmarks.md, and the chart beside it.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.ts';
import { figures, type Report, replaceBetween } from './markdown.ts';

const docs = (name: string): string =>
  fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('npm run bench:report -- <what `npm run bench -- --json` wrote>');
  process.exitCode = 2;
} else {
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  const page = await readFile(docs('benchmarks.md'), 'utf8');
  await writeFile(docs('benchmarks.md'), replaceBetween(page, figures(report)));
  await writeFile(docs('benchmarks.svg'), chart(report.series));
  console.log('wrote docs/benchmarks.md and docs/benchmarks.svg');
}
