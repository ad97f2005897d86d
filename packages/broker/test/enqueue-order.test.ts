// Two calls of a producer may be under way: the second is never carried out before the first, whatever becomes of that.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { startFaultProxy, testLua } from '@relay/testkit';
import { OutOfOrderError } from '../src/index.ts';
import { QueueCalls } from '../src/queue-calls.ts';
import { ScriptRunner } from '../src/runner.ts';
import { loadScripts } from '../src/scripts.ts';
import { useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const source = readFileSync(new URL('../lua/enqueue.lua', import.meta.url), 'utf8');

/** The first call that follows no other is refused for once, so that the one behind it arrives first. */
const HELD_UP = source.replace(
  'local seq, n =',
  `if ARGV[3] == '0' and redis.call('DEL', 'hold-up') == 1 then return redis.error_reply('TRYAGAIN later') end
local seq, n =`,
);

async function payloadsOf(queue: string): Promise<number[]> {
  const { leases } = await fixture().broker.claim(queue, { workerId: 'w1', max: 1_000 });
  return leases.map((lease) => Number(lease.payload));
}

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('a call that is held up is not overtaken', () => {
  const open = async () => {
    const scripts = loadScripts({ ...testLua(), enqueue: HELD_UP });
    const broker = fixture().open({ scripts });
    const queue = fixture().queue();
    await broker.enqueue(queue, { payload: '-1' });
    await fixture().redis.set('hold-up', '1');
    return { broker, queue };
  };

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
