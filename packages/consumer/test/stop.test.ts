import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { type LeaseLossCause, OptionsError } from '../src/index.ts';
import { deferred, lease, settleDown } from './support/fake-broker.ts';
import { setUp } from './support/set-up.ts';

describe('stop', () => {
  test('gives back, at no cost, what a claim under way brings', async () => {
    const ran: string[] = [];
    const { broker, worker } = setUp({ handlers: (job) => ran.push(job.id) });
    worker.start();
    const claim = await broker.call();
    const stopped = worker.stop();
    const job = lease();
    claim.reply({ leases: [job] });
    const last = await broker.call();
    expect(last.items).toEqual([{ id: job.id, token: job.token, outcome: 'release' }]);
    expect(last.claim.max).toBe(0);
    last.reply();
    await stopped;
    expect(ran).toEqual([]);
    expect(broker.listenerClosed).toBe(true);
  });

  test('is refused with a time that is none, and the worker goes on', async () => {
    const { broker, worker } = setUp({ handlers: () => 1 });
    worker.start();
    const claim = await broker.call();
    for (const drainMs of [Number.POSITIVE_INFINITY, Number.NaN, -1]) {
      await expect(worker.stop({ drainMs })).rejects.toThrow(OptionsError);
    }
    expect(worker.phase).toBe('running');
    const stopped = worker.stop();
    claim.reply();
    await stopped;
  });

  test('waits for running jobs, and heartbeats meanwhile', async () => {
    const gate = deferred();
    const { broker, worker } = setUp({ handlers: () => gate.promise, heartbeatMs: 100 });
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    await settleDown();
    const stopped = worker.stop({ drainMs: 10_000 });
    await until(() => broker.extensions.length > 1, { what: 'heartbeats during the drain' });
    gate.resolve();
    const last = await broker.call();
    expect(last.items[0]?.outcome).toBe('complete');
    last.reply();
    await stopped;
    expect(worker.phase).toBe('stopped');
  });

  test('aborts what does not end in time, and releases it', async () => {
    let reason: unknown;
    const { broker, worker } = setUp({
      handlers: (_job, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason as Error);
          });
        }),
    });
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    await settleDown();
    const stopped = worker.stop({ drainMs: 20 });
    const last = await broker.call();
    expect(last.items[0]?.outcome).toBe('release');
    last.reply();
    await stopped;
    expect(reason).toMatchObject({ code: 'worker-stopped' });
  });

  test('ends although a handler and the store never answer', async () => {
    const { broker, worker } = setUp({ handlers: () => new Promise(() => undefined) });
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    await settleDown();
    const lost: LeaseLossCause[] = [];
    worker.on('lost', ({ cause }) => lost.push(cause));
    await worker.stop({ drainMs: 0 });
    expect(lost).toEqual(['unsettled']);
    expect(worker.phase).toBe('stopped');
  });

  test('may be called again, before the start too, and leaves the token for others', async () => {
    const idle = setUp();
    await idle.worker.stop();
    idle.worker.start();
    await settleDown();
    expect(idle.broker.calls).toBe(0);
    const { broker, worker } = setUp();
    worker.start();
    (await broker.call()).reply();
    await broker.wait();
    const both = [worker.stop(), worker.stop()];
    await Promise.all(both);
    expect(both[0]).toBe(both[1]);
    // The wait was cut short: whether it had taken the token cannot be known.
    expect(broker.nudges).toEqual(['q']);
  });
});
