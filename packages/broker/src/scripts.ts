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
  readonly rarely: readonly string[];
  readonly offers: readonly string[];
  readonly text: string;
}

/**
 * Directives are lines of their own: `--@keys a b`, `--@flags x`, `--@include lib/name`; and of scripts whose usual run
 * is short, `--@rarely lib/name`, see {@link Assembly}, with `--@offers a b` in those files.
 */
function readSource(text: string): Source {
  const words = (directive: string): string[] =>
    [...text.matchAll(new RegExp(`^--@${directive} (.+)$`, 'gm'))].flatMap((match) =>
      (match[1] ?? '').trim().split(/\s+/),
    );
  return {
    keys: words('keys'),
    flags: words('flags'),
    includes: words('include'),
    rarely: words('rarely'),
    offers: words('offers'),
    text,
  };
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

/**
 * Joins a script with its pieces. Redis runs the whole text at each call and makes every function in it anew, for a
 * quarter of a microsecond each. What a run seldom needs is therefore wrapped in one function, `rarely`, which makes it
 * when it is first called and returns what those files offer; `rare` is that, or nil while nothing has asked for it.
 */
class Assembly {
  readonly keys: KeyName[] = [];
  readonly #parts: string[] = [];
  readonly #offers: string[] = [];
  readonly #read: (file: string) => string;
  readonly #done = new Set<string>();

  constructor(read: (file: string) => string) {
    this.#read = read;
  }

  /** The text, behind which `rarely` may be called from everywhere. */
  join(
    name: string,
    prologue: readonly string[],
  ): { readonly source: string; readonly own: Source } {
    const own = this.#declare(name);
    for (const include of own.includes) this.#add(include);
    const usual = this.#parts.splice(0);
    for (const file of own.rarely) this.#add(file);
    const seldom = this.#parts.splice(0);
    const locals =
      this.keys.length === 0
        ? []
        : [
            `local ${this.keys.map((key) => `${key}_key`).join(', ')} = ${this.keys.map((_, i) => `KEYS[${i + 1}]`).join(', ')}`,
          ];
    const lines = [...prologue, `local fixed_keys = ${this.keys.length}`, ...locals];
    if (seldom.length > 0) {
      const offers = this.#offers.map((offer) => `${offer} = ${offer}`).join(', ');
      lines.push('local rare, rarely');
      usual.push(
        'function rarely()',
        'if rare then return rare end',
        ...locals,
        ...seldom,
        `rare = { ${offers} }`,
        'return rare',
        'end',
      );
    }
    return { source: [...lines, ...usual, own.text].join('\n'), own };
  }

  #add(file: string): void {
    if (this.#done.has(file)) return;
    const source = this.#declare(file);
    for (const include of source.includes) this.#add(include);
    this.#parts.push(source.text);
  }

  #declare(file: string): Source {
    this.#done.add(file);
    const source = readSource(this.#read(file));
    for (const key of source.keys) {
      if (!isKeyName(key)) throw new Error(`${file}.lua declares the unknown key "${key}"`);
      if (!this.keys.includes(key)) this.keys.push(key);
    }
    this.#offers.push(...source.offers);
    return source;
  }
}

function assemble(name: string, read: (file: string) => string): Script {
  const assembly = new Assembly(read);
  const { flags } = readSource(read(name));
  const { source, own } = assembly.join(name, [
    `#!lua${flags.length > 0 ? ` flags=${flags.join(',')}` : ''}`,
    `local script_name = '${name}'`,
  ]);
  return {
    name,
    source,
    sha: createHash('sha1').update(source).digest('hex'),
    keys: assembly.keys,
    flags,
    header: /^--\[\[\n([\s\S]*?)\n\]\]/.exec(own.text)?.[1] ?? '',
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
