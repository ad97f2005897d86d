import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { run } from './command.ts';
import { unpackDebian } from './debian-packages.ts';
import { messageOf, TestkitError } from './errors.ts';
import { withFileLock } from './file-lock.ts';
import { isExecutable, workspaceRoot } from './files.ts';

/**
 * Finds Prometheus's `promtool`, in this order: `PROMTOOL_PATH`; one on PATH; the cache in
 * `.relay/prometheus` at the workspace root; Debian's package, unpacked into that cache.
 *
 * @returns its path.
 * @throws {TestkitError} `PROMTOOL_NOT_FOUND`, saying what was tried and what to install.
 */
export async function findPromtool(): Promise<string> {
  const override = process.env['PROMTOOL_PATH'];
  if (override) return override;
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, 'promtool');
    // oxlint-disable-next-line no-await-in-loop -- the first one counts.
    if (directory !== '' && (await isExecutable(path))) return path;
  }
  try {
    return await unpacked();
  } catch (error) {
    throw new TestkitError(
      'PROMTOOL_NOT_FOUND',
      'No promtool on this machine. Run `apt install prometheus` or `brew install prometheus`, or name ' +
        `one in PROMTOOL_PATH. PATH has none; Debian's package: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

async function unpacked(): Promise<string> {
  const cache = join(workspaceRoot(), '.relay', 'prometheus');
  const path = join(cache, 'usr', 'bin', 'promtool');
  const works = () =>
    run(path, ['--version']).then(
      () => true,
      () => false,
    );
  if (existsSync(path) && (await works())) return path;
  await mkdir(dirname(cache), { recursive: true });
  return await withFileLock(`${cache}.lock`, async () => {
    if (!existsSync(path) || !(await works())) {
      await unpackDebian(['prometheus'], cache);
      // The server itself, its pages and their scripts: 220 MB that nobody reads.
      await rm(join(cache, 'usr', 'bin', 'prometheus'), { force: true });
      await rm(join(cache, 'usr', 'share'), { recursive: true, force: true });
    }
    await run(path, ['--version']);
    return path;
  });
}
