import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { type ManagedProcess, startProcess, startRedisServer } from '@relay/testkit';
import { call } from './harness.ts';

const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const start = (env: Record<string, string>, readyPattern?: RegExp): Promise<ManagedProcess> =>
  startProcess({
    entry,
    env: { PORT: '0', HOST: '127.0.0.1', ...env },
    ...(readyPattern === undefined ? {} : { readyPattern }),
  });

/** An enqueue that the server has begun to read: it has asked for the body. */
async function beginEnqueue(url: string): Promise<{ end: () => Promise<number | undefined> }> {
  const body = '{"payload":1}';
  const sent = request(`${url}/v1/queues/q/jobs`, {
    method: 'POST',
    agent: false,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      Expect: '100-continue',
    },
  });
  sent.flushHeaders();
  await once(sent, 'continue');
  return {
    async end() {
      sent.end(body);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    },
  };
}

/** What a service that did not start has said, besides its log. */
async function lastWords(
  env: Record<string, string>,
): Promise<{ code: number | null; said: string[] }> {
  await using gateway = await start(env);
  const { code } = await gateway.exit;
  return { code, said: gateway.lines().filter((line) => !line.startsWith('{')) };
}

describe('the process', () => {
  it('serves, answers what it has at SIGTERM, and ends with 0', async () => {
    await using redis = await startRedisServer();
    await using gateway = await start({ REDIS_URL: redis.url }, /has started/);
    const line = await gateway.waitForLine(/listening on (\S+)"/);
    const url = /listening on (\S+)"/.exec(String(line))?.[1] ?? '';
    expect((await call({ url }, 'GET /readyz')).status).toBe(200);
    const requests = await Promise.all(Array.from({ length: 20 }, () => beginEnqueue(url)));
    gateway.kill('SIGTERM');
    await gateway.waitForLine(/SIGTERM: stopping/);
    for (const begun of requests) expect(await begun.end()).toBe(201);
    expect(await gateway.exit).toMatchObject({ code: 0 });
  });

  it('says in one line that its port is in use', async () => {
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, said } = await lastWords({ PORT: String(port) });
    expect([code, said]).toEqual([1, [expect.stringMatching(`port ${port} .* is in use`)]]);
  });

  it('says in one line what is wrong with its configuration', async () => {
    const { code, said } = await lastWords({ PORT: 'x', HOST: '0.0.0.0', RELAY_AUTH: 'maybe' });
    expect([code, said]).toEqual([78, [expect.stringMatching(/PORT .*RELAY_AUTH /)]]);
    const exposed = await lastWords({ HOST: '0.0.0.0' });
    expect([exposed.code, exposed.said]).toEqual([78, [expect.stringContaining('no API keys')]]);
  });

  it('says in one line that there is no Redis, or one that it cannot use', async () => {
    const none = await lastWords({ REDIS_URL: 'redis://127.0.0.1:1', RELAY_REDIS_WAIT_MS: '300' });
    expect([none.code, none.said]).toEqual([1, [expect.stringContaining('no answer from Redis')]]);
    await using evicting = await startRedisServer({ config: ['maxmemory-policy allkeys-lru'] });
    const unfit = await lastWords({ REDIS_URL: evicting.url });
    expect([unfit.code, unfit.said]).toEqual([1, [expect.stringContaining('noeviction')]]);
  });

  it('says in one line that Redis refuses its credentials', async () => {
    await using locked = await startRedisServer({ config: ['requirepass geheim'] });
    const denied = await lastWords({ REDIS_URL: locked.url, RELAY_REDIS_WAIT_MS: '3000' });
    expect([denied.code, denied.said]).toEqual([1, [expect.stringContaining('cannot be used')]]);
  });
});
