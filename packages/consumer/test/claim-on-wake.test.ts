// A worker of one queue sends a claim behind its wait: whose slots that takes, and what ends it.
import { describe, expect, test } from '@jest/globals';
import { StoreDeniedError, StoreUnavailableError } from '@relay/broker';
import { until } from '@relay/testkit';
import type { WorkerOptions } from '../src/index.ts';
import { deferred, lease, settleDown } from './support/fake-broker.ts';
import { setUp as setUpWorker } from './support/set-up.ts';

/** A worker whose first claim has found nothing, so that it waits. */
async function setUp(options: Partial<WorkerOptions> = {}) {
  const { broker, worker } = setUpWorker({ leaseMs: 30_000, ...options });
  broker.claimsOnWake = true;
  worker.start();
  (await broker.call()).reply();
  return { broker, worker };
}

describe('the claim behind the wait', () => {
  test('takes two at most, and its slots are not busy ones', async () => {
    const { broker, worker } = await setUp();
    const { queues, claim } = await broker.wait();
    expect({ queues, claim }).toEqual({
      queues: ['q'],
      claim: { workerId: worker.workerId, max: 2, leaseMs: 30_000 },
    });
    expect(worker.busy).toBe(0);
  });

  test('what it brings is run without another claim, and the next wait begins at once', async () => {
    const started: string[] = [];
    const end = deferred();
    const { broker, worker } = await setUp({
      handlers: (job) => {
        started.push(job.id);
        return end.promise;
      },
    });
    const one = lease();
    (await broker.wait()).claimed({ leases: [one] });
    expect((await broker.wait()).claim?.max).toBe(2);
    expect(started).toEqual([one.id]);
    expect(worker.busy).toBe(1);
    expect(broker.calls).toBe(1);
    end.resolve();
    // Its slot is free again, and two are kept for what may come.
    expect((await broker.call()).claim.max).toBe(2);
  });

  test('as many as it could take: there may be more, and every slot is asked for', async () => {
    const { broker } = await setUp({ handlers: () => new Promise(() => undefined) });
    (await broker.wait()).claimed({ leases: [lease(), lease()] });
    const next = await broker.call();
    expect({ items: next.items, max: next.claim.max }).toEqual({ items: [], max: 2 });
    next.reply();
  });

  test('where another call was faster than it the next wait begins at once', async () => {
    const { broker } = await setUp();
    (await broker.wait()).claimed({ woken: true });
    await settleDown();
    expect(broker.waits).toHaveLength(1);
    // Nothing at once, and no token: Redis may be away, and it must not become a spin.
    (await broker.wait()).claimed();
    await settleDown();
    expect(broker.waits).toHaveLength(0);
    expect((await broker.wait()).claim?.max).toBe(2);
  });

  test('with one slot nothing else claims while it is under way', async () => {
    const { broker, worker } = await setUp({ concurrency: 1 });
    const wait = await broker.wait();
    expect(wait.claim?.max).toBe(1);
    expect(worker.health()).toEqual({ ok: true, reasons: [] });
    wait.claimed({ leases: [lease()] });
    const settling = await broker.call();
    expect(settling.items).toHaveLength(1);
    expect(settling.claim.max).toBe(1);
    settling.reply();
    expect((await broker.wait()).claim?.max).toBe(1);
  });

  test('its slots are asked for again when it ends, where a call has found the queue fuller than its room', async () => {
    const gates = [deferred(), deferred()];
    let started = 0;
    const { broker } = await setUp({
      concurrency: 2,
      handlers: () => gates[started++]?.promise ?? Promise.resolve(),
    });
    (await broker.wait()).claimed({ leases: [lease()] });
    const wait = await broker.wait();
    gates[0]?.resolve();
    const settling = await broker.call();
    expect(settling.claim.max).toBe(1);
    settling.reply({ leases: [lease()] });
    await settleDown();
    // Another worker was faster. The second job runs on: nothing but the end of this wait frees a slot.
    wait.claimed({ woken: true });
    const next = await broker.call();
    expect(next.claim.max).toBe(1);
    next.reply();
    gates[1]?.resolve();
  });

  test('a wait that was interrupted is followed by a claim', async () => {
    const { broker } = await setUp();
    (await broker.wait()).claimed({ interrupted: true });
    expect((await broker.call()).claim.max).toBe(4);
  });

  test('what nobody knows the outcome of is told, and followed by a claim', async () => {
    const { broker, worker } = await setUp();
    const errors: string[] = [];
    worker.on('error', ({ op }) => errors.push(op));
    (await broker.wait()).fail(new StoreUnavailableError('away'));
    expect((await broker.call()).claim.max).toBe(4);
    expect(errors).toEqual(['settle-and-claim']);
  });

  test('where Redis refuses the wait the claims are made as without it', async () => {
    const { broker, worker } = await setUp();
    const errors: string[] = [];
    worker.on('error', ({ op }) => errors.push(op));
    (await broker.wait()).claimed({ refusal: new StoreDeniedError('no') });
    expect((await broker.wait()).claim).toBeUndefined();
    expect(errors).toEqual(['wake']);
  });
});

describe('there is none', () => {
  test('with several queues', async () => {
    const { broker, worker } = setUpWorker({ leaseMs: 30_000, queues: ['a', 'b'] });
    broker.claimsOnWake = true;
    worker.start();
    (await broker.call('a')).reply();
    (await broker.call('b')).reply();
    expect((await broker.wait()).claim).toBeUndefined();
  });

  test('with leases that could be over before the wait is', async () => {
    const { broker } = await setUp({ leaseMs: 19_000 });
    expect((await broker.wait()).claim).toBeUndefined();
  });
});

test('once a handler has held up the event loop there is none while any runs: nobody could begin what it brings', async () => {
  const gate = deferred();
  let handler: () => unknown = () => {
    const end = performance.now() + 200;
    while (performance.now() < end);
  };
  const { broker, worker } = await setUp({ heartbeatMs: 100, handlers: () => handler() });
  let blocked = 0;
  worker.on('blocked', () => (blocked += 1));
  (await broker.wait()).claimed({ leases: [lease()] });
  (await broker.call()).reply();
  await until(() => blocked > 0, { what: 'the event' });
  // Begun while nothing ran.
  handler = () => gate.promise;
  (await broker.wait()).claimed({ leases: [lease()] });
  const beside = await broker.wait();
  expect(beside.claim).toBeUndefined();
  gate.resolve();
  (await broker.call()).reply();
  beside.wake(null);
  await until(() => broker.waits[0]?.claim !== undefined, { what: 'a wait with a claim' });
});

describe('it is ended', () => {
  test('when the worker stops: what it brought all the same goes back, and no handler is called', async () => {
    const started: string[] = [];
    const { broker, worker } = await setUp({
      handlers: (job) => {
        started.push(job.id);
      },
    });
    const wait = await broker.wait();
    const stopped = worker.stop();
    expect(wait.aborted).toBe(true);
    const one = lease();
    wait.claimed({ leases: [one], interrupted: true });
    const settling = await broker.call();
    expect(settling.items).toEqual([{ id: one.id, token: one.token, outcome: 'release' }]);
    expect(settling.claim.max).toBe(0);
    settling.reply({ settled: [{ status: 'settled', state: 'ready' }] });
    await stopped;
    expect(started).toEqual([]);
  });

  test('when the worker shall claim no more', async () => {
    const { broker, worker } = await setUp();
    const wait = await broker.wait();
    worker.quiet();
    expect(wait.aborted).toBe(true);
    wait.claimed({ interrupted: true });
    await settleDown();
    expect(broker.waits).toHaveLength(0);
    // The token that it may have taken is for somebody else.
    expect(broker.nudges).toEqual(['q']);
    expect(broker.open).toHaveLength(0);
  });

  test('when there are no slots for it any more', async () => {
    const gate = deferred();
    const { broker, worker } = await setUp({ handlers: () => gate.promise });
    (await broker.wait()).claimed({ leases: [lease()] });
    const wait = await broker.wait();
    worker.setConcurrency(3);
    expect(wait.aborted).toBe(false);
    worker.setConcurrency(2);
    expect(wait.aborted).toBe(true);
    wait.claimed({ interrupted: true });
    await until(() => broker.open.length > 0, { what: 'the claim of what may have come' });
    expect((await broker.call()).claim.max).toBe(1);
    gate.resolve();
  });
});
