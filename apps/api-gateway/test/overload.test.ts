import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer, until } from '@relay/testkit';
import { Principal } from '../src/auth/principal.ts';
import { ByteBudget } from '../src/protection/byte-budget.ts';
import { KeyLimits } from '../src/protection/key-limits.ts';
import { LoopWatch } from '../src/protection/loop-watch.ts';
import { StreamSlots } from '../src/protection/stream-slots.ts';
import { call, slug, startTestGateway } from './harness.ts';
import { bearer, testKeys } from './keys.ts';

const key = (id: string) => new Principal(id, ['admin']);
/** The reason why a call is refused, and when to come again; `passes` when it isn't. */
function refusal(act: () => unknown): string {
  try {
    act();
    return 'passes';
  } catch (error) {
    const { reason, headers } = error as { reason: string; headers: Record<string, string> };
    return `${reason} ${headers['Retry-After']}`;
  }
}

describe('the rate of a key', () => {
  it('allows a second of requests at once, then as many as grow back', () => {
    let now = 0;
    const limits = new KeyLimits({ ratePerSec: 10, concurrency: 0, now: () => now });
    const a = key('a');
    for (let n = 0; n < 10; n++) expect(refusal(() => limits.enter(a))).toBe('passes');
    expect(refusal(() => limits.enter(a))).toBe('key-rate 1');
    expect(refusal(() => limits.enter(key('b')))).toBe('passes');
    now = 100;
    expect(refusal(() => limits.enter(a))).toBe('passes');
    expect(refusal(() => limits.enter(a))).toBe('key-rate 1');
    now = 3_600_000;
    for (let n = 0; n < 10; n++) expect(refusal(() => limits.enter(a))).toBe('passes');
    expect(refusal(() => limits.enter(a))).toBe('key-rate 1');
  });

  it('remembers a bounded number of keys, those at work the longest', () => {
    const limits = new KeyLimits({ ratePerSec: 10, concurrency: 1, mostKeys: 3 });
    limits.enter(key('busy'));
    for (let n = 0; n < 1_000; n++) {
      limits.enter(key(`k${n}`));
      limits.leave(key(`k${n}`));
    }
    expect(limits.size).toBe(3);
    expect(refusal(() => limits.enter(key('busy')))).toBe('key-concurrency 1');
  });
});

describe('the requests of a key at once', () => {
  it('are bounded, and a place is given back once', () => {
    const limits = new KeyLimits({ ratePerSec: 0, concurrency: 2 });
    const a = key('a');
    limits.enter(a);
    limits.enter(a);
    expect(refusal(() => limits.enter(a))).toBe('key-concurrency 1');
    limits.leave(a);
    expect(refusal(() => limits.enter(a))).toBe('passes');
  });

  it('and its streams too', () => {
    const slots = new StreamSlots(2);
    const close = slots.enter(key('a'));
    slots.enter(key('a'));
    expect(refusal(() => slots.enter(key('a')))).toBe('key-streams 5');
    expect(refusal(() => slots.enter(key('b')))).toBe('passes');
    close();
    close();
    expect(refusal(() => slots.enter(key('a')))).toBe('passes');
    expect(refusal(() => slots.enter(key('a')))).toBe('key-streams 5');
  });
});

describe('the event loop', () => {
  it('is late after three late turns in a row, until one is in time', () => {
    let now = 0;
    const watch = new LoopWatch(500, () => now);
    const turn = (ms: number) => {
      now += ms;
      watch.measure();
      return watch.isLate;
    };
    expect([turn(900), turn(900), turn(100), turn(900)]).toEqual([false, false, false, false]);
    expect([turn(900), turn(900), turn(900), turn(100)]).toEqual([false, true, true, false]);
  });
});

describe('the bytes in memory', () => {
  it('are given back, whatever became of the request', () => {
    const budget = new ByteBudget(100);
    const a = budget.open();
    const b = budget.open();
    expect([a.take(60), b.take(60), b.take(40), budget.isFull]).toEqual([true, false, true, true]);
    a[Symbol.dispose]();
    a[Symbol.dispose]();
    expect(budget.used).toBe(40);
    b.add(1_000);
    b[Symbol.dispose]();
    expect(budget.used).toBe(0);
  });
});

describe('a gateway', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(async () => {
    await redis.stop();
  });

  const ENQUEUE = 'POST /v1/queues/q/jobs';

  it('holds a key to its rate, tells when to come again, counts it, and lets probes pass', async () => {
    const { auth, tokens } = testKeys({ one: { roles: ['admin'] } });
    await using gateway = await startTestGateway({
      redis: redis.url,
      auth,
      protection: { keyRatePerSec: 3 },
    });
    const headers = bearer(tokens.one);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => call(gateway, ENQUEUE, { json: { payload: 1 }, headers })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) {
      expect([slug(one), one.headers.get('retry-after')]).toEqual(['rate-limited', '1']);
    }
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30 - refused.length);
    // A stranger does not reach the bucket of a key.
    expect((await call(gateway, 'GET /v1/queues')).status).toBe(401);
    for (const path of ['/livez', '/readyz']) {
      expect((await call(gateway, `GET ${path}`)).status).toBe(200);
    }
    const metrics = (await call(gateway, 'GET /metrics')).text;
    expect(metrics).toContain(`relay_http_rejected_total{reason="key-rate"} ${refused.length}`);
    await until(async () => (await call(gateway, 'GET /v1/queues', { headers })).status === 200, {
      what: 'the bucket to fill again',
    });
  });

  it('counts streams in the rate of a key', async () => {
    const { auth, tokens } = testKeys({ one: { roles: ['viewer'] } });
    await using gateway = await startTestGateway({
      redis: redis.url,
      auth,
      protection: { keyRatePerSec: 2 },
    });
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const response = await fetch(`${gateway.url}/v1/events`, { headers: bearer(tokens.one) });
        await response.body?.cancel();
        return response.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
  });

  it('sheds requests beyond its number, and takes them again', async () => {
    await using gateway = await startTestGateway({
      redis: redis.url,
      protection: { maxRequests: 2 },
    });
    const slow = [await beginEnqueue(gateway.url), await beginEnqueue(gateway.url)];
    const refused = await call(gateway, ENQUEUE, { json: { payload: 1 } });
    expect([refused.status, slug(refused)]).toEqual([429, 'rate-limited']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await call(gateway, 'GET /livez')).status).toBe(200);
    const metrics = (await call(gateway, 'GET /metrics')).text;
    expect(metrics).toContain('relay_http_rejected_total{reason="overload-requests"} 1');
    for (const socket of slow) socket.destroy();
    await until(
      async () => (await call(gateway, ENQUEUE, { json: { payload: 1 } })).status === 201,
      { what: 'the gateway to take requests again' },
    );
  });

  it('sheds bodies before they fill the memory, and takes them again', async () => {
    await using gateway = await startTestGateway({
      redis: redis.url,
      protection: { maxBufferedBytes: 1_100_000 },
    });
    // It has sent nearly all of a megabyte, and waits.
    const slow = await beginEnqueue(gateway.url, 'x'.repeat(1_000_000));
    const large = { json: { payload: 'x'.repeat(900_000) } };
    await until(
      async () => {
        const refused = await call(gateway, ENQUEUE, large);
        return refused.status === 429 && slug(refused) === 'rate-limited';
      },
      { what: 'a large body to be refused' },
    );
    expect((await call(gateway, ENQUEUE, { json: { payload: 1 } })).status).toBe(201);
    slow.destroy();
    await until(async () => (await call(gateway, ENQUEUE, large)).status === 201, {
      what: 'a large body to be taken again',
    });
  });

  it('answers a flood of large bodies with yes or not now, and is itself again afterwards', async () => {
    await using gateway = await startTestGateway({
      redis: redis.url,
      protection: { maxBufferedBytes: 4_000_000 },
    });
    const large = { json: { payload: 'x'.repeat(900_000) } };
    const flood = Array.from({ length: 60 }, () => call(gateway, ENQUEUE, large));
    const live = await call(gateway, 'GET /livez');
    expect(live.status).toBe(200);
    const answers = await Promise.all(flood);
    for (const answer of answers) {
      expect([201, 429]).toContain(answer.status);
      if (answer.status === 429) expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    // All room was given back: four fit at once again.
    const after = await Promise.all([1, 2, 3, 4].map(() => call(gateway, ENQUEUE, large)));
    expect(after.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  });

  /** An enqueue that the gateway has begun to serve, and that doesn't end. */
  async function beginEnqueue(url: string, text = ''): Promise<Socket> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    socket.write(
      'POST /v1/queues/q/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${text.length + 100}\r\nExpect: 100-continue\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.on('error', () => socket.destroy());
    socket.write(`{"payload":"${text}`);
    return socket;
  }
});
