// Runs the tests with a probe in each branch of the Lua and tells which branches none has reached, see lua-coverage.ts in
// the testkit. `npm run coverage:lua [-- <what Jest shall run>]`
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { luaBranches } from '@relay/testkit';

const LUA = fileURLToPath(new URL('../lua', import.meta.url));
/** They have processes of their own, or load Redis so much that the probes would only slow them down. */
const WITHOUT = [
  'given',
  'sentinel',
  'cluster',
  'competing',
  '/cost',
  'memory',
  'docs',
  'load-faults',
];

/** Every import of the scripts, of brokers without test scripts too. */
const PROBED = {
  '^(\\.|\\.\\./src|\\.\\./\\.\\./src)/scripts\\.ts$': '<rootDir>/scripts/probed-scripts.ts',
};

const reachedIn = mkdtempSync(join(tmpdir(), 'relay-lua-'));
const chosen = process.argv.slice(2);
const what = chosen.length > 0 ? chosen : [`--testPathIgnorePatterns=${WITHOUT.join('|')}`];
const jest = spawn('relay-jest', [`--moduleNameMapper=${JSON.stringify(PROBED)}`, ...what], {
  stdio: 'inherit',
  env: { ...process.env, RELAY_LUA_SOURCES: LUA, RELAY_LUA_COVERAGE: reachedIn },
});
const code = await new Promise<number | null>((resolve) => {
  jest.on('exit', resolve);
});

const reached = new Set<string>();
for (const file of readdirSync(reachedIn))
  for (const line of readFileSync(join(reachedIn, file), 'utf8').split('\n')) reached.add(line);
rmSync(reachedIn, { recursive: true });

let missed = 0;
let total = 0;
for (const [file, branches] of luaBranches(LUA)) {
  const unreached = branches.filter((branch) => !reached.has(branch));
  total += branches.length;
  missed += unreached.length;
  const count = `${branches.length - unreached.length}/${branches.length}`;
  console.log(`${file.padEnd(20)} ${count.padStart(7)}`);
  for (const branch of unreached) console.log(`  not reached: ${branch}`);
}
console.log(`${total - missed} of ${total} branches reached`);
process.exitCode = code === 0 && missed === 0 ? 0 : 1;
