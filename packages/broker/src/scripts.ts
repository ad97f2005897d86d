import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type KeyName, queueKeys, scheduleKeys } from './keys.ts';

const LUA_DIRECTORY = fileURLToPath(new URL('../lua', import.meta.url));

/** A script as it is sent to Redis, and what its file says of it. */
export interface Script {
  /** File name without its ending. */
  readonly name: string;
  readonly source: string;
  /** SHA-1 of the source, by which Redis knows it. */
  readonly sha: string;
  /** The fixed keys in the order of KEYS; further ones follow them. */
  readonly keys: readonly KeyName[];
  /** Flags of the script, as in `#!lua flags=…`. */
  readonly flags: readonly string[];
  /** The comment at the head of the file. */
  readonly header: string;
}

export type ScriptSet = ReadonlyMap<string, Script>;

interface Source {
  readonly keys: readonly string[];
  readonly flags: readonly string[];
  readonly includes: readonly string[];
  readonly text: string;
}

/** Directives are lines of their own: `--@keys a b`, `--@flags x`, `--@include lib/name`. */
function readSource(text: string): Source {
  const words = (directive: string): string[] =>
    [...text.matchAll(new RegExp(`^--@${directive} (.+)$`, 'gm'))].flatMap((match) =>
      (match[1] ?? '').trim().split(/\s+/),
    );
  return { keys: words('keys'), flags: words('flags'), includes: words('include'), text };
}

const OTHER_KEYS: readonly string[] = [
  'call',
  'queues',
  'members',
  'operations',
  ...Object.keys(scheduleKeys),
];

function isKeyName(name: string): name is KeyName {
  return OTHER_KEYS.includes(name) || name in queueKeys;
}

function assemble(name: string, read: (file: string) => string): Script {
  const keys: KeyName[] = [];
  const parts: string[] = [];
  const done = new Set<string>();
  const add = (file: string): Source => {
    done.add(file);
    const source = readSource(read(file));
    for (const include of source.includes) if (!done.has(include)) add(include);
    for (const keyName of source.keys) {
      if (!isKeyName(keyName)) throw new Error(`${file}.lua declares the unknown key "${keyName}"`);
      if (!keys.includes(keyName)) keys.push(keyName);
    }
    parts.push(source.text);
    return source;
  };
  const { flags, text } = add(name);
  const locals = `local ${keys.map((keyName) => `${keyName}_key`).join(', ')} = ${keys.map((_, i) => `KEYS[${i + 1}]`).join(', ')}`;
  const prologue = [
    `#!lua${flags.length > 0 ? ` flags=${flags.join(',')}` : ''}`,
    `local script_name = '${name}'`,
    `local fixed_keys = ${keys.length}`,
  ];
  if (keys.length > 0) prologue.push(locals);
  const source = [...prologue, ...parts].join('\n');
  const header = /^--\[\[\n([\s\S]*?)\n\]\]/.exec(text)?.[1] ?? '';
  return {
    name,
    source,
    sha: createHash('sha1').update(source).digest('hex'),
    keys,
    flags,
    header,
  };
}

/**
 * Reads the scripts and joins each with the pieces that it includes.
 *
 * @param overrides texts that take the place of files, by path without ending (`lib/now`). Tests use it to bring their
 *   own clock and an instrumented `call`; nothing in production passes it.
 */
export function loadScripts(overrides: Readonly<Record<string, string>> = {}): ScriptSet {
  const cache = new Map<string, string>(Object.entries(overrides));
  const read = (file: string): string => {
    const known = cache.get(file);
    if (known !== undefined) return known;
    const text = readFileSync(join(LUA_DIRECTORY, `${file}.lua`), 'utf8');
    cache.set(file, text);
    return text;
  };
  const names = readdirSync(LUA_DIRECTORY)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => file.slice(0, -'.lua'.length))
    .toSorted();
  return new Map(names.map((name) => [name, assemble(name, read)]));
}
