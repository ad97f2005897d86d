import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadHandlers } from '../src/load-handlers.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-handlers-'));
});

afterAll(async () => {
  await rm(dir, { recursive: true });
});

let files = 0;

async function moduleOf(source: string): Promise<string> {
  files += 1;
  const file = join(dir, `handlers${files}.mjs`);
  await writeFile(file, source);
  return file;
}

describe('a handler module', () => {
  test('may export one function for all types', async () => {
    const loaded = await loadHandlers(await moduleOf('export default () => 1;'));
    expect(loaded.types).toBeNull();
    expect(loaded.handlers).toBeInstanceOf(Function);
  });

  test('or a map by job type, as its default', async () => {
    const file = await moduleOf("export default { 'a.b': () => 1, c() {} };");
    expect((await loadHandlers(file)).types).toEqual(['a.b', 'c']);
  });

  test('or handlers by name, beside whatever else it exports', async () => {
    const file = await moduleOf('export const limit = 3; export const a = () => 1;');
    expect((await loadHandlers(file)).types).toEqual(['a']);
  });

  test.each([
    ['it throws', 'throw new Error("no\\ndatabase");', /cannot be used: Error: no database$/],
    ['its syntax is wrong', 'export default (', /cannot be used: SyntaxError/],
    ['its default is no handler', 'export default 7;', /its default export is a number/],
    ['a handler is none', 'export default { a: 7 };', /job type "a" is a number/],
    ['it exports nothing', 'const a = 1;', /it exports no function/],
    ['it imports what is not there', 'import "./gone.mjs";', /gone\.mjs/],
  ])('is refused, with its name, when %s', async (_what, source, why) => {
    const file = await moduleOf(source);
    const failure = await loadHandlers(file).then(
      () => null,
      (error: unknown) => error as Error & { code: string },
    );
    expect(failure?.code).toBe('start');
    expect(failure?.message).toContain(file);
    expect(failure?.message.replaceAll('\n', ' ')).toMatch(why);
  });
});
