import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
} from '@relay/testkit';
import { type GatewayProcess, startGateway } from './gateway.ts';

const example = (file: string): string =>
  fileURLToPath(new URL(`../../../examples/${file}`, import.meta.url));

describe('the examples', () => {
  let redis: RedisServer;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    redis = await startRedisServer();
    gateway = await startGateway(redis.url);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await redis.stop();
  });

  const start = (entry: string, options: object = {}): Promise<ManagedProcess> =>
    startProcess({ entry: example(entry), env: { RELAY_URL: gateway.url, PORT: '0' }, ...options });

  it.each([
    ['TypeScript', 'http-worker-ts/main.ts', {}],
    ['Python', 'http-worker-python/worker.py', { command: 'python3' }],
  ])('a script adds a job, and a worker in %s runs it', async (_, entry, options) => {
    await using worker = await start(entry, { ...options, readyPattern: /^working$/ });
    await using script = await start('producer-script/main.ts', { args: ['ada@b.org', 'Ada'] });
    expect(await script.exit).toMatchObject({ code: 0 });
    expect(script.lines().at(-1)).toBe('completed {"greeting":"Welcome, Ada!","to":"ada@b.org"}');
    worker.kill('SIGTERM');
    expect(await worker.exit).toMatchObject({ code: 0 });
    expect(worker.lines().at(-1)).toBe('stopped');
  });

  it('the program on BullMQ and the one on Relay print the same', async () => {
    await using reaper = await start('../apps/reaper-promoter/src/main.ts', {
      env: { REDIS_URL: redis.url, PORT: '0' },
      readyPattern: /"ready: /,
    });
    expect(reaper.pid).toBeGreaterThan(0);
    const said: (readonly string[])[] = [];
    for (const entry of ['before.ts', 'after.ts']) {
      await using program = await start(`migrate-from-bullmq/${entry}`, {
        env: { RELAY_URL: gateway.url, REDIS_URL: redis.url },
      });
      expect(await program.exit).toMatchObject({ code: 0 });
      said.push(program.lines());
    }
    expect(said[1]).toEqual([
      'total 1000',
      'flaky at last',
      'impossible failed: nobody can do that',
    ]);
    expect(said[0]).toEqual(said[1]);
  });

  it('an Express app adds a job once, however often it is asked', async () => {
    await using app = await start('producer-express/main.ts', { readyPattern: /listening/ });
    const url = /http\S+/.exec(await app.waitForLine(/listening on/))?.[0] ?? '';
    const signUp = async (): Promise<{ id: string }> => {
      const response = await fetch(`${url}/signups`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: '{"to":"eve@b.org","name":"Eve"}',
      });
      expect(response.status).toBe(202);
      return (await response.json()) as { id: string };
    };
    const { id } = await signUp();
    expect(await signUp()).toEqual({ id });
    const found = await fetch(`${url}/signups/${id}`, { headers: { connection: 'close' } });
    expect(await found.json()).toEqual({ state: 'ready', result: null });
    app.kill('SIGTERM');
    expect(await app.exit).toMatchObject({ code: 0 });
  });
});
