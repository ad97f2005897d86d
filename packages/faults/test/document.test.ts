import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { figuresOf, mutationsOf, withPart } from '../src/document.ts';
import type { Verdict } from '../src/mutations/run.ts';
import type { RunResult } from '../src/run.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('docs/reliability.md holds the figures of results/: `npm run document` here puts them there', () => {
  const document = read('../../../docs/reliability.md');
  const figures = figuresOf(JSON.parse(read('../results/runs.json')) as RunResult[]);
  const mutations = mutationsOf(JSON.parse(read('../results/mutations.json')) as Verdict[]);
  expect(withPart(withPart(document, 'figures', figures), 'mutations', mutations)).toBe(document);
});

test('a document without the place is refused', () => {
  expect(() => withPart('nothing', 'figures', '')).toThrow('no place for figures');
});
