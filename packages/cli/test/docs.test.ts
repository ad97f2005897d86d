import { expect, test } from '@jest/globals';
import { readPage, withCommands } from '../scripts/generate-docs.ts';
import { EXIT } from '../src/exit.ts';

test('docs/cli.md has the commands as they are: `npm run docs` in this package brings it up to date', () => {
  expect(readPage()).toBe(withCommands(readPage()));
});

test('it names every exit code', () => {
  for (const code of Object.values(EXIT))
    expect(readPage()).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
});
