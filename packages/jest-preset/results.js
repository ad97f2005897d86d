import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes `.relay/test-results/<package>.json` in the package, without the scope: `@relay/broker`
 * becomes `broker.json`. In the package and not at the root, so that turbo can bring it back
 * together with a run that it replays from its cache.
 *
 * @param {string} packageDir
 * @param {{ passed: number, failed: number, skipped: number, slowest: { name: string, ms: number }[] }} counts
 */
export function writeResults(packageDir, counts) {
  const { name } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  const dir = join(packageDir, '.relay', 'test-results');
  const file = join(dir, `${name.replace(/^@[^/]+\//, '')}.json`);
  mkdirSync(dir, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ package: name, ...counts }, null, 2)}\n`);
  renameSync(temporary, file);
}
