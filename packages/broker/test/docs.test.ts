import { expect, test } from '@jest/globals';
import { readPage, withGeneratedParts } from '../scripts/generate-docs.ts';
import { queueKeys } from '../src/keys.ts';
import { loadScripts } from '../src/scripts.ts';

test('docs/broker.md tells what the sources say: `npm run docs` brings it up to date', () => {
  expect(readPage()).toBe(withGeneratedParts(readPage()));
});

test('it has every key and every script', () => {
  const page = readPage();
  for (const name of Object.keys(queueKeys)) expect(page).toContain(`\`relay:{queue}:${name}\``);
  for (const name of loadScripts().keys()) expect(page).toContain(`\n### \`${name}\`\n`);
});
