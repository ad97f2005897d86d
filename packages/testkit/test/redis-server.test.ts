import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { startProcess, startRedisServer, until } from '../src/index.ts';
import { isReady } from '../src/redis-ping.ts';

/** A client that a test may lose its server under. */
function clientOf(url: string): Redis & AsyncDisposable {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {});
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      client.disconnect();
    },
  });
}

describe('startRedisServer', () => {
  test('starts a server of our own, without persistence, that never evicts', async () => {
    await using server = await startRedisServer();
    await using client = clientOf(server.url);
    expect(server.port).not.toBe(6379);
    expect(await client.ping()).toBe('PONG');
    expect(await client.config('GET', 'maxmemory-policy')).toContainEqual('noeviction');
    expect(await client.config('GET', 'save')).toContainEqual('');
    expect(Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1])).toBe(server.pid);
  });

  test('two servers are two servers', async () => {
    await using one = await startRedisServer();
    await using two = await startRedisServer();
    await using first = clientOf(one.url);
    await using second = clientOf(two.url);
    await first.set('whose', 'mine');
    expect(await second.get('whose')).toBeNull();
  });

  test('loses everything over a restart by default', async () => {
    await using server = await startRedisServer();
    await using client = clientOf(server.url);
    await client.set('kept', 'no');
    const { pid } = server;
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(await client.get('kept')).toBeNull();
  });

  test('keeps everything over a crash with appendonly', async () => {
    await using server = await startRedisServer({ appendonly: true });
    await using client = clientOf(server.url);
    await client.set('kept', 'yes');
    await server.kill('SIGKILL');
    expect(server.running).toBe(false);
    await server.restart();
    expect(await client.get('kept')).toBe('yes');
  });

  test('can be frozen and thawed, and stopped while it is frozen', async () => {
    await using server = await startRedisServer();
    await server.kill('SIGSTOP');
    await using client = clientOf(server.url);
    const reply = client.ping();
    await server.kill('SIGCONT');
    expect(await reply).toBe('PONG');
    await server.kill('SIGSTOP');
    await server.stop();
    expect(server.running).toBe(false);
  });

  test('removes its directory, and stops twice', async () => {
    const server = await startRedisServer();
    expect(existsSync(server.dir)).toBe(true);
    await server.stop();
    await server.stop();
    expect(existsSync(server.dir)).toBe(false);
  });

  test('takes more configuration', async () => {
    await using server = await startRedisServer({ config: ['maxmemory 12mb'] });
    await using client = clientOf(server.url);
    expect(await client.config('GET', 'maxmemory')).toContainEqual(String(12 * 1024 * 1024));
  });

  test("shows the end of the server's log when the configuration is wrong", async () => {
    await expect(startRedisServer({ config: ['no-such-setting yes'] })).rejects.toMatchObject({
      code: 'REDIS_START_FAILED',
      message: expect.stringMatching(/no-such-setting/),
    });
  });

  test('refuses a port that another server has, and 6379', async () => {
    await using server = await startRedisServer();
    await expect(startRedisServer({ port: server.port })).rejects.toMatchObject({
      code: 'REDIS_START_FAILED',
      message: expect.stringMatching(/Address already in use/),
    });
    await expect(startRedisServer({ port: 6379 })).rejects.toThrow('6379');
  });
});

test('nothing outlives an owner that is killed by SIGKILL', async () => {
  const owner = await startProcess({
    entry: fileURLToPath(new URL('fixtures/owner.ts', import.meta.url)),
  });
  const line = await owner.waitForLine(/^owns /, 30_000);
  const [, , childPid, port, dir] = line.split(' ');
  owner.kill('SIGKILL');
  await owner.exit;
  await until(async () => !(await isReady('127.0.0.1', Number(port), `${dir}/redis.conf`)), {
    what: 'the server to die with its owner',
  });
  await until(() => isGone(Number(childPid)), { what: 'the process to die with its owner' });
  await until(() => !existsSync(String(dir)), { what: 'the directory to go with its owner' });
});

/** Gone, or a zombie that nobody has collected yet: it has an empty command line then. */
async function isGone(pid: number): Promise<boolean> {
  const ps = await startProcess({ command: 'ps', entry: '-o', args: ['stat=', '-p', String(pid)] });
  await ps.exit;
  const state = ps.lines().join('').trim();
  return state === '' || state.startsWith('Z');
}
