// What the scripts need to know about the workspace. Plain Node: it runs before the install.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the workspace, absolute. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @param {string} file absolute */
export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * The packages of the workspace, as `pnpm-workspace.yaml` lists them: plain directories and `dir/*`.
 *
 * @returns {{ dir: string, path: string, manifest: Record<string, any> }[]} `path` relative to the root
 */
export function workspacePackages() {
  const yaml = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const list = /^packages:\n((?:[ \t]*-.*\n|[ \t]*#.*\n|\n)+)/m.exec(yaml)?.[1] ?? '';
  const patterns = [...list.matchAll(/^\s*-\s*['"]?([^'"\s#]+)/gm)].map((match) => match[1]);
  const dirs = patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [join(root, pattern)];
    const parent = join(root, pattern.slice(0, -2));
    if (!existsSync(parent)) return [];
    return readdirSync(parent).map((name) => join(parent, name));
  });
  return dirs
    .filter((dir) => existsSync(join(dir, 'package.json')))
    .map((dir) => ({
      dir,
      path: relative(root, dir),
      manifest: readJson(join(dir, 'package.json')),
    }));
}
