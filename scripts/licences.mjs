// Holds the licence of everything that is installed for production against a list of those that may be
// passed on. Ends with code 1 and a line for each other one.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './lib/workspace.mjs';

const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
]);

const pnpm = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');
const args = [pnpm, '-r', 'licenses', 'list', '--prod', '--json'];
const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1_048_576 };
const found = JSON.parse(execFileSync(process.execPath, args, options));

/** `(MIT OR GPL-2.0)`: one of them is enough. `MIT AND ISC`: all must be. */
function isAllowed(licence) {
  const either = licence.replaceAll(/[()]/g, '').split(' OR ');
  return either.some((one) => one.split(' AND ').every((part) => ALLOWED.has(part.trim())));
}

let count = 0;
for (const [licence, packages] of Object.entries(found)) {
  count += packages.length;
  if (isAllowed(licence)) continue;
  for (const { name, versions } of packages) {
    console.error(
      `licences: ${name} ${versions.join(', ')} is ${licence}, which is not on the list`,
    );
  }
  process.exitCode = 1;
}
if (count === 0) throw new Error('pnpm named no package: the check has looked at nothing');
if (process.argv.includes('--verbose'))
  console.log(`${count} packages, all with a licence that may be passed on`);
