import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type PackedPackage,
  packPackage,
  runNode,
  startProcess,
  startRedisServer,
} from '@relay/testkit';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { startGateway } from '../gateway.ts';
import { apiReport } from './api-report.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const KIB = 1_024;

const USER = `
import { defineQueue, InputError, NotFoundError, Relay, RelayError, type StandardSchema } from '@relay/sdk';
import { FakeRelay } from '@relay/sdk/testing';

const relay = new Relay({ url: 'http://127.0.0.1:1' });
const emails = relay.queue<{ welcome: { to: string }; bye: number }>('emails');
void emails.enqueue('welcome', { to: 'ada' }, { priority: 1 });
// @ts-expect-error -- another payload
void emails.enqueue('bye', { to: 'ada' });
// @ts-expect-error -- no such type
void emails.enqueue('hello', 1);
// @ts-expect-error -- no such option
void emails.enqueue('bye', 1, { prioritty: 1 });
emails.worker({
  handlers: {
    welcome: (job, { signal }) => { const to: string = job.payload.to; return [to, signal.aborted]; },
    bye: async (job) => job.payload.toFixed(),
  },
});
declare const schema: StandardSchema<{ n: string }, { n: number }>;
const orders = relay.queue(defineQueue('orders', { paid: schema }));
void orders.enqueue('paid', { n: '1' });
orders.worker({ handlers: { paid: (job) => job.payload.n.toFixed() } });
const error: RelayError = new InputError('x', []);
if (error instanceof NotFoundError) throw error;
export const fake: Relay = new FakeRelay().relay;
`;

describe('the package as it is published', () => {
  let packed: PackedPackage;
  beforeAll(() => {
    packed = packPackage(PACKAGE);
  });
  afterAll(() => packed[Symbol.dispose]());
  const manifest = () => JSON.parse(readFileSync(installed('package.json'), 'utf8'));
  const installed = (file: string) => join(packed.project, 'node_modules/@relay/sdk', file);

  it('needs nothing at run time, and knows no source', () => {
    const { dependencies, peerDependencies, exports } = manifest();
    expect([dependencies, peerDependencies]).toEqual([undefined, undefined]);
    expect(JSON.stringify(exports)).not.toContain('source');
  });

  it('is what publint expects', async () => {
    const bytes = readFileSync(packed.tarball);
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages } = await publint({ pack: { tarball } });
    const pkg = manifest();
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has types that resolve everywhere', () => {
    const attw = require.resolve('@arethetypeswrong/cli/package.json');
    const cli = join(dirname(attw), 'dist/index.js');
    // ESM only: `require` gets an ES module, which Node has been able to load since 20.19.
    const said = runNode(
      packed.project,
      cli,
      packed.tarball,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
    );
    expect(said).toContain('bundler: 🟢');
  });

  it('is used by import and by require', () => {
    const use = 'console.log(typeof Relay, typeof FakeRelay)';
    writeFileSync(
      join(packed.project, 'user.mjs'),
      `import { Relay } from '@relay/sdk'; import { FakeRelay } from '@relay/sdk/testing'; ${use}`,
    );
    writeFileSync(
      join(packed.project, 'user.cjs'),
      `const { Relay } = require('@relay/sdk'); const { FakeRelay } = require('@relay/sdk/testing'); ${use}`,
    );
    expect(runNode(packed.project, 'user.mjs').trim()).toBe('function function');
    expect(runNode(packed.project, 'user.cjs').trim()).toBe('function function');
  });

  it.each([
    ['5.0', 'typescript-5.0'],
    ['5.9', 'typescript-5.9'],
    ['7', 'typescript'],
  ])('type-checks on TypeScript %s, without skipLibCheck', (version, compiler) => {
    const tsc = require.resolve(`${compiler}/package.json`);
    const { bin, version: found } = JSON.parse(readFileSync(tsc, 'utf8'));
    expect(found).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`));
    writeFileSync(join(packed.project, 'user.mts'), USER);
    const flags =
      '--noEmit --strict --exactOptionalPropertyTypes --target es2022 --lib es2022,dom,dom.iterable';
    for (const module of ['nodenext', 'esnext --moduleResolution bundler']) {
      const args = `${flags} --types= --module ${module} user.mts`
        .split(' ')
        .filter((arg) => arg !== '--types=');
      runNode(packed.project, join(dirname(tsc), bin.tsc), ...args);
    }
  });

  const bundled = async (contents: string) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: packed.project },
      bundle: true,
      minify: true,
      splitting: false,
      format: 'esm',
      target: 'es2022',
      write: false,
      // Loaded on first use: batches, bulk, events, and what runs a worker's jobs.
      external: ['./batcher.js', './bulk.js', './events.js', './runtime.js'],
    });
    return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
  };

  it('has at most 8 KiB, gzipped, and less for who uses less', async () => {
    const whole = await bundled(`export * from '@relay/sdk'`);
    const errors = await bundled(`export { NonRetryableError, defineQueue } from '@relay/sdk'`);
    expect(whole).toBeLessThanOrEqual(8 * KIB);
    expect(errors).toBeLessThanOrEqual(1 * KIB);
  });

  it('runs where there is no Node: it imports none of its modules', async () => {
    const { metafile } = await build({
      stdin: { contents: `export * from '@relay/sdk'`, resolveDir: packed.project },
      bundle: true,
      platform: 'neutral',
      format: 'esm',
      write: false,
      metafile: true,
    });
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
    expect(imports.filter(({ external }) => external === true)).toEqual([]);
  });

  it('has the surface that api/sdk.api.md says: run the test with UPDATE_API=1 to change it', () => {
    const file = join(PACKAGE, 'api/sdk.api.md');
    const report = apiReport(installed('dist'));
    if (process.env['UPDATE_API'] === '1') writeFileSync(file, report);
    expect(report).toBe(readFileSync(file, 'utf8'));
  });

  it('is used from a route of Next.js, which adds a job once, however often it is asked', async () => {
    const redis = await startRedisServer();
    try {
      await using gateway = await startGateway(redis.url);
      const cwd = join(PACKAGE, '../../examples/producer-nextjs');
      await using next = await startProcess({
        command: process.execPath,
        entry: join(cwd, 'node_modules/next/dist/bin/next'),
        args: ['dev', '--port', '0', '--hostname', '127.0.0.1'],
        cwd,
        env: { RELAY_URL: gateway.url, NODE_OPTIONS: undefined, NEXT_TELEMETRY_DISABLED: '1' },
        readyPattern: /Ready in/,
        readyDeadlineMs: 60_000,
      });
      const url = /http\S+/.exec(await next.waitForLine(/Local:/))?.[0] ?? '';
      const headers = { 'content-type': 'application/json', connection: 'close' };
      const signUp = async (): Promise<unknown> => {
        const body = '{"to":"ada@b.org","name":"Ada"}';
        const response = await fetch(`${url}/signups`, { method: 'POST', headers, body });
        expect(response.status).toBe(202);
        return response.json();
      };
      const first = (await signUp()) as { id: string };
      expect(await signUp()).toEqual(first);
      const found = await fetch(`${url}/signups/${first.id}`, { headers });
      expect(await found.json()).toEqual({ state: 'ready', result: null });
      const missing = await fetch(`${url}/signups/nothing`, { headers });
      expect(missing.status).toBe(404);
    } finally {
      await redis.stop();
    }
  }, 120_000);
});
