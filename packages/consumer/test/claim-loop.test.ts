import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '@relay/broker';
import { until } from '@relay/testkit';
import type { LeaseLossCause } from '../src/index.ts';
import { deferred, lease, settleDown } from './support/fake-broker.ts';
import { setUp } from './support/set-up.ts';

describe('the claim loop', () => {
  test('nothing starts in the constructor', async () => {
    const { broker } = setUp();
    await settleDown();
    expect(broker.calls).toBe(0);
    expect(broker.waits).toHaveLength(0);
  });

  test('the first claim asks for every slot, and an empty queue is then waited for', async () => {
    const { broker, worker } = setUp();
    worker.start();
    const first = await broker.call();
    expect(first.claim).toEqual({ workerId: worker.workerId, max: 4, leaseMs: 1_000 });
    expect(first.items).toEqual([]);
    first.reply();
    expect((await broker.wait()).queues).toEqual(['q']);
    await settleDown();
    expect(broker.calls).toBe(1);
  });

  test('what ends while a call is under way is settled together by the next one', async () => {
    const gates = [deferred(), deferred(), deferred()];
    let next = 0;
    const { broker, worker } = setUp({ handlers: () => gates[next++]?.promise });
    worker.start();
    const leases = [lease(), lease(), lease()];
    (await broker.call()).reply({ leases });
    await settleDown();
    gates[0]!.resolve();
    const second = await broker.call();
    expect(second.items.map((item) => item.id)).toEqual([leases[0]!.id]);
    expect(second.claim.max).toBe(2);
    gates[1]!.resolve();
    gates[2]!.resolve();
    await settleDown();
    expect(broker.open).toHaveLength(1);
    second.reply();
    const third = await broker.call();
    expect(third.items.map((item) => item.id)).toEqual([leases[1]!.id, leases[2]!.id]);
    expect(third.claim.max).toBe(4);
    expect(broker.mostOpen.get('q')).toBe(1);
    third.reply();
  });

  test('handlers that end in the same tick make one call', async () => {
    const { broker, worker } = setUp({ handlers: async () => await Promise.resolve() });
    worker.start();
    (await broker.call()).reply({ leases: [lease(), lease(), lease(), lease()] });
    const next = await broker.call();
    expect(next.items).toHaveLength(4);
    next.reply();
  });

  test('a wake-up starts a claim at once; with no room it is passed on', async () => {
    const gate = deferred();
    const { broker, worker } = setUp({ concurrency: 1, handlers: () => gate.promise });
    worker.start();
    (await broker.call()).reply();
    const wait = await broker.wait();
    wait.wake('q');
    const claim = await broker.call();
    // While that claim is under way another wait may not be: there is no idle queue.
    expect(broker.waits).toHaveLength(0);
    claim.reply({ leases: [lease()] });
    await settleDown();
    expect(broker.open).toHaveLength(0);
    expect(broker.waits).toHaveLength(0);
    gate.resolve();
    (await broker.call()).reply();
  });

  test('a token that comes when the slots have just been filled is given back', async () => {
    const gate = deferred();
    const first = deferred();
    let count = 0;
    const { broker, worker } = setUp({
      concurrency: 2,
      handlers: () => (count++ === 0 ? first.promise : gate.promise),
    });
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    const wait = await broker.wait();
    first.resolve();
    // Settles, and fills both slots, while the wait still goes on.
    (await broker.call()).reply({ leases: [lease(), lease()] });
    await settleDown();
    wait.wake('q');
    await until(() => broker.nudges.length === 1, { what: 'the nudge' });
    expect(broker.nudges).toEqual(['q']);
    gate.resolve();
    (await broker.call()).reply();
  });

  test('after "come again in n ms" it claims then, without a wake-up', async () => {
    const { broker, worker } = setUp();
    worker.start();
    (await broker.call()).reply({ retryAfterMs: 30 });
    const wait = await broker.wait();
    const again = await broker.call();
    expect(again.claim.max).toBe(4);
    again.reply();
    wait.wake(null);
  });

  test('a worker without room at that time nudges instead', async () => {
    const gate = deferred();
    const { broker, worker } = setUp({ concurrency: 1, handlers: () => gate.promise });
    worker.start();
    (await broker.call()).reply({ leases: [lease()], retryAfterMs: 20 });
    await until(() => broker.nudges.length === 1, { what: 'the nudge' });
    expect(broker.open).toHaveLength(0);
    gate.resolve();
    (await broker.call()).reply();
  });

  test('two queues take turns on a single slot, however long their backlogs', async () => {
    const order: string[] = [];
    const { broker, worker } = setUp({
      queues: ['a', 'b'],
      concurrency: 1,
      handlers: async (job) => {
        order.push(job.queue);
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    worker.start();
    while (order.length < 8) {
      const call = await broker.call();
      call.reply({ leases: call.claim.max > 0 ? [lease({ queue: call.queue })] : [] });
      await settleDown();
    }
    // Not strictly in turn: while one settles, the other may go on.
    for (const name of ['a', 'b']) {
      expect(order.filter((queue) => queue === name).length).toBeGreaterThanOrEqual(3);
    }
  });

  test("a queue's own limit holds, and leaves the rest to the others", async () => {
    const { broker, worker } = setUp({
      queues: [{ name: 'a', concurrency: 1 }, 'b'],
      handlers: () => new Promise(() => undefined),
      abortGraceMs: 0,
    });
    worker.start();
    const a = await broker.call('a');
    expect(a.claim.max).toBe(1);
    a.reply({ leases: [lease({ queue: 'a' })] });
    const b = await broker.call('b');
    expect(b.claim.max).toBe(3);
    b.reply({ leases: [lease({ queue: 'b' })] });
    await settleDown();
    expect(broker.open).toHaveLength(0);
  });
});

describe('when the store is away', () => {
  test('settlements are kept and sent again; it is never the failure of the job', async () => {
    const { broker, worker } = setUp({ leaseMs: 5_000 });
    const failed: unknown[] = [];
    const errors: unknown[] = [];
    worker.on('failed', (event) => failed.push(event));
    worker.on('error', ({ error }) => errors.push(error));
    worker.start();
    const job = lease();
    (await broker.call()).reply({ leases: [job] });
    (await broker.call()).fail(new StoreUnavailableError('away'));
    const again = await broker.call();
    expect(again.items).toEqual([{ id: job.id, token: job.token, outcome: 'complete' }]);
    again.reply();
    expect(failed).toEqual([]);
    expect(errors).toHaveLength(1);
  });

  test('a settlement is dropped, and told as lost, once its lease has gone', async () => {
    const { broker, worker } = setUp({ leaseMs: 1_000 });
    broker.onExtend = () => Promise.reject(new StoreUnavailableError('away'));
    const lost: LeaseLossCause[] = [];
    worker.on('lost', ({ cause }) => lost.push(cause));
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    const deadline = performance.now() + 5_000;
    while (lost.length === 0 && performance.now() < deadline) {
      (await broker.call()).fail(new StoreUnavailableError('away'));
      await settleDown();
    }
    expect(lost).toEqual(['unsettled']);
    const next = await broker.call();
    expect(next.items).toEqual([]);
    next.reply();
  });

  test('a claim that was answered after a whole lease starts nothing', async () => {
    const ran: string[] = [];
    const { broker, worker } = setUp({ leaseMs: 1_000, handlers: (job) => ran.push(job.id) });
    worker.start();
    const claim = await broker.call();
    const late = performance.now() + 1_010;
    await until(() => performance.now() > late, { what: 'the end of the lease' });
    claim.reply({ leases: [lease()] });
    const next = await broker.call();
    expect(next.items[0]?.outcome).toBe('release');
    next.reply();
    expect(ran).toEqual([]);
  });

  test('a settlement that the broker refuses is told as a stale one', async () => {
    const { broker, worker } = setUp();
    const lost: LeaseLossCause[] = [];
    worker.on('lost', ({ cause }) => lost.push(cause));
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    (await broker.call()).reply({ settled: [{ status: 'lease-lost' }] });
    await settleDown();
    expect(lost).toEqual(['stale-settle']);
  });
});
