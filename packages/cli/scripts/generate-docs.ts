// Writes the commands of docs/cli.md as the program describes them. A test fails while they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram } from '../src/program.ts';

const PAGE = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));
const PART = /(<!-- generated: commands -->\n)[\s\S]*?(\n<!-- end: commands -->)/;

export const readPage = (): string => readFileSync(PAGE, 'utf8');

export function withCommands(page: string): string {
  return page.replace(PART, (_, begin: string, end: string) => `${begin}\n${commands()}\n${end}`);
}

/** The program, with nobody who hears it. */
export function silentProgram(): Command {
  return createProgram({
    env: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signal: new AbortController().signal,
    now: Date.now,
  }).command;
}

function commands(): string {
  const top = visible(silentProgram()).filter((one) => one.name() !== 'help');
  return top.flatMap((one) => section(one, '')).join('\n\n');
}

function visible(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}

function section(command: Command, before: string): string[] {
  const name = `${before}${command.name()}`;
  const children = visible(command).filter((one) => one.name() !== 'help');
  if (children.length > 0) return children.flatMap((one) => section(one, `${name} `));
  const args = command.registeredArguments.map((one) => {
    const dots = one.variadic ? '...' : '';
    return one.required ? ` <${one.name()}${dots}>` : ` [${one.name()}${dots}]`;
  });
  const rows = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map(({ flags, description, argChoices, defaultValue, defaultValueDescription }) => {
      const choices = argChoices === undefined ? '' : argChoices.join(', ');
      const preset = defaultValueDescription ?? defaultValue;
      const told = preset === undefined || preset === true ? '' : `default: ${String(preset)}`;
      const text = [description, choices, told].filter((part) => part !== '').join('; ');
      return `| \`${flags}\` | ${text.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`;
    });
  const options = rows.length === 0 ? '' : `\n\n| option | |\n|---|---|\n${rows.join('\n')}`;
  return [`### \`relay ${name}${args.join('')}\`\n\n${sentence(command.description())}${options}`];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(PAGE, withCommands(readPage()));
