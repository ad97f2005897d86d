// One history of all kinds of calls is run again and again; each time the reply of another call is lost. Whatever
// position that is, the end must be the same as when nothing was lost (I28).
import { expect, test } from '@jest/globals';
import type { Broker, Settlement } from '../src/index.ts';
import { SCRIPTS, useProxy } from './support/behind-proxy.ts';
import { useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const { proxy } = useProxy(fixture);
const payload = '{"n":1}';
const error = { name: 'Error', message: 'no' };
type Call = () => Promise<unknown>;

/** A broker whose calls are numbered; `beforeCall` is told the number of each before it is made. */
function history(broker: Broker, queue: string): Call[] {
  const ids: string[] = [];
  const held: { id: string; token: string }[] = [];
  const claim = (max: number) => ({ workerId: 'w1', max });
  const settle = (outcome: 'complete' | 'fail' | 'never' | 'release'): Settlement => {
    const lease = held.shift() ?? { id: 'none', token: 'none' };
    if (outcome === 'complete') return { ...lease, outcome, result: '1' };
    if (outcome === 'release') return { ...lease, outcome };
    return {
      ...lease,
      outcome: 'fail',
      error,
      retry: outcome === 'never' ? 'never' : 'auto',
      retryInMs: 3_600_000,
    };
  };
  return [
    async () => ids.push((await broker.enqueue(queue, { payload })).id),
    async () => {
      const many = Array.from({ length: 9 }, (_, i) => ({ payload, idempotencyKey: `k${i}` }));
      for (const outcome of await broker.enqueueMany(queue, many)) {
        if (outcome.ok) ids.push(outcome.result.id);
      }
    },
    async () => ids.push((await broker.enqueue(queue, { payload, delayMs: 3_600_000 })).id),
    async () => held.push(...(await broker.claim(queue, claim(4))).leases),
    () =>
      broker.extend(
        queue,
        held.map(({ id, token }) => ({ id, token, leaseMs: 60_000, progress: '1' })),
      ),
    async () => {
      const items = [settle('complete'), settle('fail')];
      held.push(...(await broker.settleAndClaim(queue, items, claim(2))).leases);
    },
    () => broker.settle(queue, [settle('never'), settle('release')]),
    () => broker.cancel(queue, held[0]?.id ?? '', { reason: 'why' }),
    () => broker.settle(queue, [settle('complete')]),
    async () => broker.requeue(queue, (await broker.list(queue, 'dead')).items[0]?.id ?? ''),
    () => broker.change(queue, ids.at(-1) ?? '', { priority: 7 }),
    () => broker.promoteNow(queue, ids.at(-1) ?? ''),
    () => broker.act(queue, 'cancel', ids.slice(8, 9)),
    () => broker.actMatching(queue, 'delete', { state: 'cancelled', filter: {} }),
    () => broker.configure(queue, { concurrency: 3, retention: { completed: { maxCount: 1 } } }),
    () => broker.pause(queue),
    () => broker.resume(queue),
    async () => held.push(...(await broker.claim(queue, claim(10))).leases),
    () => broker.reap(queue),
    () => broker.promote(queue),
    () => broker.retire(queue),
    () => broker.nudge(queue),
  ];
}

/** Runs the history; the reply to its `lost`-th call does not arrive. -1: all arrive. */
async function run(lost: number): Promise<unknown> {
  const queue = fixture().queue();
  const broker = fixture().open({ redis: proxy().url, scripts: SCRIPTS, callTimeoutMs: 500 });
  // Connected, registered and with its scripts loaded: the only reply to be lost is that of the call itself.
  await broker.connect();
  await broker.configure(queue, {});
  const calls = history(broker, queue);
  for (const [index, call] of calls.entries()) {
    if (index === lost) proxy().cutNextReply('evalsha');
    await call();
  }
  const stats = await broker.stats(queue);
  return { counts: stats?.counts, totals: stats?.totals };
}

test('whichever call of a history loses its reply, the end is the same', async () => {
  for (const { sha, source } of SCRIPTS.values()) {
    expect(await fixture().redis.script('LOAD', source)).toBe(sha);
  }
  const undisturbed = await run(-1);
  expect(undisturbed).toMatchObject({ totals: { enqueued: 11, completed: 1, requeued: 1 } });
  const calls = history(fixture().broker, 'unused').length;
  for (let lost = 0; lost < calls; lost++) {
    const before = proxy().cuts;
    expect({ lost, end: await run(lost) }).toEqual({ lost, end: undisturbed });
    expect(proxy().cuts - before).toBe(1);
  }
});
