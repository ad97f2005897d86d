import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { TestkitError } from './errors.ts';

/** The owner touches its lock this often, in ms. */
const BEAT_MS = 1_000;
/** A lock that was not touched for so long, in ms, has lost its owner, whatever its pid says. */
const STALE_MS = 15_000;

/**
 * Runs `work` while no other process runs it under the same lock file.
 *
 * A lock whose owner has died is taken over. Two processes that take over the
 * same dead lock in the same instant may both get in; so what is done under the
 * lock must end in an atomic rename. The lock only saves them doing it twice.
 *
 * @throws {TestkitError} `LOCK_TIMEOUT` after `deadlineMs` (default: 180,000).
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  { deadlineMs = 180_000 }: { deadlineMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  while (!(await tryLock(file))) {
    if (performance.now() > deadline) {
      throw new TestkitError(
        'LOCK_TIMEOUT',
        `Another process has held ${file} for more than ${deadlineMs} ms; remove it if none runs`,
      );
    }
    await delay(50);
  }
  const beat = setInterval(() => {
    const now = new Date();
    // A lock that somebody removed by hand needs no touching any more.
    utimes(file, now, now).catch(() => clearInterval(beat));
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(file, { force: true });
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    if (await isAbandoned(file)) await rm(file, { force: true });
    return false;
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const pid = Number(await readFile(file, 'utf8'));
    // Not written yet: its owner is between creating and writing.
    if (!Number.isInteger(pid) || pid <= 0) return false;
    return !isAlive(pid);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isCode(error, 'ESRCH');
  }
}

/** Without `instanceof`: Node's own errors come from another realm when Jest runs us. */
function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
