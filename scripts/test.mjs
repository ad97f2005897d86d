// Type-checks and tests every package, and ends with one line: `N passed, N failed`.
//
//   npm test                     everything
//   npm test -- broker consumer  these packages only
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readJson, root, workspacePackages } from './lib/workspace.mjs';

const SLOWEST = 10;
const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';
/** Each package's Jest brings its own workers: a few packages at once fill the machine. */
const concurrency = Math.min(4, Math.max(2, Math.floor(availableParallelism() / 2)));

/** What the tests start as processes, see `builtEntry` of @relay/testkit. */
const SERVICES = ['api-gateway', 'reaper-promoter', 'worker'];

/** Runs turbo and resolves to its exit code. */
function turbo(tasks, flags, more = {}) {
  const args = ['run', ...tasks, ...flags, '--continue', '--ui=stream', '--log-order=grouped'];
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        join(root, 'node_modules', 'turbo', 'bin', 'turbo'),
        ...args,
        `--concurrency=${concurrency}`,
      ],
      {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          TURBO_TELEMETRY_DISABLED: '1',
          TURBO_NO_UPDATE_NOTIFIER: '1',
          ...process.env,
          ...more,
        },
      },
    );
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** It was called with something that is not there. */
class UsageError extends Error {}

function selectPackages(names) {
  const all = workspacePackages().filter(({ manifest }) => manifest.scripts?.test);
  if (names.length === 0) return all;
  const byName = new Map(all.map((one) => [one.manifest.name.replace('@relay/', ''), one]));
  return names.map((name) => {
    const found = byName.get(name);
    if (found) return found;
    throw new UsageError(
      `no package with tests is called ${name}: ${[...byName.keys()].join(', ')}`,
    );
  });
}

/** Where the reporter of @relay/jest-preset leaves the counts of a package. */
function resultFile({ dir, manifest }) {
  return join(dir, '.relay', 'test-results', `${manifest.name.replace(/^@[^/]+\//, '')}.json`);
}

function collect(packages) {
  const total = { passed: 0, failed: 0, skipped: 0, slowest: [], problems: [] };
  for (const item of packages) {
    const { name } = item.manifest;
    if (!existsSync(resultFile(item))) {
      total.problems.push(`${name}: its tests did not run to the end`);
      continue;
    }
    const result = readJson(resultFile(item));
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped += result.skipped;
    total.slowest.push(...result.slowest.map((slow) => ({ ...slow, package: name })));
  }
  return total;
}

function print({ passed, failed, skipped, slowest, problems }) {
  const ten = slowest.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  if (ten.length > 0) console.log('\nSlowest tests');
  for (const { ms, package: owner, name } of ten) {
    console.log(`${(ms / 1000).toFixed(2).padStart(8)} s  ${owner}  ${name}`);
  }
  if (problems.length > 0) console.log(`\nProblems\n  ${problems.join('\n  ')}`);
  const tail = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(`\n${passed} passed, ${failed} failed${tail}`);
}

async function main() {
  const names = process.argv.slice(2);
  const packages = selectPackages(names);
  for (const item of packages) rmSync(resultFile(item), { force: true });
  const filters = names.map((name) => `--filter=@relay/${name}`);
  const whole = names.length === 0;
  // The root's own scripts are no package: a filter would leave them out, with a warning.
  const checks = whole
    ? ['typecheck', 'typecheck:scripts', ...SERVICES.map((name) => `@relay/${name}#build`)]
    : ['typecheck'];
  const checksFailed = await turbo(checks, [...filters, '--output-logs=errors-only']);
  const testsFailed = await turbo(['test'], [...filters, '--output-logs=new-only'], {
    // A built service starts in half the time, and is what is shipped. Of some packages only: from the source, so that
    // nobody waits for a build, or tests an old one.
    ...(whole && !checksFailed ? { TESTKIT_BUILT: '1' } : {}),
    // Redis, time and chance are no inputs that turbo could hash: CI runs the tests every time, and not, as `--force`
    // would, all that they depend on.
    ...(inCi ? { TESTKIT_RUN: String(Date.now()) } : {}),
  });
  const total = collect(packages);
  if (checksFailed) total.problems.unshift('The type check or the build failed');
  if (testsFailed && total.failed === 0 && total.problems.length === 0) {
    total.problems.push('A test run failed although its tests passed (see above)');
  }
  if (total.passed + total.failed === 0 && total.problems.length === 0) {
    total.problems.push('Not one test ran');
  }
  total.failed += total.problems.length;
  print(total);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? `npm test: ${error.message}` : error);
  print({ passed: 0, failed: 1, skipped: 0, slowest: [], problems: [] });
  process.exitCode = 1;
}
