// Takes the place of src/scripts.ts while the branches of the Lua are counted, see coverage-lua.ts.
import { probedLua } from '@relay/testkit';
// Written so that it is not itself replaced.
import { loadScripts as loadOriginals, type ScriptSet } from '../src/./scripts.ts';

export type { Script, ScriptSet } from '../src/./scripts.ts';

export function loadScripts(overrides: Readonly<Record<string, string>> = {}): ScriptSet {
  return loadOriginals({ ...probedLua(), ...overrides });
}
