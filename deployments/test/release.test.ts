import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEPLOYMENTS } from '../src/check/run.ts';
import { withVersion } from '../src/check/version.ts';
import { workflowProblems } from '../src/check/workflows.ts';

const ROOT = join(DEPLOYMENTS, '..');
const SCRIPT = join(ROOT, 'scripts', 'release.mjs');
const MANIFEST = '{ "name": "@relay/sdk", "version": "1.2.3" }\n';

/** What a publish sends: the manifest, as the registry serves it. */
interface Upload {
  readonly versions: Readonly<Record<string, { readonly repository?: unknown }>>;
}

describe('a release', () => {
  const dir = mkdtempSync(join(tmpdir(), 'relay-release-'));
  const uploads: Upload[] = [];
  let registry: Server;
  let url: string;

  beforeAll(async () => {
    const files = {
      'package.json': '{ "name": "relay", "version": "1.2.3", "private": true }',
      'pnpm-workspace.yaml': 'packages: ["packages/*"]\n',
      'packages/sdk/package.json': MANIFEST,
      'packages/cli/package.json': MANIFEST.replace('sdk', 'cli'),
      'packages/inner/package.json': MANIFEST.replace('sdk', 'inner'),
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    // Knows no package, and accepts every upload.
    registry = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (request.method === 'PUT')
          uploads.push(JSON.parse(Buffer.concat(chunks).toString()) as Upload);
        response.writeHead(request.method === 'PUT' ? 201 : 404).end('{}');
      });
    });
    await new Promise<void>((resolve) => {
      registry.listen(0, '127.0.0.1', resolve);
    });
    const address = registry.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    url = `http://127.0.0.1:${address.port}/`;
    writeFileSync(join(dir, '.npmrc'), `//127.0.0.1:${address.port}/:_authToken=not-a-secret\n`);
  });

  afterAll(async () => {
    rmSync(dir, { recursive: true });
    await new Promise((resolve) => {
      registry.close(resolve);
    });
  });

  /** Runs the script as the workflow does, in a workspace of the test's own and with a HOME that holds the token. */
  async function release(env: object, ...args: string[]): Promise<{ ok: boolean; said: string }> {
    const { PATH = '' } = process.env;
    const all = [SCRIPT, '--registry', url, ...args];
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, all, {
        cwd: dir,
        env: { PATH, HOME: dir, ...env },
      });
      return { ok: true, said: stdout + stderr };
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return { ok: false, said: stdout + stderr };
    }
  }

  const actions = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'Example/relay' };

  it('publishes nothing without provenance', async () => {
    const outside = await release({});
    expect(outside.ok).toBe(false);
    expect(outside.said).toMatch(/^Not published: GITHUB_REPOSITORY is not set/);
    // In the workflow, but without `id-token: write`.
    const unsigned = await release(actions);
    expect(unsigned.ok).toBe(false);
    expect(unsigned.said).toMatch(/ID_TOKEN/);
    expect(uploads).toEqual([]);
  });

  it('names the repository that built each package in the upload only', async () => {
    // The signing service is out of reach here; everything else runs.
    const { ok, said } = await release(actions, '--no-provenance');
    expect(said).toMatch(/Published package @relay\/sdk@1.2.3/);
    expect(ok).toBe(true);
    expect(uploads.map(({ versions }) => versions['1.2.3']?.repository)).toEqual(
      ['packages/sdk', 'packages/cli'].map((directory) => ({
        type: 'git',
        url: 'git+https://github.com/Example/relay.git',
        directory,
      })),
    );
    expect(readFileSync(join(dir, 'packages/sdk/package.json'), 'utf8')).toBe(MANIFEST);
  });

  it('leaves every package private but those that it publishes, so that no others are tagged', () => {
    const manifests = ['packages', 'apps', 'examples'].flatMap((folder) =>
      readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name, 'package.json')),
    );
    const open = manifests
      .filter((file) => existsSync(file))
      .map((file) => JSON.parse(readFileSync(file, 'utf8')) as { name: string; private?: boolean })
      .filter((manifest) => manifest.private !== true);
    expect(open.map(({ name }) => name).toSorted()).toEqual(['@relay/cli', '@relay/sdk']);
  });

  it('sets the version wherever it is named, the one that the SDK reports included', () => {
    const texts = new Map(
      withVersion('9.8.7').map(({ file, text }) => [relative(ROOT, file), text]),
    );
    expect(texts.get('packages/sdk/src/version.ts')).toContain("VERSION: string = '9.8.7'");
    expect(texts.get('deployments/README.md')).toContain('/relay/worker:9.8.7');
    expect(texts.get('deployments/helm/relay/Chart.yaml')).toContain('appVersion: 9.8.7');
  });

  it('refuses a workflow that would publish without authentication or provenance, or fail on the runner', () => {
    const file = join(ROOT, '.github', 'workflows', 'release.yaml');
    const text = readFileSync(file, 'utf8');
    const problems = (from: string, to: string) => {
      const edited = join(dir, 'edited.yaml');
      if (!text.includes(from)) throw new Error(`the workflow has no ${from}`);
      writeFileSync(edited, text.replaceAll(from, to));
      return workflowProblems(edited, ROOT).join('\n');
    };
    expect(problems('name: Release', 'name: Release')).toBe('');
    expect(problems('id-token: write', 'id-token: none')).toMatch(/without provenance/);
    expect(problems("node-version: '24'", 'registry-url: https://registry.example.org')).toMatch(
      /overrides the one with NPM_TOKEN/,
    );
    expect(problems('NPM_TOKEN:', "NPM_CONFIG_PROVENANCE: 'true'\n          NPM_TOKEN:")).toMatch(
      /pnpm does not read NPM_CONFIG_PROVENANCE/,
    );
    const [checkout = ''] = /actions\/checkout@[0-9a-f]{40}/.exec(text) ?? [];
    expect(problems(checkout, 'actions/checkout@main')).toMatch(/not pinned to a commit/);
    expect(problems(checkout, 'actions/checkout@v6')).toMatch(/not pinned to a commit/);
    expect(problems('package-manager-cache: false', 'check-latest: true')).toMatch(
      /setup-node needs `package-manager-cache: false`: there is no pnpm@/,
    );
    expect(problems('bash .ci/run', 'bash .ci/gone')).toMatch(/there is no .ci\/gone/);
  });
});
