// Puts the figures of results/ into docs/reliability.md. `npm run document` here.
import { readFileSync, writeFileSync } from 'node:fs';
import { figuresOf, mutationsOf, withPart } from '../src/document.ts';
import type { Verdict } from '../src/mutations/run.ts';
import type { RunResult } from '../src/run.ts';

const DOCUMENT = new URL('../../../docs/reliability.md', import.meta.url);

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), 'utf8'));

const figures = figuresOf(read('runs') as RunResult[]);
const mutations = mutationsOf(read('mutations') as Verdict[]);
const document = readFileSync(DOCUMENT, 'utf8');
writeFileSync(DOCUMENT, withPart(withPart(document, 'figures', figures), 'mutations', mutations));
