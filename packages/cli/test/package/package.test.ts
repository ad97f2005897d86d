import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PackedPackage, packPackage, startProcess, startRedisServer } from '@relay/testkit';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

describe('the package as it is published', () => {
  let packed: PackedPackage;
  beforeAll(() => {
    packed = packPackage(PACKAGE);
  });
  afterAll(() => packed[Symbol.dispose]());
  const installed = (file: string) => join(packed.project, 'node_modules/@relay/cli', file);
  const manifest = () => JSON.parse(readFileSync(installed('package.json'), 'utf8'));

  /** As `npx relay` finds it, with the environment of nobody. */
  async function relay(args: readonly string[], env: Record<string, string> = {}) {
    const bin = join(packed.project, 'node_modules/.bin/relay');
    await using ran = await startProcess({
      command: bin,
      entry: args[0] ?? '--help',
      args: args.slice(1),
      cwd: packed.project,
      env: { NODE_OPTIONS: undefined, REDIS_URL: undefined, RELAY_URL: undefined, ...env },
    });
    const { code } = await ran.exit;
    return { code, lines: ran.lines() };
  }

  it('installs nothing else, and names the licence of all that it contains', () => {
    expect(
      readdirSync(join(packed.project, 'node_modules')).filter((one) => !one.startsWith('.')),
    ).toEqual(['@relay']);
    expect(manifest().dependencies).toBeUndefined();
    const licences = readFileSync(installed('dist/LICENSES.md'), 'utf8');
    for (const name of ['commander', 'ioredis', 'zod', 'croner']) {
      expect(licences).toContain(`## ${name} `);
    }
  });

  it('is what publint expects', async () => {
    const bytes = readFileSync(packed.tarball);
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages } = await publint({ pack: { tarball } });
    expect(messages.map((message) => formatMessage(message, manifest()))).toEqual([]);
  });

  it('runs, and says its version', async () => {
    const { code, lines } = await relay(['--version']);
    expect([code, lines]).toEqual([0, [manifest().version]]);
    const args = ['queues', '--timeout', '300ms'];
    expect((await relay(args, { RELAY_URL: 'http://127.0.0.1:1' })).code).toBe(3);
  });

  it('carries the client of Redis and its scripts for the doctor', async () => {
    await using redis = await startRedisServer();
    const { code, lines } = await relay(['--json', 'doctor'], {
      REDIS_URL: redis.url,
      RELAY_URL: 'http://127.0.0.1:1',
    });
    const { findings } = JSON.parse(lines.at(-1) ?? '');
    expect(code).toBe(1);
    expect(findings).toContainEqual({
      id: 'redis.policy',
      status: 'ok',
      message: 'maxmemory-policy is noeviction',
    });
  });
});
