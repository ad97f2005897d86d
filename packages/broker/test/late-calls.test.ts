import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { StaleCallError, StoreUnavailableError } from '../src/index.ts';
import { QueueCalls } from '../src/queue-calls.ts';
import { ScriptRunner } from '../src/runner.ts';
import { SCRIPTS, useProxy } from './support/behind-proxy.ts';
import { BOOM, of, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const { proxy, openBehindProxy } = useProxy(fixture);

/** Runs scripts with a session and a number of our own choosing, as a late or repeated call would arrive. */
function rawCalls(): QueueCalls {
  return new QueueCalls(
    new ScriptRunner(fixture().redis, { deadlineMs: 5_000, silenceMs: 1_500 }),
    SCRIPTS,
    'relay',
  );
}

const claimArgs = (seq: number, max = 1) => [seq, 1, 0, max, 30_000, `base${seq}`, 'w1'];
const enqueueArgs = (seq: number, id: string) => [
  seq,
  1,
  0,
  id,
  1,
  '0 5 3 E 1000 600000 0 0 t',
  '',
  '\n{}',
];

describe('a call that is repeated', () => {
  test('gives back only the leases that still stand', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 3);
    const calls = rawCalls();
    const claim = async () =>
      (await calls.run(queue, {
        script: 'settle-and-claim',
        session: 's1',
        args: claimArgs(1, 3),
      })) as unknown[];
    // The last values of the reply are three for each lease: id, record, counters.
    const first = (await claim()).slice(-9);
    const lost = { id: String(first[3]), token: 'base1.2' };
    await fixture().broker.settle(queue, [{ ...lost, outcome: 'complete' }]);
    const again = (await claim()).slice(-9);
    expect(again).toEqual(first.map((cell, i) => (i === 4 ? null : i === 5 ? again[5] : cell)));
  });

  test('a claim that was recalled before it came takes nothing, and one that was carried out is told', async () => {
    const { broker } = fixture();
    const queue = fixture().queue();
    await fixture().fill(queue, 1);
    const claim = { workerId: 'w1', max: 1 };
    const recall = async (callId: string) => (await broker.recall(queue, claim, callId)).leases;
    expect(await recall('on-its-way')).toEqual([]);
    const late = await broker.claim(queue, claim, { callId: 'on-its-way' });
    expect(late.leases).toEqual([]);
    const { leases } = await broker.claim(queue, claim, { callId: 'carried-out' });
    expect(leases).toHaveLength(1);
    expect(await recall('carried-out')).toEqual(leases);
  });

  test.each(['settle-and-claim', 'enqueue', 'act', 'change', 'act-matching'])(
    '%s: one that is older than the last of its session is refused and changes nothing',
    async (script) => {
      const queue = fixture().queue();
      const [, waiting = ''] = await fixture().fill(queue, 2, { maxAttempts: 1 });
      const lease = await fixture().claimOne(queue);
      await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'fail', error: BOOM }]);
      const args: Record<string, (seq: number) => (string | number)[]> = {
        'settle-and-claim': (seq) => claimArgs(seq),
        enqueue: (seq) => enqueueArgs(seq, `id${seq}`.padEnd(20, '0')),
        act: (seq) => [seq, 'retry', '', 0, '', '', lease.id],
        change: (seq) => [seq, waiting, seq, ''],
        'act-matching': (seq) => [seq, 'cancel', 'ready', '', '', 10, '', '', '', ''],
      };
      const call = (seq: number) =>
        rawCalls().run(queue, { script, session: 's1', args: args[script]?.(seq) ?? [] });
      await call(7);
      const before = await fixture().assertConsistent(queue);
      await expect(call(6)).rejects.toThrow(StaleCallError);
      expect(await fixture().assertConsistent(queue)).toEqual(before);
    },
  );

  test('one that arrives after the next call of its session changes nothing', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 3);
    const broker = await openBehindProxy(queue);
    const others = await sessionsOf(queue);
    await broker.claim(queue, { workerId: 'w1', max: 1 });
    const [session = ''] = (await sessionsOf(queue)).filter((name) => !others.includes(name));
    proxy().hold();
    const lost = broker.claim(queue, { workerId: 'w1', max: 1 }, { deadlineMs: 50 });
    await expect(lost).rejects.toThrow(StoreUnavailableError);
    expect(proxy().holding).toBeGreaterThan(0);
    // The session goes on over another way; then the network heals and the old call arrives.
    await rawCalls().run(queue, { script: 'settle-and-claim', session, args: claimArgs(99) });
    proxy().pass();
    await until(() => proxy().holding === 0, { what: 'the late call' });
    await until(async () => (await broker.stats(queue)) !== null, { what: 'the connection' });
    expect((await fixture().broker.stats(queue))?.counts).toMatchObject({ active: 2, ready: 1 });
  });
});

/** The sessions that have left a record in the queue. */
async function sessionsOf(queue: string): Promise<string[]> {
  const keys = await fixture().redis.keys(`relay:{${queue}}:call:*`);
  return keys.map((key) => key.split(':').at(-1) ?? '');
}
