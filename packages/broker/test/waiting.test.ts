import { expect, test } from '@jest/globals';
import { startRedisServer, until } from '@relay/testkit';
import { Broker, StoreUnavailableError } from '../src/index.ts';
import { of, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

test('a job that has ended is told at once, an unknown one is gone', async () => {
  const { broker } = fixture();
  const queue = fixture().queue();
  const id = await fixture().enqueue(queue);
  await broker.cancel(queue, id);
  expect(await broker.waitForEnd(queue, id, 60_000)).toBe('cancelled');
  expect(await broker.waitForEnd(queue, 'unknown', 60_000)).toBe('gone');
});

test('all who wait for a job hear of its end, and nobody else', async () => {
  const f = fixture();
  const queue = f.queue();
  const [first = '', second = ''] = await f.fill(queue, 2);
  const waits = [f.broker, f.broker, f.open()].map((one) => one.waitForEnd(queue, first, 60_000));
  const other = f.broker.waitForEnd(queue, second, 300);
  await until(async () => (await f.redis.hlen(f.key('waiters', queue))) === 2, {
    what: 'the waits',
  });
  const [lease] = await f.claim(queue, 1);
  await f.broker.settle(queue, [{ ...of(lease!), outcome: 'complete' }]);
  expect(await Promise.all(waits)).toEqual(['completed', 'completed', 'completed']);
  expect(await other).toBe('ready');
  expect(await f.redis.hkeys(f.key('waiters', queue))).toEqual([second]);
});

test('a job that is deleted while somebody waits is gone', async () => {
  const f = fixture();
  const queue = f.queue();
  const id = await f.enqueue(queue);
  const wait = f.broker.waitForEnd(queue, id, 60_000);
  await until(async () => (await f.redis.hlen(f.key('waiters', queue))) === 1, {
    what: 'the wait',
  });
  await f.broker.delete(queue, id);
  expect(await wait).toBe('gone');
});

test('a signal ends the wait with the state as it was', async () => {
  const f = fixture();
  const queue = f.queue();
  const id = await f.enqueue(queue, { delayMs: 60_000 });
  const stop = new AbortController();
  const wait = f.broker.waitForEnd(queue, id, 60_000, { signal: stop.signal });
  await until(async () => (await f.redis.hlen(f.key('waiters', queue))) === 1, {
    what: 'the wait',
  });
  stop.abort();
  expect(await wait).toBe('scheduled');
});

test('a wait that is over tells the state as it is then, and an end that nobody heard', async () => {
  const f = fixture();
  const queue = f.queue();
  const [first = '', second = ''] = await f.fill(queue, 2);
  const waits = [first, second].map((id) => f.broker.waitForEnd(queue, id, 200));
  await until(async () => (await f.redis.hlen(f.key('waiters', queue))) === 2, {
    what: 'the waits',
  });
  // Whoever publishes it finds nobody: as when the subscription is away at that moment.
  await f.redis.del(f.key('waiters', queue));
  await f.claim(queue, 1);
  await f.broker.cancel(queue, second);
  expect(await Promise.all(waits)).toEqual(['active', 'cancelled']);
});

test('while Redis is away a wait says so like any other call, leaves no connection, and is tried until its deadline', async () => {
  await using server = await startRedisServer();
  await server.kill();
  await using impatient = new Broker({ redis: server.url, deadlineMs: 200 });
  for (let i = 0; i < 2; i++)
    await expect(impatient.waitForEnd('q', 'id', 60_000)).rejects.toThrow(StoreUnavailableError);
  await expect(impatient.dueListener(() => undefined)).rejects.toThrow(StoreUnavailableError);
  await using patient = new Broker({ redis: server.url });
  const [wait, listening] = [
    patient.waitForEnd('q', 'id', 60_000),
    patient.dueListener(() => undefined),
  ];
  await server.restart();
  expect(await wait).toBe('gone');
  await (await listening).close();
  expect(await impatient.waitForEnd('q', 'id', 60_000)).toBe('gone');
});
