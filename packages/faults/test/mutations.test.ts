import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { MUTATIONS, mutate } from '@relay/testkit';
import { luaText, withLua } from '../src/stack/lua.ts';

test('each mutation changes its file in one place', () => {
  expect(MUTATIONS.length).toBeGreaterThanOrEqual(14);
  for (const mutation of MUTATIONS) {
    const text = luaText(mutation.file);
    expect(mutate(text, mutation)).not.toBe(text);
  }
});

test('a mutation whose place has gone says so', () => {
  const gone = { name: 'gone', file: 'reap', search: 'no such text', replace: '' };
  expect(() => mutate(luaText('reap'), gone)).toThrow('stands 0 times');
  const twice = { name: 'twice', file: 'reap', search: 'local', replace: '' };
  expect(() => mutate(luaText('reap'), twice)).toThrow(/stands \d+ times/);
});

test('a process that is given other texts runs those, and the broker’s own otherwise', () => {
  const dir = mkdtempSync(join(tmpdir(), 'relay-lua-'));
  try {
    const env = withLua(join(dir, 'lua.json'), { 'lib/number': '-- another text' });
    const broker = fileURLToPath(new URL('../../broker/src/scripts.ts', import.meta.url));
    const program = `
      const { loadScripts } = await import(${JSON.stringify(broker)});
      const sources = [...loadScripts().values()].map(({ source }) => source);
      console.log(sources.some((source) => source.includes('-- another text')));
    `;
    const run = (more: object): string =>
      execFileSync(
        process.execPath,
        ['--import', 'tsx', '--conditions=@relay/source', '--input-type=module', '-e', program],
        {
          env: { ...process.env, ...more },
          encoding: 'utf8',
          cwd: fileURLToPath(new URL('..', import.meta.url)),
        },
      ).trim();
    expect(run(env)).toBe('true');
    expect(run({})).toBe('false');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 60_000);
