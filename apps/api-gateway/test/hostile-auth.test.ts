import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer } from '@relay/testkit';
import { call, startTestGateway, type TestGateway } from './harness.ts';
import { bearer, testKeys } from './keys.ts';
import { type Oracle, openOracle } from './oracle.ts';
import { rawRequest } from './raw-http.ts';

const { auth, tokens } = testKeys({
  good: { roles: ['admin'] },
  mine: { roles: ['admin'], queues: ['mine', 'team-*'] },
  producer: { roles: ['producer'] },
  expired: { roles: ['admin'], expiresAt: '2020-01-01T00:00:00Z' },
});
const secret = 'A'.repeat(43);
const good = `Bearer ${tokens.good}`;

let redis: RedisServer;
let gateway: TestGateway;
let oracle: Oracle;

beforeAll(async () => {
  redis = await startRedisServer();
  gateway = await startTestGateway({ redis: redis.url, auth });
  oracle = await openOracle(gateway, redis, bearer(tokens.good));
});

afterAll(async () => {
  await oracle[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await redis.stop();
});

const enqueue = (headers: Record<string, string>, queue = 'hostile') =>
  call(gateway, `POST /v1/queues/${queue}/jobs`, { body: '{"payload":1}', headers });

describe('credentials', () => {
  it.each<[string, Record<string, string>]>([
    ['none', {}],
    ['an empty field', { Authorization: '' }],
    ['another scheme', { Authorization: `Basic ${btoa('rk:x')}` }],
    ['the token without a scheme', { Authorization: tokens.good }],
    ['two tokens in one field', { Authorization: `${good}, ${good}` }],
    ['a token with something behind it', { Authorization: `${good} x` }],
    ['an unknown key', { Authorization: `Bearer rk_abcdef123456_${secret}` }],
    ['the wrong secret', { Authorization: `${good.slice(0, -43)}${secret}` }],
    ['the secret in capitals', { Authorization: good.toUpperCase() }],
    ['an expired key', bearer(tokens.expired)],
    ['a key named as a property of objects', { Authorization: `Bearer rk_constructor_${secret}` }],
    ['a token of 15,000 characters', { Authorization: `Bearer rk_${'a'.repeat(15_000)}` }],
    ['the key in another field', { 'X-Api-Key': tokens.good }],
    ['the key in a cookie', { Cookie: `token=${tokens.good}` }],
    ['a claim of being somebody', { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1' }],
  ])('%s', async (_, headers) => {
    await oracle.judge(await enqueue(headers), '401 unauthenticated');
  });

  it('two fields, both good', async () => {
    const answer = await rawRequest(
      gateway.url,
      `POST /v1/queues/hostile/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: ${good}\r\n` +
        `Authorization: ${good}\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"payload":1}`,
    );
    await oracle.judge(answer, '401 unauthenticated');
  });

  it('the key in the URL', async () => {
    const answer = await call(gateway, `GET /v1/queues?key=${tokens.good}`);
    await oracle.judge(answer, '401 unauthenticated');
    expect(answer.text).not.toContain(tokens.good);
  });

  it('a stranger is refused before a body of a gigabyte is read', async () => {
    const answer = await rawRequest(
      gateway.url,
      'POST /v1/queues/hostile/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        'Content-Length: 1000000000\r\n\r\n{"payload":',
    );
    await oracle.judge(answer, '401 unauthenticated');
    expect(answer.headers.get('connection')).toBe('close');
  });

  it('a role that may not', async () => {
    const answer = await call(gateway, 'POST /v1/queues/fine/pause', {
      headers: bearer(tokens.producer),
    });
    await oracle.judge(answer, '403 forbidden');
  });
});

describe('a key of the queues mine and team-*', () => {
  it.each([
    ['another queue', 'theirs', '404 not-found'],
    ['another case', 'MINE', '404 not-found'],
    ['a longer name', 'mine2', '404 not-found'],
    ['a dot behind', 'mine.', '404 not-found'],
    ['the prefix without its dash', 'team', '404 not-found'],
    ['the prefix in another case', 'Team-a', '404 not-found'],
    ['the pattern itself', 'team-*', '422 validation'],
    ['an encoded slash', 'mine%2f..%2ftheirs', '422 validation'],
    ['a slash encoded twice', 'mine%252f', '422 validation'],
    ['steps upwards', 'mine/../theirs', '404 not-found'],
    ['encoded steps upwards', 'mine/%2e%2e/theirs', '404 not-found'],
    ['a zero byte', 'mine%00', '422 validation'],
    ['a letter that only looks the same', 'm%D1%96ne', '422 validation'],
    ['a parameter of the path', 'mine;theirs', '422 validation'],
    ['a blank', 'mine%20', '422 validation'],
  ])('does not open %s', async (_, queue, expected) => {
    // Over a socket: a client library would resolve the steps by itself.
    const answer = await rawRequest(
      gateway.url,
      `POST /v1/queues/${queue}/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.mine}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{"payload":1}',
    );
    await oracle.judge(answer, expected);
  });
});

describe('a request that is two', () => {
  const smuggled = `POST /v1/queues/smuggled/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: ${good}\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"payload":1}`;
  const head = `POST /v1/queues/hostile/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: ${good}\r\nContent-Type: application/json\r\n`;

  it.each([
    ['length, then chunks', 'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n'],
    ['chunks, then length', 'Transfer-Encoding: chunked\r\nContent-Length: 0\r\n'],
    ['chunks in disguise', 'Transfer-Encoding : chunked\r\n'],
    ['chunks that are none', 'Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 5\r\n'],
    ['a length with a sign', 'Content-Length: +13\r\n'],
    ['a length in hexadecimal', 'Content-Length: 0x0d\r\n'],
    ['a bare line feed', 'X: y\nTransfer-Encoding: chunked\r\n'],
    ['a folded field', 'X: y\r\n Transfer-Encoding: chunked\r\n'],
  ])('%s', async (_, fields) => {
    const answer = await rawRequest(gateway.url, `${head}${fields}\r\n0\r\n\r\n${smuggled}`);
    await oracle.judge(answer, '400 malformed');
    expect(await gateway.broker.stats('smuggled')).toBeNull();
  });

  it.each([
    ['a body packed for the way', 'Transfer-Encoding: gzip, chunked\r\n'],
    ['chunks named twice', 'Transfer-Encoding: chunked, chunked\r\n'],
  ])('%s', async (_, fields) => {
    const answer = await rawRequest(gateway.url, `${head}${fields}\r\n0\r\n\r\n`);
    expect(['400 malformed', '415 unsupported-media-type']).toContain(
      `${answer.status} ${answer.body.type.split('/').at(-1)}`,
    );
    await oracle.isUnharmed();
  });
});

it('no secret of all this was logged, and nothing was our own fault', () => {
  for (const token of Object.values(tokens))
    expect(gateway.logged()).not.toContain(token.slice(-43));
  expect(gateway.logged()).not.toContain('"level":"error"');
});
