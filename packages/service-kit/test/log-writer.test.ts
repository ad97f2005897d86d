import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { LogWriter } from '../src/log-writer.ts';

// Linux has a disk that is always full.
const onLinux = existsSync('/dev/full') ? it : it.skip;

onLinux('a full disk is told once, and ends nothing', () => {
  const fd = openSync('/dev/full', 'w');
  const told: string[] = [];
  const writer = new LogWriter(fd, (what) => told.push(what));
  for (let i = 0; i < 1_000; i++) writer.write('{"level":"info"}\n');
  closeSync(fd);
  expect(told).toEqual([
    expect.stringMatching(/^logs cannot be written, continuing without them: ENOSPC/),
  ]);
});

it('lines come whole and in order, and it is told when they come again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relay-log-'));
  const file = join(folder, 'log');
  const fd = openSync(file, 'w');
  const told: string[] = [];
  const writer = new LogWriter(fd, (what) => told.push(what));
  writer.write('one\n');
  closeSync(fd);
  writer.write('lost\n');
  writer.write('lost\n');
  // The same number again: the file is back.
  const again = openSync(file, 'a');
  expect(again).toBe(fd);
  writer.write('two\n');
  closeSync(again);
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  expect(told).toEqual([
    expect.stringMatching(/EBADF/),
    'logs can be written again; 2 lines were lost',
  ]);
  rmSync(folder, { recursive: true });
});
