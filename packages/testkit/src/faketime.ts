import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackDebian } from './debian-packages.ts';
import { messageOf, TestkitError } from './errors.ts';
import { withFileLock } from './file-lock.ts';
import { workspaceRoot } from './files.ts';

const LIBRARY = 'libfaketime.so.1';

/**
 * Finds libfaketime, which shifts the wall clock of a process that loads it (`LD_PRELOAD`): in the cache
 * `.relay/faketime` at the workspace root, which is filled from Debian's packages without root.
 *
 * @returns the path of the library.
 * @throws {TestkitError} `FAKETIME_NOT_FOUND` where it cannot be had.
 */
export async function findFaketime(): Promise<string> {
  const cache = join(workspaceRoot(), '.relay', 'faketime');
  try {
    const cached = await libraryIn(cache);
    if (cached !== undefined) return cached;
    await mkdir(join(workspaceRoot(), '.relay'), { recursive: true });
    return await withFileLock(`${cache}.lock`, async () => {
      if (!existsSync(cache)) await unpackDebian(['libfaketime'], cache);
      const unpacked = await libraryIn(cache);
      if (unpacked === undefined) throw new Error(`${cache} holds no ${LIBRARY}`);
      return unpacked;
    });
  } catch (error) {
    const message = `No libfaketime on this machine: ${messageOf(error)}`;
    throw new TestkitError('FAKETIME_NOT_FOUND', message, { cause: error });
  }
}

async function libraryIn(cache: string): Promise<string | undefined> {
  if (!existsSync(cache)) return undefined;
  const names = await readdir(cache, { recursive: true });
  const found = names.find((name) => name.endsWith(LIBRARY));
  return found === undefined ? undefined : join(cache, found);
}
