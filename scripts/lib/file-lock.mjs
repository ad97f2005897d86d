// One process at a time, over a file. Plain Node: it runs before the install.
import { linkSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The owner touches its lock this often, in ms. */
const BEAT_MS = 1_000;
/** A lock untouched for so long, in ms, has lost its owner, whoever has its pid by now. */
const STALE_MS = 15_000;

/**
 * Takes the lock, waiting for its owner; a lock whose owner has died is taken over.
 *
 * @param {string} file
 * @param {{ deadlineMs: number, onWait: (pid: number) => void }} options `onWait` is called once
 * @returns {Promise<() => void>} gives the lock back
 */
export async function lock(file, { deadlineMs, onWait }) {
  const mine = `${process.pid} ${Date.now()} ${Math.random()}`;
  const deadline = Date.now() + deadlineMs;
  let waited = false;
  while (!create(file, mine)) {
    const owner = ownerOf(file);
    if (owner?.dead) removeDead(file, owner.text);
    else if (owner && !waited) {
      waited = true;
      onWait(owner.pid);
    }
    if (Date.now() > deadline) throw new Error(`another process has held ${file} for too long`);
    await delay(owner?.dead ? 5 : 100);
  }
  const beat = setInterval(() => {
    // Removed by hand while we work: nothing to keep alive any more.
    if (readText(file) !== mine) return clearInterval(beat);
    utimesSync(file, new Date(), new Date());
  }, BEAT_MS);
  beat.unref();
  return () => {
    clearInterval(beat);
    if (readText(file) === mine) rmSync(file, { force: true });
  };
}

function create(file, text) {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(file) {
  const text = readText(file);
  if (text === undefined) return undefined;
  const pid = Number(text.split(' ')[0]);
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return { text, pid, dead: age > STALE_MS || (pid > 0 && !isAlive(pid)) };
}

/**
 * Only the one who hard-links the dead lock under its own name may remove it. Without that, two
 * waiters that both saw the dead lock could each remove it, the second one a living one.
 */
function removeDead(file, text) {
  const claim = `${file}.${text.replaceAll(/[^\w.]/g, '-')}`;
  try {
    linkSync(file, claim);
  } catch (error) {
    // Somebody else removes it at this moment, or has done so.
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return;
    throw error;
  }
  if (readText(claim) === text) rmSync(file, { force: true });
  rmSync(claim, { force: true });
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
