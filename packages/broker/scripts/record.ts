// Records this broker, its TypeScript in one file and its scripts, so that later versions can be run beside it:
//
//   npm run record -- 0.2.0        in packages/broker, when 0.2.0 is released
//
// test/skew.test.ts runs every recording beside the broker as it is.
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [name = '', from = fileURLToPath(new URL('..', import.meta.url))] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+(-[a-z0-9]+)?$/.test(name)) {
  throw new Error(
    'name the version: npm run record -- 0.2.0 [folder of another checkout of this package]',
  );
}
const target = fileURLToPath(new URL(`../test/fixtures/recorded/${name}`, import.meta.url));
rmSync(target, { recursive: true, force: true });
// The scripts are found beside the folder of the code, as they are in the package.
await build({
  entryPoints: [`${from}/src/index.ts`],
  outfile: `${target}/code/index.mjs`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  minifySyntax: true,
});
cpSync(`${from}/lua`, `${target}/lua`, { recursive: true });
