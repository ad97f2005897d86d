import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { allPages, ROOT, type Snippet, snippetsOf } from './pages.ts';

const FOLDER = join(ROOT, 'docs/.relay/snippets');
/** The report of the SDK's surface holds declarations, which its own test makes. */
const GENERATED = new Set(['packages/sdk/api/sdk.api.md']);

const snippets = allPages()
  .filter(({ path }) => !GENERATED.has(path))
  .flatMap(snippetsOf);

const named = (snippet: Snippet, ending: string): string =>
  join(FOLDER, snippet.at.replaceAll(/[^A-Za-z0-9]+/g, '_') + ending);

test('every TypeScript and JavaScript snippet of every page compiles', () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  let written = 0;
  for (const snippet of snippets) {
    const { language, prelude, code } = snippet;
    // Plain JavaScript has no types to hold: it must parse, and what it imports must be there.
    const ending = { ts: '.ts', js: '.js' }[language];
    if (ending === undefined) continue;
    writeFileSync(named(snippet, ending), `${prelude}${code}`);
    written += 1;
  }
  const config = {
    extends: '@relay/tsconfig/base.json',
    compilerOptions: {
      allowJs: true,
      checkJs: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    include: ['*'],
  };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  try {
    execFileSync(process.execPath, [tsc, '-p', FOLDER], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
  expect(written).toBeGreaterThan(20);
});

test('every JSON snippet is JSON, and there is no language that nobody checks', () => {
  const CHECKED = ['ts', 'js', 'json'];
  // Diagrams, output, other languages and shells: shown, and run by tests of their own where they can be.
  const SHOWN = [
    'sh',
    'mermaid',
    'python',
    'bash',
    'text',
    'yaml',
    'lua',
    'ini',
    'promql',
    'http',
    'dockerfile',
  ];
  for (const { at, language, code } of snippets) {
    expect([at, [...CHECKED, ...SHOWN].includes(language)]).toEqual([at, true]);
    if (language !== 'json') continue;
    const isLines = code
      .trim()
      .split('\n')
      .every((line) => /^\{.*\}$/.test(line));
    for (const text of isLines ? code.trim().split('\n') : [code]) {
      expect(() => JSON.parse(text)).not.toThrow();
    }
  }
});
