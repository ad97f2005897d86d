import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { readPage, silentProgram, withCommands } from '../scripts/generate-docs.ts';
import { EXIT } from '../src/exit.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

test('docs/cli.md has the commands as they are: `npm run docs` in this package brings it up to date', () => {
  expect(readPage()).toBe(withCommands(readPage()));
});

test('it names every exit code', () => {
  for (const code of Object.values(EXIT))
    expect(readPage()).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
});

/** The words of a command line as a shell takes them, up to a comment, a pipe or a redirection. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [part] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"()])+/g)) {
    if (/^(?:\\?\||[#>&;])/.test(part)) break;
    words.push(part.replaceAll(/['"]/g, ''));
  }
  return words;
}

function everyCommand(program: Command): Command[] {
  return [program, ...program.commands.flatMap(everyCommand)];
}

/** `relay` by each of its names; `npm run key` is its `keys`. */
const CALL = /^(?:\$ )?(?:npx @relay\/cli|npm run relay --|npm run(?= key --)|relay) ([a-z-].*)$/;

/** What the pages tell to type, in blocks and within the text. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)];
  const inBlocks = blocks.flatMap(([, block = '']) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .flatMap((line) => line.split(/\| |<\(/)),
  );
  // A heading gives the form of a command.
  const inText = [...text.replaceAll(/^#.*$/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  );
  return [...inBlocks, ...inText].flatMap((line) => {
    const [, rest] = CALL.exec(line.trim()) ?? [];
    // What is left to the reader: a value of JSON, or whatever else.
    const filled = rest?.replaceAll("'…'", '{}').replaceAll('…', '');
    return filled === undefined ? [] : [filled.replace(/^key --/, 'keys')];
  });
}

test('every command line of every page is one that the program takes', () => {
  const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)));
  const lines = pages.flatMap((path) =>
    commandLines(readFileSync(join(ROOT, path), 'utf8')).map((line) => [path, line] as const),
  );
  expect(lines.length).toBeGreaterThan(30);
  for (const [path, line] of lines) {
    const program = silentProgram();
    for (const one of everyCommand(program)) {
      one.action(() => undefined);
      // The text may name a command without all that it needs.
      for (const argument of one.registeredArguments) argument.required = false;
      for (const option of one.options) option.mandatory = false;
    }
    let refusal: unknown = null;
    try {
      program.parse(wordsOf(line), { from: 'user' });
    } catch (error) {
      const { exitCode } = error as { exitCode?: number };
      if (exitCode !== 0) refusal = String(error);
    }
    expect([path, line, refusal]).toEqual([path, line, null]);
  }
});
