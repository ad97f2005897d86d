import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Which branches of the broker's Lua have tests reached? Redis has no answer, so the sources are given a probe in each
 * branch, which writes a line to the server's log: that needs no key, and is allowed in every script, whatever its
 * flags and however full Redis is. Off unless both variables are set:
 *
 * - `RELAY_LUA_SOURCES`: the directory of the scripts
 * - `RELAY_LUA_COVERAGE`: the directory to which what the servers have logged is brought
 */
const sources = (): string | undefined => process.env.RELAY_LUA_SOURCES;
const target = (): string | undefined => process.env.RELAY_LUA_COVERAGE;

const MARK = 'lua-branch ';
/** Once a run of a script: a loop would fill the log. */
const PROBE = `
local branches_reached = {}
local function reached(branch)
  if not branches_reached[branch] then
    branches_reached[branch] = true
    redis.log(redis.LOG_NOTICE, '${MARK}' .. branch)
  end
end
`;
/** These are the testkit's own while it measures. */
const REPLACED = new Set(['lib/call', 'lib/now']);

const TOKEN =
  /--\[(=*)\[[\s\S]*?\]\1\]|--[^\n]*|\[(=*)\[[\s\S]*?\]\2\]|'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|[A-Za-z_]\w*|\)|\n/g;

/** A source with a probe in each branch, and their names: `<file>:<line> <kind>`. */
export interface Instrumented {
  readonly text: string;
  readonly branches: readonly string[];
}

interface Block {
  readonly kind: 'if' | 'other';
  hasElse: boolean;
}

/**
 * A branch is the body of a function or loop, each arm of an `if`, and the way past an `if` without `else`. `and` and
 * `or` are not taken apart.
 */
export function instrumentLua(file: string, source: string): Instrumented {
  const branches: string[] = [];
  const blocks: Block[] = [];
  let text = '';
  let copied = 0;
  let line = 1;
  let afterFunction = false;
  const probe = (at: number, kind: string, before = '', after = ';'): void => {
    let name = `${file}:${line} ${kind}`;
    while (branches.includes(name)) name += ' again';
    branches.push(name);
    text += `${source.slice(copied, at)}${before} reached('${name}')${after} `;
    copied = at;
  };
  for (const match of source.matchAll(TOKEN)) {
    const [token] = match;
    const end = match.index + token.length;
    if (branches.length === 0 && /^\w/.test(token)) probe(match.index, 'file');
    if (token === 'if') blocks.push({ kind: 'if', hasElse: false });
    else if (token === 'then') probe(end, 'then');
    else if (token === 'else') {
      const block = blocks.at(-1);
      if (block) block.hasElse = true;
      probe(end, 'else');
    } else if (token === 'do') {
      blocks.push({ kind: 'other', hasElse: true });
      probe(end, 'loop');
    } else if (token === 'function') {
      blocks.push({ kind: 'other', hasElse: true });
      afterFunction = true;
    } else if (token === ')' && afterFunction) {
      afterFunction = false;
      probe(end, 'function');
    } else if (token === 'end') {
      const block = blocks.pop();
      if (block?.kind === 'if' && !block.hasElse) probe(match.index, 'past the if', 'else');
    }
    line += token.split('\n').length - 1;
  }
  return { text: text + source.slice(copied), branches };
}

/** Each file of a directory of scripts and of its `lib`, by path without ending. */
function readFiles(directory: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const folder of ['', 'lib/']) {
    for (const file of readdirSync(join(directory, folder)).toSorted()) {
      const name = `${folder}${file.replace(/\.lua$/, '')}`;
      if (!file.endsWith('.lua') || REPLACED.has(name)) continue;
      files.set(name, readFileSync(join(directory, folder, file), 'utf8'));
    }
  }
  return files;
}

/** Every branch of the scripts in a directory, by file. */
export function luaBranches(directory: string): Map<string, readonly string[]> {
  const files = [...readFiles(directory)];
  return new Map(files.map(([name, text]) => [name, instrumentLua(name, text).branches]));
}

/** Overrides for `loadScripts`; none while nothing is measured. */
export function probedLua(): Record<string, string> {
  const directory = sources();
  if (directory === undefined || target() === undefined) return {};
  const texts: Record<string, string> = { 'lib/coverage': PROBE };
  for (const [name, text] of readFiles(directory))
    texts[name] = `${instrumentLua(name, text).text}\n--@include lib/coverage\n`;
  return texts;
}

/** @internal Brings what a server has logged to safety, before its log goes. */
export async function keepReachedBranches(logFile: string): Promise<void> {
  const directory = target();
  if (directory === undefined || !existsSync(logFile)) return;
  const found = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    const at = line.indexOf(MARK);
    if (at >= 0) found.add(line.slice(at + MARK.length));
  }
  await mkdir(directory, { recursive: true });
  if (found.size > 0)
    await appendFile(join(directory, `${process.pid}.txt`), `${[...found].join('\n')}\n`);
}
