import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PRELOAD = new URL('preload.mjs', import.meta.url);
const LUA = new URL('../../../broker/lua/', import.meta.url);

/** The text of one of the broker's Lua files, by its path without ending. */
export function luaText(name: string): string {
  return readFileSync(new URL(`${name}.lua`, LUA), 'utf8');
}

/** The environment of a service that is to read these texts instead of the broker's files. */
export function withLua(
  file: string,
  texts: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  writeFileSync(file, JSON.stringify(texts));
  // Behind what is there: tsx, for instance.
  const options = `${process.env['NODE_OPTIONS'] ?? ''} --import ${fileURLToPath(PRELOAD)}`;
  return { NODE_OPTIONS: options.trim(), FAULTS_LUA: file };
}
