import { expect, test } from '@jest/globals';
import { readPage, withGeneratedParts } from '../scripts/generate-docs.ts';
import { ROUTES } from '../src/index.ts';

test('docs/http-api.md tells what the contract says: `npm run docs` brings it up to date', () => {
  expect(readPage()).toBe(withGeneratedParts(readPage()));
});

test('it has every route', () => {
  const page = readPage();
  for (const { method, path } of Object.values(ROUTES)) {
    expect(page).toContain(`### \`${method} ${path}\``);
  }
});
