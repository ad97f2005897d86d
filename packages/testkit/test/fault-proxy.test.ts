import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type RedisServer, startFaultProxy, startRedisServer, until } from '../src/index.ts';
import { RespFrames } from '../src/resp-frames.ts';

let server: RedisServer;
let direct: Redis;

beforeAll(async () => {
  server = await startRedisServer();
  direct = new Redis(server.url);
});

afterAll(async () => {
  direct.disconnect();
  await server.stop();
});

/** A client that does nothing behind our back: no handshake, nothing sent twice. */
function clientOf(
  url: string,
  options: { readonly socketTimeout?: number } = {},
): Redis & AsyncDisposable {
  const client = new Redis(url, {
    disableClientInfo: true,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 5,
    ...options,
  });
  // The calls tell; an error event that nobody listens to is printed.
  client.on('error', () => undefined);
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      client.disconnect();
    },
  });
}

describe('startFaultProxy', () => {
  test('passes everything through, and counts connections', async () => {
    await using proxy = await startFaultProxy({ target: server });
    await using client = clientOf(proxy.url);
    const large = 'x'.repeat(3_000_000);
    await client.set('large', large);
    expect(await client.get('large')).toBe(large);
    expect(await Promise.all([client.echo('a'), client.echo('b')])).toEqual(['a', 'b']);
    expect(proxy.connections).toBe(1);
    expect(proxy.cuts).toBe(0);
  });

  test('leaves a client with half a connection: it hears nothing, and new ones work', async () => {
    await using proxy = await startFaultProxy({ target: server });
    await using client = clientOf(proxy.url, { socketTimeout: 200 });
    await client.ping();
    proxy.halfOpen();
    // No reset tells it: it gives up by itself.
    await expect(client.ping()).rejects.toThrow();
    await until(() => client.status === 'ready', { what: 'a new connection' });
    expect(await client.ping()).toBe('PONG');
    expect(proxy.connections).toBe(2);
  });

  test('cuts the reply to a request that was carried out', async () => {
    await using proxy = await startFaultProxy({ target: server });
    await using client = clientOf(proxy.url);
    await client.ping();
    proxy.cutNextReply('counter');
    await expect(client.incr('counter')).rejects.toThrow();
    expect(await direct.get('counter')).toBe('1');
    expect(await client.incr('counter')).toBe(2);
    expect(proxy.cuts).toBe(1);
    expect(proxy.connections).toBe(2);
  });

  test('cuts the n-th reply: those before it arrive', async () => {
    await using proxy = await startFaultProxy({ target: server });
    await using client = clientOf(proxy.url);
    await client.ping();
    proxy.cutReply(3);
    const replies = await Promise.allSettled(['1', '2', '3', '4'].map((text) => client.echo(text)));
    expect(replies.map((reply) => reply.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });

  test('cuts behind a number of bytes, in the middle of a reply', async () => {
    await using proxy = await startFaultProxy({ target: server });
    await using client = clientOf(proxy.url);
    await client.ping();
    proxy.cutReplyAfter('$1\r\na\r\n$'.length);
    expect(await client.echo('a')).toBe('a');
    await expect(client.echo('b')).rejects.toThrow();
    expect(await client.echo('c')).toBe('c');
  });

  test('is a black hole, and heals', async () => {
    await using proxy = await startFaultProxy({ target: server });
    await using client = clientOf(proxy.url, { socketTimeout: 50 });
    await client.ping();
    proxy.blackHole();
    await expect(client.incr('swallowed')).rejects.toThrow();
    proxy.pass();
    await until(async () => (await client.echo('back')) === 'back', { what: 'the connection' });
    expect(await direct.get('swallowed')).toBeNull();
  });

  test('what was held arrives late, although its sender has gone', async () => {
    await using proxy = await startFaultProxy({ target: server });
    const client = clientOf(proxy.url);
    await client.ping();
    proxy.hold();
    const lost = expect(client.incr('late')).rejects.toThrow();
    await until(async () => proxy.holding > 0, { what: 'the request to be held' });
    client.disconnect();
    await lost;
    expect(await direct.get('late')).toBeNull();
    proxy.pass();
    await until(async () => (await direct.get('late')) === '1', { what: 'the late request' });
  });

  test('delays, and resets', async () => {
    await using proxy = await startFaultProxy({ target: server });
    await using client = clientOf(proxy.url);
    await client.ping();
    proxy.delay(20);
    const before = performance.now();
    await client.ping();
    expect(performance.now() - before).toBeGreaterThanOrEqual(38);
    proxy.delay(0);
    const closed = new Promise((resolve) => client.once('close', resolve));
    proxy.resetAll();
    await closed;
    await until(async () => client.ping(), { what: 'a new connection' });
    expect(proxy.connections).toBe(2);
  });
});

test('frames are whole values, however they are cut into chunks', () => {
  const values = [
    '+OK\r\n',
    '$-1\r\n',
    '*2\r\n$3\r\na\r\n\r\n:1\r\n',
    '%1\r\n+a\r\n*1\r\n_\r\n',
    '$5\r\n\r\n$1x\r\n',
    '*-1\r\n',
    '*0\r\n',
  ];
  const stream = Buffer.from(values.join(''));
  for (let size = 1; size <= stream.length; size++) {
    const frames = new RespFrames();
    const found: string[] = [];
    for (let at = 0; at < stream.length; at += size)
      for (const frame of frames.push(stream.subarray(at, at + size))) found.push(frame.toString());
    expect(found).toEqual(values);
  }
});
