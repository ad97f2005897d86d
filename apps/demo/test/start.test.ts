import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { type ManagedProcess, startProcess, until } from '@relay/testkit';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The first run may have to build, on a machine that does other things too. */
const DEADLINE_MS = 150_000;
const TEST_MS = 2 * DEADLINE_MS;

/** Runs `npm start`, as a user would. */
async function npmStart(...flags: string[]): Promise<ManagedProcess> {
  return await startProcess({
    command: 'npm',
    entry: 'start',
    args: ['--', '--port', '0', ...flags],
    cwd: ROOT,
    env: { REDIS_URL: undefined, DEMO_FOLDER: undefined },
  });
}

/** All processes below one, the guards in their own groups too. */
async function descendants(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const parent of found) {
    found.push(...rows.flatMap(([child, of]) => (of === parent ? [child!] : [])));
  }
  return found.slice(1);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function expectNoneLeft(pids: Iterable<number>): Promise<void> {
  await until(() => ![...pids].some(isAlive), {
    what: 'every process that was started to be gone',
  });
}

test(
  'npm start -- --once: a worker crashes, no job is lost, nothing is left running',
  async () => {
    await using npm = await npmStart('--once', '--jobs', '40');
    const seen = new Set<number>();
    let ended = false;
    void npm.exit.then(() => {
      ended = true;
    });
    await until(
      async () => {
        for (const pid of await descendants(npm.pid)) seen.add(pid);
        return ended;
      },
      { what: 'the run to end', deadlineMs: DEADLINE_MS, everyMs: 200 },
    );
    const lines = npm.lines();
    expect(lines.at(-1)).toBe('relay: 40 jobs, 36 completed, 4 dead, 0 lost');
    expect(await npm.exit).toEqual({ code: 0, signal: null });
    expect(lines.find((line) => /^crashed and recovered +[1-9]/.test(line))).toBeDefined();
    expect(lines.filter((line) => /^worker-[12] +[0-9]/.test(line))).toHaveLength(2);
    // Redis, gateway, reaper-promoter, two workers, one of them twice, and the demo.
    expect(seen.size).toBeGreaterThanOrEqual(7);
    await expectNoneLeft(seen);
  },
  TEST_MS,
);

test(
  'npm start keeps running after its table, and stops cleanly at Ctrl-C',
  async () => {
    await using npm = await npmStart('--jobs', '20');
    await npm.waitForLine(/keeps running/, DEADLINE_MS);
    const address = npm.lines().find((line) => line.startsWith('Readiness'));
    const response = await fetch(address!.split(/\s+/)[1]!);
    expect(response.status).toBe(200);
    await response.text();
    const running = await descendants(npm.pid);
    npm.kill('SIGINT');
    expect(await npm.exit).toEqual({ code: 0, signal: null });
    expect(npm.lines().at(-1)).toBe('Stopped.');
    await expectNoneLeft(running);
  },
  TEST_MS,
);

test.each(['npm', 'the script'])(
  'nothing outlives a run when %s is killed outright',
  async (victim) => {
    await using npm = await npmStart('--jobs', '20');
    await npm.waitForLine(/keeps running/, DEADLINE_MS);
    const running = await descendants(npm.pid);
    // The first is what npm has started. Without it the guards act; without npm, the script notices.
    process.kill(victim === 'npm' ? npm.pid : running[0]!, 'SIGKILL');
    await npm.exit;
    await expectNoneLeft(running);
  },
  TEST_MS,
);

test(
  'a child that ends unexpectedly is named, and ends the run',
  async () => {
    await using npm = await npmStart('--jobs', '20');
    await npm.waitForLine(/keeps running/, DEADLINE_MS);
    const running = await descendants(npm.pid);
    const { stdout } = await promisify(execFile)('ps', [
      '-o',
      'pid=,args=',
      '-p',
      running.join(','),
    ]);
    const gateway = stdout
      .split('\n')
      .find((row) => row.includes('api-gateway/dist/main.js') && !row.includes('relay-guard'));
    process.kill(Number.parseInt(gateway!, 10), 'SIGKILL');
    const { code } = await npm.exit;
    expect(code).toBe(1);
    expect(npm.lines()).toContain(
      'relay: api-gateway ended unexpectedly (SIGKILL); see .relay/logs/api-gateway.log',
    );
    await expectNoneLeft(running);
  },
  TEST_MS,
);

test('a wrong flag is refused in one line', async () => {
  await using npm = await npmStart('--jobs', 'many');
  const { code } = await npm.exit;
  expect(code).toBe(1);
  expect(npm.lines()).toContain('relay: --jobs takes a whole number from 1 to 100000, not "many"');
});
