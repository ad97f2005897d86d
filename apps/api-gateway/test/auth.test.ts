import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKey, revokeKey, rotateKey } from '@relay/keys';
import { createLogger } from '@relay/service-kit';
import { assertConsistent, type RedisServer, startRedisServer, until } from '@relay/testkit';
import { type AuthPolicy, authPolicy } from '../src/auth/policy.ts';
import { gatewaySchema } from '../src/config.ts';
import { call, slug, startTestGateway, type TestGateway, tempDir } from './harness.ts';

let redis: RedisServer;
let dir: Awaited<ReturnType<typeof tempDir>>;
let file: string;
let auth: AuthPolicy;
let gateway: TestGateway;
let said = '';
const logger = createLogger({
  name: 'test',
  version: '0',
  level: 'error',
  destination: new Writable({
    write(chunk, _, done) {
      said += String(chunk);
      done();
    },
  }),
});

async function newKey(...roles: string[]): Promise<string> {
  return (await createKey(file, { name: 'test', roles })).token;
}

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const statusWith = async (token: string, request = 'GET /v1/queues') =>
  (await call(gateway, request, bearer(token))).status;

beforeAll(async () => {
  redis = await startRedisServer();
  dir = await tempDir();
  file = join(dir.path, 'keys.json');
  await newKey('admin');
  const config = gatewaySchema.parse({ RELAY_API_KEYS_FILE: file });
  auth = await authPolicy(config, logger, { intervalMs: 50 });
  gateway = await startTestGateway({ redis: redis.url, auth });
});

afterAll(async () => {
  for (const queue of (await gateway.broker.queues()).items) {
    await assertConsistent(redis.url, queue);
  }
  await gateway[Symbol.asyncDispose]();
  await auth[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
  await redis.stop();
});

/** A running gateway takes a new key over by itself. */
async function inForce(token: string): Promise<string> {
  await until(async () => (await statusWith(token, 'GET /v1/queues/x/jobs/x')) !== 401, {
    what: 'the key to be in force',
    deadlineMs: 2_500,
  });
  return token;
}

describe('a request', () => {
  it('with a good key passes', async () => {
    const token = await inForce(await newKey('viewer'));
    expect(await statusWith(token)).toBe(200);
  });

  const secret = 'A'.repeat(43);
  it.each([
    ['none', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no token', 'Bearer'],
    ['a token of another kind', 'Bearer hello'],
    ['an unknown key', `Bearer rk_abcdef123456_${secret}`],
    ['a short secret', 'Bearer rk_abcdef123456_AAAA'],
    ['a long secret', `Bearer rk_abcdef123456_${secret}A`],
    ['a constructor as id', `Bearer rk_constructor_${secret}`],
  ])('with %s is unauthenticated', async (_, authorization) => {
    const headers: Record<string, string> = authorization ? { Authorization: authorization } : {};
    const answer = await call(gateway, 'GET /v1/queues', { headers });
    expect([answer.status, slug(answer)]).toEqual([401, 'unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('with the wrong secret, two headers, or the key in the URL is unauthenticated', async () => {
    const token = await inForce(await newKey('admin'));
    expect(await statusWith(token.slice(0, -43) + secret)).toBe(401);
    expect(await statusWith(token, `GET /v1/queues?apiKey=${token}`)).toBe(422);
    expect((await call(gateway, `GET /v1/queues?apiKey=${token}`)).status).toBe(401);
    const { rawRequest } = await import('./raw-http.ts');
    const doubled = await rawRequest(
      gateway.url,
      `GET /v1/queues HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    expect(doubled.status).toBe(401);
    expect(gateway.logged()).not.toContain(token.slice(-43));
  });

  it('needs no key for probes, metrics and the version', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/v1/version']) {
      expect((await call(gateway, `GET ${path}`)).status).toBe(200);
    }
  });
});

describe('queue patterns', () => {
  it('hide other queues, and are not fooled by case, dots or encoded slashes', async () => {
    const token = await inForce(
      (
        await createKey(file, {
          name: 'test',
          roles: ['viewer', 'producer'],
          queues: ['mine', 'team-*'],
        })
      ).token,
    );
    const enqueue = (queue: string) =>
      call(gateway, `POST /v1/queues/${queue}/jobs`, { json: { payload: 1 }, ...bearer(token) });
    for (const queue of ['mine', 'team-a', 'team-'])
      expect((await enqueue(queue)).status).toBe(201);
    for (const queue of ['Mine', 'mine.', 'theirs', 'team', 'mine.team-a']) {
      const answer = await enqueue(queue);
      expect([queue, answer.status, slug(answer)]).toEqual([queue, 404, 'not-found']);
    }
    for (const queue of ['mine%2F..%2Ftheirs', '..%2Fmine']) {
      expect((await enqueue(queue)).status).toBe(422);
    }
    await gateway.broker.enqueue('theirs', { payload: '1' });
    const list = await call(gateway, 'GET /v1/queues', bearer(token));
    const names = list.body.items.map((one: { name: string }) => one.name);
    expect(names.toSorted()).toEqual(['mine', 'team-', 'team-a']);
  });
});

describe('the file of keys', () => {
  it('is taken over within 2 s: revoked, rotated and expired keys end', async () => {
    const token = await inForce(await newKey('viewer'));
    const id = token.split('_')[1]!;
    const second = (await rotateKey(file, id, 60_000)).token;
    await inForce(second);
    expect(await statusWith(token)).toBe(200);
    const gone = async (old: string) =>
      await until(async () => (await statusWith(old)) === 401, {
        what: 'the key to end',
        deadlineMs: 2_500,
      });
    await revokeKey(file, id);
    await gone(token);
    expect(await statusWith(second)).toBe(200);
    const third = (await rotateKey(file, second.split('_')[1]!)).token;
    await inForce(third);
    await gone(second);
  });

  it('lets a key expire', async () => {
    const good = await inForce(await newKey('viewer'));
    const past = (
      await createKey(file, { name: 'test', roles: ['viewer'], expiresAt: '2020-01-01T00:00:00Z' })
    ).token;
    await inForce(await newKey('viewer'));
    expect(await statusWith(past)).toBe(401);
    expect(await statusWith(good)).toBe(200);
  });

  it('that turns bad leaves the good keys in force', async () => {
    const token = await inForce(await newKey('viewer'));
    const good = await readFile(file, 'utf8');
    await writeFile(file, '{"keys": [');
    await until(() => said.includes('not JSON'), { what: 'a complaint about the bad file' });
    expect(await statusWith(token)).toBe(200);
    await writeFile(file, good);
  });
});

describe('keys from the environment', () => {
  const policy = (env: Record<string, string>) => authPolicy(gatewaySchema.parse(env), logger);

  it('guard like those of the file', async () => {
    const token = await newKey('viewer');
    const keys = await readFile(file, 'utf8');
    await using guard = await policy({ RELAY_API_KEYS: keys, HOST: '0.0.0.0' });
    await using other = await startTestGateway({ redis: redis.url, auth: guard });
    expect((await call(other, 'GET /v1/queues', bearer(token))).status).toBe(200);
    expect((await call(other, 'GET /v1/queues')).status).toBe(401);
  });

  it('exclude the file, and RELAY_AUTH=off', async () => {
    const keys = await readFile(file, 'utf8');
    await expect(policy({ RELAY_API_KEYS: keys, RELAY_API_KEYS_FILE: file })).rejects.toThrow(
      'are mutually exclusive',
    );
    await expect(policy({ RELAY_API_KEYS: keys, RELAY_AUTH: 'off' })).rejects.toThrow('choose one');
  });

  it.each([
    ['no JSON', 'rk_abcdef123456_geheim'],
    ['no keys', '{"geheim":[]}'],
    [
      'a token for a hash',
      '{"keys":[{"id":"abcdef","name":"x","sha256":"geheim","roles":["admin"]}]}',
    ],
    ['a field of somebody’s own', '{"keys":[{"id":"abcdef","name":"x","geheim":1}]}'],
  ])('that are %s end the start, and are not shown', async (_, text) => {
    const failure = await policy({ RELAY_API_KEYS: text }).catch((error: unknown) => error);
    expect(String(failure)).toContain('RELAY_API_KEYS');
    expect(String(failure)).not.toContain('geheim');
  });
});

describe('without keys', () => {
  const policy = (env: Record<string, string>) => authPolicy(gatewaySchema.parse(env), logger);

  it('only this machine is served, unless RELAY_AUTH is off', async () => {
    expect((await policy({})).loopbackOnly).toBe(true);
    expect((await policy({ HOST: '::1' })).loopbackOnly).toBe(true);
    await expect(policy({ HOST: '0.0.0.0' })).rejects.toThrow(/HOST 0\.0\.0\.0 .*RELAY_AUTH=off/);
    await expect(policy({ HOST: '10.0.0.1' })).rejects.toThrow(/can be reached/);
    expect((await policy({ HOST: '0.0.0.0', RELAY_AUTH: 'off' })).loopbackOnly).toBe(false);
  });

  it('keys and RELAY_AUTH=off exclude each other; a file must be there', async () => {
    await expect(policy({ RELAY_AUTH: 'off', RELAY_API_KEYS_FILE: file })).rejects.toThrow(
      /choose one/,
    );
    await expect(policy({ RELAY_API_KEYS_FILE: '/nowhere/keys' })).rejects.toThrow(/no such file/);
  });
});
