import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withFileLock } from '../src/file-lock.ts';
import { startProcess } from '../src/index.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-lock-'));
  file = join(dir, 'lock');
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('lets one in at a time', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withFileLock(file, work)));
  expect(most).toBe(1);
});

test('takes a lock over whose owner has died', async () => {
  const owner = await startProcess({ command: '/bin/sh', entry: '-c', args: ['exit 0'] });
  await owner.exit;
  await writeFile(file, String(owner.pid));
  expect(await withFileLock(file, async () => 'in')).toBe('in');
});

test('gives up on a lock whose owner lives', async () => {
  await writeFile(file, String(process.pid));
  await expect(withFileLock(file, async () => 'in', { deadlineMs: 100 })).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    message: expect.stringContaining(file),
  });
});
