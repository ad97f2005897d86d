import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { startProcess } from '@relay/testkit';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The first run may have to build, on a machine that does other things too. */
const DEADLINE_MS = 300_000;

/** The commands of the block below a heading, as they stand in the README, without what explains them. */
function commandsBelow(heading: string): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, below = ''] = readme.split(`## ${heading}\n`);
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(below) ?? [];
  return block
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, ''));
}

/**
 * As a newcomer would: nothing but what git has. Two things are taken from here, since a newcomer's first run
 * would load and build them: the packages come out of the package manager's store, and what turbo has built of
 * the very same sources out of its cache.
 */
test(
  'the two commands of the README work as written in a fresh clone',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'relay-clone-'));
    try {
      execFileSync('git', ['clone', '--quiet', '--shared', ROOT, dir]);
      const common = ['rev-parse', '--path-format=absolute', '--git-common-dir'];
      const git = execFileSync('git', common, { cwd: ROOT, encoding: 'utf8' }).trim();
      const cache = join(dirname(git), '.turbo/cache');
      const env = {
        REDIS_URL: undefined,
        DEMO_FOLDER: undefined,
        NODE_OPTIONS: undefined,
        ...(existsSync(cache) ? { TURBO_CACHE_DIR: cache } : {}),
      };
      const [start = '', check = '', ...others] = commandsBelow('Try it');
      expect([start, check, others]).toEqual(['npm start', 'npm test', []]);

      // The port of the README may be in use on this machine; npm start takes another one then.
      const run = (command: string, more = '') =>
        startProcess({
          command: 'sh',
          entry: '-c',
          args: [`exec ${command}${more}`],
          cwd: dir,
          env,
        });
      await using started = await run(start);
      await started.waitForLine(/keeps running/, DEADLINE_MS);
      expect(started.lines()).toContainEqual(expect.stringMatching(/^lost +0/));
      started.kill('SIGINT');
      expect(await started.exit).toMatchObject({ code: 0 });

      // All tests would run this one again: one package shows that the command works in a clone.
      await using tested = await run(check, ' -- contract');
      expect(await tested.exit).toMatchObject({ code: 0 });
      expect(tested.lines().at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
  2 * DEADLINE_MS,
);
