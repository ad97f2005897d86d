import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function workspaceRoot(from) {
  let dir = from;
  while (!existsSync(join(dir, 'pnpm-workspace.yaml'))) {
    const parent = dirname(dir);
    if (parent === dir) return from;
    dir = parent;
  }
  return dir;
}

/**
 * Writes `.relay/test-results/<package>.json` at the workspace root, without
 * the scope: `@relay/broker` becomes `broker.json`.
 *
 * @param {string} packageDir
 * @param {{ passed: number, failed: number, skipped: number, slowest: { name: string, ms: number }[] }} counts
 */
export function writeResults(packageDir, counts) {
  const { name } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  const dir = join(workspaceRoot(packageDir), '.relay', 'test-results');
  const file = join(dir, `${name.replace(/^@[^/]+\//, '')}.json`);
  mkdirSync(dir, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ package: name, ...counts }, null, 2)}\n`);
  renameSync(temporary, file);
}
