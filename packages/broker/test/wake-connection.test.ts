// The connection on which a worker waits: what a wait does while it is away, and what it leaves behind.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { startFaultProxy, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker, type WakeListener } from '../src/index.ts';
import { useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const CLAIM = { workerId: 'w1', max: 2 };

beforeEach(async () => {
  await fixture().broker.claim(fixture().queue(), { ...CLAIM, max: 0 });
});

/** Waits until so many clients are blocked. */
async function blocked(count: number): Promise<void> {
  const look = async () =>
    /blocked_clients:(\d+)/.exec(await fixture().redis.info('clients'))?.[1] === String(count);
  await until(look, { what: `${count} blocked clients` });
}

interface Wait {
  readonly queue: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Each way of waiting: whether it brought work. */
const WAYS = {
  'a wait': async (listener: WakeListener, { queue, signal, timeoutMs = 60_000 }: Wait) =>
    (await listener.wait([queue], timeoutMs, signal)) === queue,
  'a wait with a claim behind it': async (
    listener: WakeListener,
    { queue, signal, timeoutMs = 60_000 }: Wait,
  ) => {
    if (listener.claimOnWake === undefined) throw new Error('this listener cannot claim');
    const wait = signal === undefined ? { timeoutMs } : { timeoutMs, signal };
    return (await listener.claimOnWake(queue, CLAIM, wait)).leases.length > 0;
  },
};

describe.each(Object.entries(WAYS))('%s', (_, wait) => {
  test('ends with its signal while the connection is made, and the next one works', async () => {
    const queue = fixture().queue();
    await using listener = fixture().broker.wakeListener();
    const first = new AbortController();
    const ended = wait(listener, { queue, signal: first.signal });
    first.abort();
    expect(await ended).toBe(false);
    const second = wait(listener, { queue });
    await blocked(1);
    await fixture().enqueue(queue);
    expect(await second).toBe(true);
    await fixture().broker.nudge(queue);
  });

  test('ends with its signal while the connection is made anew, and takes nothing', async () => {
    const queue = fixture().queue();
    await using listener = fixture().broker.wakeListener();
    const first = new AbortController();
    const connected = wait(listener, { queue, signal: first.signal });
    await blocked(1);
    first.abort();
    await connected;
    const second = new AbortController();
    const ended = wait(listener, { queue, signal: second.signal });
    second.abort();
    expect(await ended).toBe(false);
    await fixture().enqueue(queue);
    expect((await fixture().broker.stats(queue))?.counts).toMatchObject({ ready: 1, active: 0 });
    expect(await wait(listener, { queue })).toBe(true);
    await fixture().broker.nudge(queue);
  });

  test('given up for want of an answer to the handshake, is followed by one on a new connection', async () => {
    const queue = fixture().queue();
    await using proxy = await startFaultProxy({ target: fixture().server });
    await using broker = new Broker({ redis: proxy.url });
    await using listener = broker.wakeListener();
    proxy.hold();
    const controller = new AbortController();
    const first = wait(listener, { queue, signal: controller.signal });
    await until(() => proxy.holding > 0, { what: 'a handshake' });
    proxy.halfOpen();
    proxy.pass();
    controller.abort();
    expect(await first).toBe(false);
    const tries = async () => {
      for (let i = 0; i < 10; i++) if (await wait(listener, { queue })) return true;
      return false;
    };
    const second = tries();
    await blocked(1);
    await fixture().enqueue(queue);
    expect(await second).toBe(true);
    await fixture().broker.nudge(queue);
  });

  test('ends when its listener is closed while Redis is away', async () => {
    const queue = fixture().queue();
    await using proxy = await startFaultProxy({ target: fixture().server });
    await using broker = new Broker({ redis: proxy.url });
    const listener = broker.wakeListener();
    const connected = wait(listener, { queue });
    await blocked(1);
    await broker.close();
    proxy.resetAll();
    await connected.catch(() => undefined);
    const ended = wait(listener, { queue });
    await listener.close();
    expect(await ended).toBe(false);
  });
});

test('a server that has become a replica is left', async () => {
  const queue = fixture().queue();
  await using listener = fixture().broker.wakeListener();
  await listener.wait([queue], 10);
  const connection = async () =>
    /id=(\d+) .*name=relay-wake/.exec(String(await fixture().redis.client('LIST')))?.[1];
  const before = await connection();
  await fixture().redis.replicaof('127.0.0.1', '1');
  expect(await listener.wait([queue], 10)).toBeNull();
  await fixture().redis.replicaof('NO', 'ONE');
  await listener.wait([queue], 10);
  expect(await connection()).not.toBe(before);
});

test('the patience of a client that gives up slow commands is not for waits', async () => {
  const queue = fixture().queue();
  const failures: string[] = [];
  await using broker = new Broker({
    redis: new Redis(fixture().server.url, { commandTimeout: 20, lazyConnect: true }),
    observer: { failed: (kind) => failures.push(kind) },
  });
  await using listener = broker.wakeListener();
  expect(await listener.wait([queue], 200)).toBeNull();
  expect(failures).toEqual([]);
});
