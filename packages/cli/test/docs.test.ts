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
    if (/^[#|>&;]/.test(part)) break;
    words.push(part.replaceAll(/['"]/g, ''));
  }
  return words;
}

function everyCommand(program: Command): Command[] {
  return [program, ...program.commands.flatMap(everyCommand)];
}

test('every command line of every page is one that the program takes', () => {
  const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)));
  const lines = pages.flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8').replaceAll('\\\n', ' ');
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    return blocks.flatMap((block) =>
      [...block.matchAll(/(?<=^|[|(] ?)(?:npx @relay\/cli|npm run relay --|relay) (.*)$/gm)].map(
        ([, rest = '']) => [path, rest] as const,
      ),
    );
  });
  expect(lines.length).toBeGreaterThan(20);
  for (const [path, line] of lines) {
    const command = silentProgram();
    for (const one of everyCommand(command)) one.action(() => undefined);
    const refusal = () => {
      try {
        command.parse(wordsOf(line), { from: 'user' });
        return null;
      } catch (error) {
        return (error as { exitCode?: number }).exitCode === 0 ? null : String(error);
      }
    };
    expect([path, line, refusal()]).toEqual([path, line, null]);
  }
});
