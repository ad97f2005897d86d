import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.ts';
import { libraryDirectories, unpackDebian } from './debian-packages.ts';
import { messageOf, TestkitError } from './errors.ts';
import { withFileLock } from './file-lock.ts';
import { isExecutable, workspaceRoot } from './files.ts';

/** How to run a Redis server on this machine. */
export type RedisBinary = NativeBinary | { kind: 'docker'; image: string };

interface NativeBinary {
  kind: 'native';
  path: string;
  /** Added to the environment: where the libraries of an unpacked server are. */
  env: Record<string, string>;
}

const DOCKER_IMAGE = 'redis:7.2';
/** The oldest that Relay supports: the Lua scripts use the flags of Redis 7. */
const OLDEST = { redis: [7, 0], valkey: [7, 2] } as const;

let found: Promise<RedisBinary> | undefined;

/**
 * Finds a Redis server, in this order: `RELAY_REDIS_SERVER`; `valkey-server` or
 * `redis-server` on PATH; the cache in `.relay/redis` at the workspace root;
 * Debian's packages, unpacked into that cache; Docker.
 *
 * @throws {TestkitError} `REDIS_NOT_FOUND`, saying what was tried and what to install.
 */
export function findRedisBinary(): Promise<RedisBinary> {
  found ??= search().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function search(): Promise<RedisBinary> {
  const tried: string[] = [];
  const attempt = async (what: string, look: () => Promise<RedisBinary | undefined>) => {
    try {
      const binary = await look();
      if (!binary) tried.push(`${what}: none`);
      return binary;
    } catch (error) {
      tried.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const override = process.env.RELAY_REDIS_SERVER;
  if (override) return await checked({ kind: 'native', path: override, env: {} });
  const binary =
    (await attempt('PATH', onPath)) ??
    (await attempt("Debian's packages", unpacked)) ??
    (await attempt('Docker', docker));
  if (binary) return binary;
  throw new TestkitError(
    'REDIS_NOT_FOUND',
    'No Redis server on this machine. Run `brew install redis` or `apt install redis-server`, ' +
      'or point REDIS_URL at a Redis for `npm start` (the tests always start their own). ' +
      `Tried ${tried.join('; ')}`,
  );
}

async function onPath(): Promise<RedisBinary | undefined> {
  const problems: string[] = [];
  for (const name of ['valkey-server', 'redis-server']) {
    for (const dir of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(dir, name);
      if (dir === '' || !(await isExecutable(path))) continue;
      try {
        return await checked({ kind: 'native', path, env: {} });
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
  }
  if (problems.length > 0) throw new TestkitError('REDIS_NOT_FOUND', problems.join('; '));
  return undefined;
}

/** From the cache, which is filled first when it is empty or does not run here. */
async function unpacked(): Promise<RedisBinary | undefined> {
  const cache = join(workspaceRoot(), '.relay', 'redis');
  const cached = await fromCache(cache);
  if (cached) return cached;
  if (process.platform !== 'linux') return undefined;
  return await withFileLock(`${cache}.lock`, async () => {
    const byAnother = await fromCache(cache);
    if (byAnother) return byAnother;
    await unpackDebian(['redis-server'], cache);
    return await checked(await nativeIn(cache));
  });
}

async function fromCache(cache: string): Promise<RedisBinary | undefined> {
  if (!existsSync(cache)) return undefined;
  // A cache from another machine may lack a library here: then it is as good as empty.
  return await checked(await nativeIn(cache)).catch(() => undefined);
}

async function nativeIn(cache: string): Promise<NativeBinary> {
  const libraries = await libraryDirectories(cache);
  return {
    kind: 'native',
    path: join(cache, 'usr', 'bin', 'redis-server'),
    env: { LD_LIBRARY_PATH: libraries.join(delimiter) },
  };
}

async function docker(): Promise<RedisBinary | undefined> {
  await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: 10_000 });
  return { kind: 'docker', image: DOCKER_IMAGE };
}

/** Runs the binary once: it may be too old, or built for another machine. */
async function checked(binary: NativeBinary): Promise<NativeBinary> {
  const text = await run(binary.path, ['--version'], { env: { ...process.env, ...binary.env } });
  const match = /(redis|valkey) server v=(\d+)\.(\d+)/i.exec(text);
  if (!match) {
    const answer = `it answered --version with: ${text.trim()}`;
    throw new TestkitError('REDIS_NOT_FOUND', `${binary.path} is not a Redis server; ${answer}`);
  }
  const flavour = match[1]?.toLowerCase() === 'valkey' ? 'valkey' : 'redis';
  const [major, minor] = [Number(match[2]), Number(match[3])];
  const [oldestMajor, oldestMinor] = OLDEST[flavour];
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    const versions = `version ${major}.${minor}; Relay needs ${oldestMajor}.${oldestMinor}`;
    throw new TestkitError('REDIS_NOT_FOUND', `${binary.path} is ${versions}`);
  }
  return binary;
}
