import { describe, expect, test } from '@jest/globals';
import { startRedisServer } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker, StoreDeniedError, StoreFullError, StoreUnavailableError } from '../src/index.ts';
import { callKey, idempotencyKey, queueKeys, queuesKey, schemaKey } from '../src/keys.ts';
import { BOOM, of, T0, useBroker } from './support/broker-fixture.ts';
import { SCENARIOS } from './support/scenarios.ts';

const fixture = useBroker();

describe('SCRIPT FLUSH', () => {
  test('before a call goes unnoticed', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 2);
    await fixture().redis.script('FLUSH');
    const lease = await fixture().claimOne(queue);
    await fixture().redis.script('FLUSH');
    await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'complete' }]);
    expect((await fixture().broker.stats(queue))?.counts).toMatchObject({ ready: 1, completed: 1 });
  });

  test('again and again while many calls are under way goes unnoticed', async () => {
    const queue = fixture().queue();
    let flushing = true;
    const flush = async () => {
      while (flushing) await fixture().redis.script('FLUSH');
    };
    const flushes = flush();
    const work = async () => {
      for (let i = 0; i < 20; i++) {
        await fixture().enqueue(queue);
        const leases = await fixture().claim(queue, 3);
        await fixture().broker.settle(
          queue,
          leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
        );
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    flushing = false;
    await flushes;
    expect((await fixture().broker.stats(queue))?.totals).toMatchObject({
      enqueued: 160,
      claimed: 160,
      completed: 160,
    });
  });
});

test('a full Redis refuses new work with a typed error and drains what it has', async () => {
  const queue = fixture().queue();
  const { broker, redis, control } = fixture();
  await control.setNow(T0);
  await fixture().fill(queue, 4);
  const crashed = await fixture().claimOne(queue, 1_000);
  const [a, b] = (await fixture().claim(queue, 2)) as [never, never];
  const fill = () => redis.config('SET', 'maxmemory', '1');
  const setNow = async (ms: number) => {
    await redis.config('SET', 'maxmemory', '0');
    await control.setNow(ms);
    await fill();
  };
  await fill();
  try {
    await expect(broker.enqueue(queue, { payload: '1' })).rejects.toThrow(StoreFullError);
    await expect(broker.enqueueMany(queue, [{ payload: '1' }])).rejects.toThrow('maxmemory');
    expect(await broker.extend(queue, [{ ...of(a), leaseMs: 5_000, progress: '1' }])).toMatchObject(
      [{ status: 'extended' }],
    );
    const settled = await broker.settleAndClaim(
      queue,
      [
        { ...of(a), outcome: 'complete', result: '1' },
        { ...of(b), outcome: 'fail', error: BOOM },
      ],
      { workerId: 'w1', max: 1 },
    );
    expect(settled.settled.map((result) => result.status)).toEqual(['settled', 'settled']);
    expect(settled.leases).toHaveLength(1);
    await setNow(T0 + 1_000);
    expect((await broker.reap(queue)).reaped).toBe(1);
    expect((await broker.job(queue, crashed.id))?.state).toBe('ready');
    await setNow(T0 + 10_000);
    expect((await broker.promote(queue)).promoted).toBe(1);
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
  await broker.enqueue(queue, { payload: '1' });
});

test('a replica is not written to, and a promoted one is again', async () => {
  const queue = fixture().queue();
  const { broker, redis } = fixture();
  await fixture().enqueue(queue);
  await redis.replicaof('127.0.0.1', 1);
  await expect(broker.enqueue(queue, { payload: '1' }, { deadlineMs: 100 })).rejects.toThrow(
    StoreUnavailableError,
  );
  const claim = broker.claim(queue, { workerId: 'w1', max: 1 }, { deadlineMs: 20_000 });
  await redis.replicaof('NO', 'ONE');
  expect((await claim).leases).toHaveLength(1);
});

describe('at the start', () => {
  test('the server says what it is', async () => {
    const info = await fixture().broker.connect();
    expect(info).toMatchObject({ mode: 'standalone', evictionPolicy: 'noeviction' });
    expect(fixture().broker.status).toEqual({ state: 'ready', reason: null });
  });

  test('one that evicts is refused with what to do', async () => {
    await fixture().redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      await expect(fixture().broker.connect()).rejects.toThrow(/"allkeys-lru".*"noeviction"/);
    } finally {
      await fixture().redis.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });

  test('a wrong password is told at once, not as an outage', async () => {
    await using server = await startRedisServer();
    const admin = new Redis(server.url);
    await admin.config('SET', 'requirepass', 'right');
    admin.disconnect();
    for (const login of ['', ':wrong@', 'nobody:right@']) {
      await using broker = new Broker({ redis: server.url.replace('//', `//${login}`) });
      const began = performance.now();
      await expect(broker.connect()).rejects.toThrow(StoreDeniedError);
      await expect(broker.enqueue('q', { payload: '1' })).rejects.toThrow(StoreDeniedError);
      expect(performance.now() - began).toBeLessThan(5_000);
    }
    await using broker = new Broker({ redis: server.url.replace('//', '//:right@') });
    await broker.connect();
  });

  test('a user who may not run scripts is told so', async () => {
    await using server = await startRedisServer();
    const admin = new Redis(server.url);
    await admin.acl(
      'SETUSER',
      'weak',
      'on',
      '>pw',
      '~*',
      '+ping',
      '+info',
      '+client',
      '+hello',
      '+select',
    );
    await admin.acl('SETUSER', 'keys', 'on', '>pw', '~other:*', '+@all');
    admin.disconnect();
    for (const user of ['weak', 'keys']) {
      await using broker = new Broker({ redis: server.url.replace('//', `//${user}:pw@`) });
      await expect(broker.enqueue('q', { payload: '1' })).rejects.toThrow(StoreDeniedError);
    }
  });

  test('a server that is not there is unavailable within the deadline, with the reason', async () => {
    const server = await startRedisServer();
    await server.stop();
    await using broker = new Broker({ redis: server.url, deadlineMs: 200 });
    const began = performance.now();
    await expect(broker.connect()).rejects.toThrow(StoreUnavailableError);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(broker.status).toMatchObject({
      state: 'away',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

test('a server that comes back is used again', async () => {
  await using server = await startRedisServer({ appendonly: true });
  await using broker = new Broker({ redis: server.url });
  const { id } = await broker.enqueue('q', { payload: '1' });
  await server.kill();
  const meanwhile = broker.enqueue('q', { payload: '2' });
  await server.restart();
  expect((await meanwhile).duplicate).toBe(false);
  expect((await broker.job('q', id))?.state).toBe('ready');
});

describe('giving up', () => {
  test('a process that was held up past the deadline takes the answer that came meanwhile', async () => {
    const { broker } = fixture();
    await broker.stats('q');
    const deadlineMs = 100;
    const call = broker.stats('q', { deadlineMs });
    const until = performance.now() + 3 * deadlineMs;
    while (performance.now() < until);
    await expect(call).resolves.toBeNull();
  });

  test('a signal ends a call that waits for Redis', async () => {
    const server = await startRedisServer();
    await server.stop();
    await using broker = new Broker({ redis: server.url });
    const controller = new AbortController();
    const call = broker.stats('q', { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a closed broker refuses calls, those that wait too', async () => {
    const server = await startRedisServer();
    await server.stop();
    const broker = new Broker({ redis: server.url });
    const waiting = expect(broker.stats('q')).rejects.toMatchObject({ code: 'closed' });
    await broker.close();
    await waiting;
    await expect(broker.stats('q')).rejects.toMatchObject({ code: 'closed' });
    expect(broker.status.state).toBe('closed');
  });
});

test('every key in Redis is one of keys.ts', async () => {
  const f = fixture();
  for (const scenario of SCENARIOS) {
    const queue = f.queue({ tampered: true });
    const size = scenario.sizes?.[0] ?? 1;
    await (await scenario.prepare({ f, broker: f.broker, queue, size }))();
    f.forget(queue);
  }
  await f.broker.enqueue('keys', { payload: '1', idempotencyKey: 'k' });
  const known = [
    queuesKey('relay'),
    schemaKey('relay'),
    callKey('relay', 'Q', 'x'),
    idempotencyKey('relay', 'Q', 'x'),
    ...Object.values(queueKeys).map((key) => key('relay', 'Q')),
  ];
  const shape = (key: string) =>
    key.replace(/\{[^}]*\}/, '{Q}').replace(/(:call:|:idem:|:settled:)[^:]+$/, '$1x');
  const unknown = (await f.redis.keys('*')).filter(
    (key) => key !== 'relay-test' && !known.includes(shape(key)),
  );
  expect(unknown).toEqual([]);
});
