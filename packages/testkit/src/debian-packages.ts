import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './command.ts';
import { messageOf, TestkitError } from './errors.ts';

/**
 * Unpacks packages of Debian or Ubuntu, and the libraries that they need and this machine lacks,
 * into `target`. Nothing is installed, no service is started, no root is needed.
 *
 * The directory appears complete or not at all.
 *
 * @throws {TestkitError} `COMMAND_FAILED` where there is no apt-get, or no mirror answers.
 */
export async function unpackDebian(packages: readonly string[], target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}.unpacking-`);
  try {
    const files = await download(packages, work);
    const root = join(work, 'root');
    await mkdir(root);
    for (const file of files) await run('dpkg', ['-x', file, root]);
    await rm(target, { recursive: true, force: true });
    await rename(root, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The machine's package lists are quick when they are there; they may be missing or out of date. */
async function download(packages: readonly string[], work: string): Promise<string[]> {
  try {
    return await downloadWith(packages, [], work);
  } catch (first) {
    const options = await ownAptDirectories(work);
    try {
      await run('apt-get', [...options, '-qq', 'update']);
      return await downloadWith(packages, options, work);
    } catch (second) {
      throw new TestkitError('COMMAND_FAILED', messageOf(second), { cause: first });
    }
  }
}

async function downloadWith(
  packages: readonly string[],
  options: readonly string[],
  work: string,
): Promise<string[]> {
  const plan = ['install', '--print-uris', '--no-install-recommends', '-qq', '-y'];
  const uris = await run('apt-get', [...options, ...plan, ...packages]);
  const names = [...uris.matchAll(/^'[^']+' ([^_\s]+)_/gm)].map((match) => match[1] ?? '');
  if (names.length === 0) {
    throw new TestkitError('COMMAND_FAILED', `apt-get found no ${packages.join(', ')}`);
  }
  const debs = join(work, 'debs');
  await rm(debs, { recursive: true, force: true });
  await mkdir(debs);
  await run('apt-get', [...options, '-qq', 'download', ...names], { cwd: debs });
  const files = (await readdir(debs)).filter((file) => file.endsWith('.deb'));
  return files.map((file) => join(debs, file));
}

/** apt-get wants to write its lists and its cache to directories that belong to root. */
async function ownAptDirectories(work: string): Promise<string[]> {
  const lists = join(work, 'apt', 'lists');
  const cache = join(work, 'apt', 'cache');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  return [
    `-oDir::State::lists=${lists}`,
    `-oDir::Cache=${cache}`,
    // Root's apt-get would download as a user that may not write here.
    '-oAPT::Sandbox::User=root',
  ];
}

/** The directories below an unpacked tree that hold shared libraries. */
export async function libraryDirectories(root: string): Promise<string[]> {
  const found = new Set<string>();
  for (const base of ['lib', join('usr', 'lib')]) {
    // Not every package brings both folders.
    const entries = await readdir(join(root, base), {
      recursive: true,
      withFileTypes: true,
    }).catch(() => []);
    for (const entry of entries) {
      if (entry.name.includes('.so')) found.add(entry.parentPath);
    }
  }
  return [...found];
}
