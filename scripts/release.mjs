// `npm run release:publish`, on GitHub Actions: publishes the packages with provenance. npm rejects provenance for a
// package whose `repository` is not the one that built it, so the field is written for the upload and removed again: a
// fork publishes under its own name. The working directory is the workspace; arguments are passed on to pnpm.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/workspace.mjs';

const PUBLISHED = { '@relay/sdk': 'packages/sdk', '@relay/cli': 'packages/cli' };
const pnpm = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');

/** @param {string} repository URL of the repository, as provenance names it */
function publish(repository) {
  const manifests = Object.values(PUBLISHED).map((directory) => {
    const file = join(process.cwd(), directory, 'package.json');
    return { file, directory, text: readFileSync(file, 'utf8') };
  });
  try {
    for (const { file, directory, text } of manifests) {
      const from = { type: 'git', url: `git+${repository}.git`, directory };
      writeFileSync(file, JSON.stringify({ ...JSON.parse(text), repository: from }, null, 2));
    }
    const filters = Object.keys(PUBLISHED).flatMap((name) => ['--filter', name]);
    // The flag, because pnpm ignores NPM_CONFIG_PROVENANCE and would publish without provenance and without an error.
    const options = ['--access', 'public', '--no-git-checks', '--provenance'];
    const args = [pnpm, '--recursive', ...filters, 'publish', ...options, ...process.argv.slice(2)];
    return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
  } finally {
    for (const { file, text } of manifests) writeFileSync(file, text);
  }
}

const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: name } = process.env;
if (name === undefined) {
  console.error(
    'Not published: GITHUB_REPOSITORY is not set. Only the release workflow can publish with provenance.',
  );
  process.exitCode = 1;
} else {
  process.exitCode = publish(`${server}/${name}`);
}
