import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer, until } from '@relay/testkit';
import { call, startTestGateway, type TestGateway } from './harness.ts';
import { bearer, testKeys } from './keys.ts';
import { type Oracle, openOracle } from './oracle.ts';
import { rawRequest } from './raw-http.ts';

const { auth, tokens } = testKeys({
  one: { roles: ['admin'] },
  other: { roles: ['admin'] },
});

let redis: RedisServer;
let gateway: TestGateway;
let oracle: Oracle;
const sockets = new Set<Socket>();

beforeAll(async () => {
  redis = await startRedisServer();
  gateway = await startTestGateway({
    redis: redis.url,
    auth,
    timeouts: { headersMs: 700, requestMs: 1_000 },
  });
  oracle = await openOracle(gateway, redis, bearer(tokens.one));
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await oracle[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await redis.stop();
});

async function open(bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect({ host: hostname, port: Number(port) });
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

const streamOf = (token: string) =>
  `GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;

async function openStream(token: string): Promise<Socket> {
  const socket = await open(streamOf(token));
  const [first] = await once(socket, 'data');
  expect(String(first)).toMatch(/^HTTP\/1\.1 200 /);
  socket.resume();
  return socket;
}

const streams = async (): Promise<number> => {
  const { text } = await call(gateway, 'GET /metrics');
  return Number(/^relay_sse_clients (\d+)/m.exec(text)?.[1]);
};

describe('event streams', () => {
  it('of one key are at most 200; others go on, and a place that is left is free again', async () => {
    const mine = await Promise.all(Array.from({ length: 200 }, () => openStream(tokens.one)));
    const answer = await rawRequest(gateway.url, streamOf(tokens.one));
    await oracle.judge(answer, '429 rate-limited');
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    const other = await openStream(tokens.other);
    await call(gateway, 'POST /v1/queues/fine/jobs', {
      json: { payload: 1, idempotencyKey: 'always' },
      headers: bearer(tokens.one),
    });
    mine[0]?.destroy();
    await until(async () => (await streams()) === 200, { what: 'one stream to be given up' });
    await openStream(tokens.one);
    for (const socket of [...mine, other]) socket.destroy();
    for (const socket of sockets) socket.destroy();
    await until(async () => (await streams()) === 0, { what: 'all streams to be given up' });
    await oracle.isUnharmed();
  });

  it.each([
    ['of an unknown parameter', 'GET', '/v1/events?x=1', '422 validation'],
    ['of a queue that is none', 'GET', '/v1/events?queue=a:b', '422 validation'],
    ['that is written to', 'POST', '/v1/events', '405 method-not-allowed'],
  ])('%s are refused', async (_, method, path, expected) => {
    const answer = await rawRequest(
      gateway.url,
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.one}\r\n\r\n`,
    );
    await oracle.judge(answer, expected);
  });

  it.each(['-1', '0', '\u00ff\u00fe', 'x'.repeat(5_000), '9'.repeat(400), '__proto__-1'])(
    'that go on after the event %.20s begin anew',
    async (last) => {
      const bytes = streamOf(tokens.one).replace('\r\n\r\n', `\r\nLast-Event-ID: ${last}\r\n\r\n`);
      const socket = await open(bytes);
      let heard = '';
      socket.on('data', (chunk) => {
        heard += String(chunk);
      });
      await until(() => heard.includes('event: snapshot'), { what: 'a snapshot' });
      socket.destroy();
      await oracle.isUnharmed();
    },
  );
});

describe('slow clients', () => {
  const head = `POST /v1/queues/slow/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.one}\r\n`;

  /** Sends a piece whenever the gateway has turned its loop, until it is answered or cut. */
  async function drip(start: string, piece: string): Promise<string> {
    const socket = await open(start);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    await until(
      async () => {
        if (socket.destroyed || answer.includes('\r\n\r\n')) return true;
        socket.write(piece);
        return false;
      },
      { what: 'the slow client to be cut', deadlineMs: 15_000, everyMs: 50 },
    );
    socket.destroy();
    return answer;
  }

  it('that send a header by and by are cut, many at once too, while others are served', async () => {
    const all = Array.from({ length: 50 }, () => drip(head, 'X: y\r\n'));
    await oracle.isUnharmed();
    for (const answer of await Promise.all(all)) expect(answer).toMatch(/^HTTP\/1\.1 408 |^$/);
    await oracle.isUnharmed();
  });

  it('that say nothing at all are cut too', async () => {
    const silent = await Promise.all(Array.from({ length: 50 }, () => open('')));
    for (const socket of silent) socket.resume();
    await until(() => silent.every(({ destroyed }) => destroyed), {
      what: 'silent clients to be cut',
      deadlineMs: 15_000,
    });
    await oracle.isUnharmed();
  });

  it('that send a body by and by are cut, whatever length they promise', async () => {
    const json = 'Content-Type: application/json\r\n';
    const all = [
      drip(`${head}${json}Content-Length: 1000000\r\n\r\n{"payload":"`, 'x'),
      drip(`${head}${json}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
    ];
    await oracle.isUnharmed();
    for (const answer of await Promise.all(all)) expect(answer).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect(await gateway.broker.stats('slow')).toBeNull();
  });

  it('that never read a large answer hold no more than it', async () => {
    const { body } = await call(gateway, 'POST /v1/queues/big/jobs', {
      json: { payload: 'x'.repeat(900_000) },
      headers: bearer(tokens.one),
    });
    const before = await openOracle(gateway, redis, bearer(tokens.one));
    const get = `GET /v1/queues/big/jobs/${body.id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.one}\r\n\r\n`;
    const lazy = await Promise.all(Array.from({ length: 10 }, () => open(get.repeat(5))));
    for (const socket of lazy) socket.pause();
    await before.isUnharmed();
    for (const socket of lazy) socket.destroy();
    await before.isUnharmed();
    await before[Symbol.asyncDispose]();
  });
});
