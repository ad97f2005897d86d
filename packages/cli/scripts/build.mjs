// One bundle with all that it needs: `npx @relay/cli` installs one package and no other.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

rmSync(at('../dist'), { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [at('../src/main.ts')],
  outdir: at('../dist/bin'),
  bundle: true,
  // The client of Redis is loaded by `doctor` alone.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['@relay/source'],
  // What came as CommonJS asks for Node's modules by `require`.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  legalComments: 'none',
  metafile: true,
});
// The broker reads them from beside its folder.
cpSync(at('../../broker/lua'), at('../dist/lua'), { recursive: true });
writeFileSync(at('../dist/LICENSES.md'), licences());

const outside = Object.values(metafile.outputs)
  .flatMap(({ imports }) => imports)
  .filter(({ external, path }) => external && process.getBuiltinModule(path) === undefined);
if (outside.length > 0) {
  throw new Error(`left outside of the bundle: ${outside.map(({ path }) => path).join(', ')}`);
}

/** What the licences of the bundled packages ask for: their text goes with the code. */
function licences() {
  const folders = Object.keys(metafile.inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? [],
  );
  const sections = [...new Set(folders)].toSorted().map((folder) => {
    const dir = resolve(folder);
    const { name, version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    const file = readdirSync(dir).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? license : readFileSync(join(dir, file), 'utf8').trim();
    return `## ${name} ${version}\n\n\`\`\`\n${text}\n\`\`\`\n`;
  });
  return `# Software that is part of this package\n\n${sections.join('\n')}`;
}
