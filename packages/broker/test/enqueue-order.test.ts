// Two calls of a producer may be under way: the second is never carried out before the first, whatever becomes of that.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { startFaultProxy, testLua, until } from '@relay/testkit';
import { OutOfOrderError } from '../src/index.ts';
import { QueueCalls } from '../src/queue-calls.ts';
import { ScriptRunner } from '../src/runner.ts';
import { loadScripts } from '../src/scripts.ts';
import { useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const source = readFileSync(new URL('../lua/enqueue.lua', import.meta.url), 'utf8');

/**
 * The first call that follows no other is refused, so that the one behind it arrives first: once while there is
 * `hold-up`, and for as long as there is `hold-on`.
 */
const HELD_UP = source.replace(
  'local seq, n =',
  `if ARGV[3] == '0' and (redis.call('DEL', 'hold-up') == 1 or redis.call('EXISTS', 'hold-on') == 1) then
  return redis.error_reply('TRYAGAIN later')
end
local seq, n =`,
);

/** The next call that follows no other is refused for good, as by a server without memory. */
const REFUSED = source.replace(
  'local seq, n =',
  `if ARGV[3] == '0' and redis.call('DEL', 'refuse') == 1 then return redis.error_reply('OOM no memory is left') end
local seq, n =`,
);

async function payloadsOf(queue: string): Promise<number[]> {
  const { leases } = await fixture().broker.claim(queue, { workerId: 'w1', max: 1_000 });
  return leases.map((lease) => Number(lease.payload));
}

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

/** A broker whose next call of its own is held up. */
async function open(key = 'hold-up') {
  const scripts = loadScripts({ ...testLua(), enqueue: HELD_UP });
  const broker = fixture().open({ scripts });
  const queue = fixture().queue();
  await broker.enqueue(queue, { payload: '-1' });
  await fixture().redis.set(key, '1');
  return { broker, queue };
}

describe('a call that is held up is not overtaken', () => {
  test('by the other part of a bulk call', async () => {
    const { broker, queue } = await open();
    const jobs = numbers(999).map((n) => ({ payload: String(n) }));
    const outcomes = await broker.enqueueMany(queue, jobs);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(await fixture().redis.exists('hold-up')).toBe(0);
    expect(await payloadsOf(queue)).toEqual([-1, ...numbers(999)]);
  });

  test('by jobs that are enqueued after it', async () => {
    const { broker, queue } = await open();
    await Promise.all(numbers(200).map((n) => broker.enqueue(queue, { payload: String(n) })));
    expect(await fixture().redis.exists('hold-up')).toBe(0);
    expect(await payloadsOf(queue)).toEqual([-1, ...numbers(200)]);
  });
});

describe('a call behind one that is held up for long', () => {
  const refusals = async () =>
    Number(
      /errorstat_OUTOFORDER:count=(\d+)/.exec(await fixture().redis.info('errorstats'))?.[1] ?? 0,
    );
  const jobs = (from: number) => numbers(100).map((n) => ({ payload: String(from + n) }));

  test.each(['its deadline', 'its signal'])('waits no longer than until %s', async (end) => {
    const { broker, queue } = await open('hold-on');
    const before = await refusals();
    let answered = false;
    const first = broker.enqueueMany(queue, jobs(0)).finally(() => (answered = true));
    const controller = new AbortController();
    const options = end === 'its signal' ? { signal: controller.signal } : { deadlineMs: 200 };
    const second = broker.enqueueMany(queue, jobs(100), options);
    const rejected = expect(second).rejects.toMatchObject(
      end === 'its signal' ? { message: 'enough' } : { code: 'store-unavailable' },
    );
    await until(async () => (await refusals()) > before, { what: 'the second call to be refused' });
    controller.abort(new Error('enough'));
    await rejected;
    expect(answered).toBe(false);
    await fixture().redis.del('hold-on');
    await first;
    expect(await payloadsOf(queue)).toEqual([-1, ...numbers(100)]);
  });
});

test.each([1, 2])('the reply to call %d is lost: each job is there once, in order', async (nth) => {
  const queue = fixture().queue();
  await using proxy = await startFaultProxy({ target: fixture().server });
  const scripts = loadScripts();
  const broker = fixture().open({ redis: proxy.url, scripts });
  await broker.enqueue(queue, { payload: '-1' });
  const { sha = '' } = scripts.get('enqueue') ?? {};
  let seen = 0;
  proxy.cutNextReply((request) => request.includes(sha) && ++seen === nth);
  const jobs = numbers(900).map((n) => ({ payload: String(n) }));
  const outcomes = await broker.enqueueMany(queue, jobs);
  expect(proxy.cuts).toBe(1);
  expect(outcomes.every(({ ok }) => ok)).toBe(true);
  expect(await payloadsOf(queue)).toEqual([-1, ...numbers(900)]);
});

test('the script refuses what comes before the call that it follows, and changes nothing', async () => {
  const queue = fixture().queue();
  const calls = new QueueCalls(
    new ScriptRunner(fixture().redis, { deadlineMs: 5_000, silenceMs: 1_500 }),
    loadScripts(),
    'relay',
  );
  const call = (session: string, seq: number, follows: number) =>
    calls.run(queue, {
      script: 'enqueue',
      args: [
        seq,
        1,
        follows,
        `${session}${seq}`.padEnd(20, '0'),
        1,
        '0 5 3 E 1000 600000 0 0 t',
        '',
        '\n{}',
      ],
      session,
      ...(follows > 0 ? { callHashes: ['first'] } : {}),
    });
  await expect(call('second', 1, 1)).rejects.toThrow(OutOfOrderError);
  expect((await fixture().broker.stats(queue))?.counts.ready ?? 0).toBe(0);
  await call('first', 1, 0);
  await call('second', 1, 1);
  // Carried out once: it is answered, whatever the other session did.
  await call('second', 1, 9);
  await expect(call('second', 2, 2)).rejects.toThrow(OutOfOrderError);
  await call('first', 2, 0);
  await call('first', 3, 0);
  await call('second', 2, 2);
  expect((await fixture().broker.stats(queue))?.counts.ready).toBe(5);
});

test.each([
  ['the first', []],
  ['later', [{ payload: '-1' }]],
])('single and bulk calls of one tick keep their order: %s of a queue', async (_, earlier) => {
  const queue = fixture().queue();
  const { broker } = fixture();
  for (const request of earlier) await broker.enqueue(queue, request);
  const payloads = (...of: number[]) => of.map((n) => ({ payload: String(n) }));
  await Promise.all([
    broker.enqueueMany(queue, payloads(0, 1)),
    broker.enqueue(queue, { payload: '2' }),
    broker.enqueueMany(queue, payloads(3)),
    broker.enqueue(queue, { payload: '4' }),
  ]);
  expect(await payloadsOf(queue)).toEqual([...earlier.map(() => -1), ...numbers(5)]);
});

describe('a bulk call of two parts', () => {
  const jobs = numbers(900).map((n) => ({ payload: String(n) }));

  test('fills a queue up to its bound, in order, and the rest of either part is refused', async () => {
    const queue = fixture().queue();
    await fixture().broker.configure(queue, { maxReady: 600 });
    const outcomes = await fixture().broker.enqueueMany(queue, jobs);
    expect(outcomes.map(({ ok }) => ok)).toEqual(numbers(900).map((n) => n < 600));
    expect(await payloadsOf(queue)).toEqual(numbers(600));
  });

  test('knows in the second what the first has used an idempotency key for', async () => {
    const queue = fixture().queue();
    const keyed = (n: number, payload: string) => ({ payload, idempotencyKey: `key${n % 450}` });
    const requests = numbers(900).map((n) => keyed(n, String(n === 899 ? n : n % 450)));
    const outcomes = await fixture().broker.enqueueMany(queue, requests);
    const ids = outcomes.map((outcome) => (outcome.ok ? outcome.result.id : outcome.error.code));
    expect(new Set(ids.slice(0, 450)).size).toBe(450);
    expect(ids.slice(450)).toEqual([...ids.slice(0, 449), 'idempotency-mismatch']);
    expect(await payloadsOf(queue)).toEqual(numbers(450));
  });

  test('is accepted in order by a server that has lost its scripts', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 1);
    await fixture().redis.script('FLUSH');
    const outcomes = await fixture().broker.enqueueMany(queue, jobs);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(await payloadsOf(queue)).toEqual([0, ...numbers(900)]);
  });

  test('goes on with the second where the first is refused for good, and each says what became of it', async () => {
    const scripts = loadScripts({ ...testLua(), enqueue: REFUSED });
    const queue = fixture().queue();
    const broker = fixture().open({ scripts });
    await broker.enqueue(queue, { payload: '-1' });
    await fixture().redis.set('refuse', '1');
    const outcomes = await broker.enqueueMany(queue, jobs);
    const codes = outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code));
    expect(codes).toEqual(numbers(900).map((n) => (n < 500 ? 'store-full' : 'ok')));
    expect(await payloadsOf(queue)).toEqual([-1, ...numbers(900).slice(500)]);
  });
});
