import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertConsistent, type RedisServer, startRedisServer } from '@relay/testkit';
import { call, holdToContract, startTestGateway, type TestGateway } from './harness.ts';
import { type Oracle, openOracle } from './oracle.ts';
import { rawRequest } from './raw-http.ts';

let redis: RedisServer;
let gateway: TestGateway;
let oracle: Oracle;

beforeAll(async () => {
  redis = await startRedisServer();
  gateway = await startTestGateway({
    redis: redis.url,
    timeouts: { headersMs: 700, requestMs: 1_000 },
  });
  oracle = await openOracle(gateway, redis);
});

afterAll(async () => {
  await assertConsistent(redis.url, 'fine');
  await oracle[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await redis.stop();
});

const JOBS = 'POST /v1/queues/hostile/jobs';

describe('JSON', () => {
  const deep = '['.repeat(10_000) + ']'.repeat(10_000);
  const many = `{${Array.from({ length: 100_000 }, (_, n) => `"${n.toString(36)}":1`).join(',')}}`;
  it.each<[string, string | Buffer, string]>([
    ['nothing', '', '400 malformed'],
    ['only blanks', '  \n', '400 malformed'],
    ['half an object', '{"payload":', '400 malformed'],
    ['two values', '{"payload":1}{}', '400 malformed'],
    ['a trailing comma', '{"payload":1,}', '400 malformed'],
    ['single quotes', "{'payload':1}", '400 malformed'],
    ['a comment', '{"payload":1/*x*/}', '400 malformed'],
    ['NaN', '{"payload":NaN}', '400 malformed'],
    ['a leading zero', '{"payload":01}', '400 malformed'],
    ['a control character', '{"payload":"\u0001"}', '400 malformed'],
    ['a bad escape', '{"payload":"\\x41"}', '400 malformed'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), '400 malformed'],
    ['UTF-16', Buffer.from('{"payload":1}', 'utf16le'), '400 malformed'],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), '400 malformed'],
    ['a byte-order mark', Buffer.from('\ufeff{"payload":1}'), '400 malformed'],
    ['depth 10,000 in the payload', `{"payload":${deep}}`, '400 malformed'],
    ['depth 10,000 elsewhere', `{"x":${deep},"payload":1}`, '400 malformed'],
    ['depth 129', `{"payload":${'['.repeat(129)}${']'.repeat(129)}}`, '400 malformed'],
    ['a doubled field', '{"payload":1,"payload":2}', '400 malformed'],
    ['a doubled field in disguise', '{"payload":1,"p\\u0061yload":2}', '400 malformed'],
    ['__proto__ as a field', '{"payload":1,"__proto__":{"priority":5}}', '400 malformed'],
    ['__proto__ in headers', '{"payload":1,"headers":{"__proto__":"x"}}', '400 malformed'],
    ['constructor as a field', '{"payload":1,"constructor":1}', '422 validation'],
    ['an array', '[{"payload":1}]', '422 validation'],
    ['a string', '"payload"', '422 validation'],
    ['null', 'null', '422 validation'],
    ['no payload', '{}', '422 validation'],
    ['100,000 fields', many, '422 validation'],
    ['1e400 as a priority', '{"payload":1,"priority":1e400}', '422 validation'],
    ['a type of a megabyte', `{"payload":1,"type":"${'x'.repeat(1_000_000)}"}`, '422 validation'],
    ['a lone surrogate in the key', '{"payload":1,"idempotencyKey":"\\ud800"}', '422 validation'],
    ['headers with a number', '{"payload":1,"headers":{"a":1}}', '422 validation'],
    ['a body of 1 MiB and more', `{"payload":"${'x'.repeat(1_100_000)}"}`, '413 too-large'],
  ])('%s', async (_, body, expected) => {
    await oracle.judge(await call(gateway, JOBS, { body }), expected);
  });
});

describe('names', () => {
  it.each([
    ['..%2f..%2fetc', '422 validation'],
    ['%7Bx%7D', '422 validation'],
    ['a:b', '422 validation'],
    ['a%00b', '422 validation'],
    ['%c0%ae', '400 malformed'],
    ['%', '400 malformed'],
    ['a%0d%0aX-Evil:1', '422 validation'],
    ['%F0%9F%98%80', '422 validation'],
    ['-a', '422 validation'],
    ['x'.repeat(129), '422 validation'],
    ['__proto__', '422 validation'],
    ['x'.repeat(10_000), '414 uri-too-long'],
  ])('%.40s', async (name, expected) => {
    const answer = await call(gateway, `POST /v1/queues/${name}/jobs`, { json: { payload: 1 } });
    await oracle.judge(answer, expected);
    expect(answer.headers.get('x-evil')).toBeNull();
  });
});

describe('queries and cursors', () => {
  it.each([
    ['state=ready&limit=0', '422 validation'],
    ['state=ready&limit=201', '422 validation'],
    ['state=ready&limit=-1', '422 validation'],
    ['state=ready&limit=1e2', '422 validation'],
    ['state=ready&limit=9007199254740993', '422 validation'],
    ['state=ready&limit=1&limit=2', '422 validation'],
    ['state[]=ready', '422 validation'],
    ['state=ready&state=dead', '422 validation'],
    ['state=constructor', '422 validation'],
    ['', '422 validation'],
    ['state=ready&__proto__=1', '422 validation'],
    ['state=ready&apiKey=rk_x', '422 validation'],
    ['state=ready&cursor=forged', '400 malformed'],
    ['state=ready&cursor=%00', '400 malformed'],
    [`state=ready&cursor=${'x'.repeat(1025)}`, '422 validation'],
    ['state=%zz', '400 malformed'],
  ])('%s', async (query, expected) => {
    await oracle.judge(await call(gateway, `GET /v1/queues/hostile/jobs?${query}`), expected);
  });
});

describe('HTTP', () => {
  it.each<[string, string, Record<string, string>, string]>([
    [
      'a form',
      JOBS,
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      '415 unsupported-media-type',
    ],
    ['plain text', JOBS, { 'Content-Type': 'text/plain' }, '415 unsupported-media-type'],
    [
      'another charset',
      JOBS,
      { 'Content-Type': 'application/json; charset=utf-16' },
      '415 unsupported-media-type',
    ],
    ['a compressed body', JOBS, { 'Content-Encoding': 'gzip' }, '415 unsupported-media-type'],
    ['another site', JOBS, { 'Sec-Fetch-Site': 'cross-site' }, '403 forbidden'],
    ['another origin', JOBS, { Origin: 'https://evil.example' }, '403 forbidden'],
    ['the origin null', JOBS, { Origin: 'null' }, '403 forbidden'],
    [
      'method override',
      'POST /v1/queues/hostile',
      { 'X-HTTP-Method-Override': 'DELETE' },
      '405 method-not-allowed',
    ],
    ['a wrong method', 'DELETE /v1/queues/hostile/jobs', {}, '405 method-not-allowed'],
    ['OPTIONS', 'OPTIONS /v1/queues', {}, '405 method-not-allowed'],
    ['an unknown path', 'POST /v1/nothing', {}, '404 not-found'],
    ['a trailing slash', 'POST /v1/queues/hostile/jobs/', {}, '404 not-found'],
    ['another case', 'POST /V1/queues/hostile/jobs', {}, '404 not-found'],
    ['doubled slashes', 'POST //v1//queues/hostile/jobs', {}, '404 not-found'],
    ['a key of 256 characters', JOBS, { 'Idempotency-Key': 'x'.repeat(256) }, '422 validation'],
  ])('%s', async (_, request, headers, expected) => {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(gateway.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: '{"payload":1}',
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: JSON.parse(text),
    };
    holdToContract(method, path, answer);
    await oracle.judge(answer, expected);
    if (answer.status === 405) expect(answer.headers.get('allow')).toMatch(/^[A-Z, ]+$/);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('an idempotency key that cannot be one is called by its name', async () => {
    const claim = { workerId: 'w1', queues: ['hostile'] };
    for (const [path, json] of [
      [JOBS, { payload: 1 }],
      ['POST /v1/leases', claim],
    ] as const) {
      const answer = await call(gateway, path, { json, headers: { 'Idempotency-Key': '' } });
      expect([answer.status, answer.body.errors[0].parameter]).toEqual([422, 'Idempotency-Key']);
    }
  });

  const head = 'POST /v1/queues/hostile/jobs HTTP/1.1\r\nHost: localhost\r\n';
  const json = 'Content-Type: application/json\r\n';
  it.each([
    ['no HTTP', 'hello\r\n\r\n', '400 malformed'],
    ['an unknown verb', 'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n', '400 malformed'],
    ['no Host', 'GET /v1/version HTTP/1.1\r\nConnection: close\r\n\r\n', '400 malformed'],
    ['a foreign Host', 'GET /v1/queues HTTP/1.1\r\nHost: evil.example\r\n\r\n', '403 forbidden'],
    ['17 KB of header', `${head}X: ${'x'.repeat(17_000)}\r\n\r\n`, '431 headers-too-large'],
    [
      'length and chunks at once',
      `${head}${json}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      '400 malformed',
    ],
    [
      'two lengths',
      `${head}${json}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
      '400 malformed',
    ],
    ['a negative length', `${head}${json}Content-Length: -1\r\n\r\n`, '400 malformed'],
    ['a bad chunk', `${head}${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, '400 malformed'],
    [
      'a strange expectation',
      `${head}${json}Expect: miracles\r\nContent-Length: 2\r\n\r\n{}`,
      '417 expectation-failed',
    ],
    ['a header that never ends', `${head}X: y\r\n`, '408 timeout'],
    [
      'a body that never ends',
      `${head}${json}Content-Length: 500\r\n\r\n{"payload":`,
      '408 timeout',
    ],
    [
      'chunks beyond the limit',
      `${head}${json}Transfer-Encoding: chunked\r\n\r\n100010\r\n${'x'.repeat(0x100010)}\r\n0\r\n\r\n`,
      '413 too-large',
    ],
    [
      'two idempotency keys',
      `${head}${json}Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 13\r\n\r\n{"payload":1}`,
      '422 validation',
    ],
    ['a length of 10 GB', `${head}${json}Content-Length: 10000000000\r\n\r\n{`, '413 too-large'],
  ])('%s', async (_, bytes, expected) => {
    await oracle.judge(await rawRequest(gateway.url, bytes), expected);
  });

  it('a client that goes away within its body leaves nothing behind', async () => {
    const { hostname, port } = new URL(gateway.url);
    const { connect } = await import('node:net');
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`${head}${json}Content-Length: 50\r\n\r\n{"payload":`, () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    await oracle.isUnharmed();
  });
});

it.each(['/v1/version', '/v1/queues', '/v1/nothing', '/livez', '/metrics'])(
  '%s tells a browser to do nothing with it, and lets no other site read it',
  async (path) => {
    const response = await fetch(gateway.url + path, {
      headers: { Origin: 'https://evil.example' },
    });
    await response.text();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    const names = [...response.headers.keys()];
    expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect(names).not.toContain('server');
    expect(names).not.toContain('x-powered-by');
  },
);

it('nothing of all this was our own fault, and no payload was logged', () => {
  expect(gateway.logged()).not.toContain('"level":"error"');
  expect(gateway.logged()).not.toContain('"internal"');
});
