import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '@relay/broker';
import { until } from '@relay/testkit';
import type { LeaseLossCause, WorkerOptions } from '../src/index.ts';
import { lease, settleDown } from './support/fake-broker.ts';
import { setUp as setUpWorker } from './support/set-up.ts';

/** A worker whose handler ends only when its signal is aborted; `reasons` collects why. */
function setUp(options: Partial<WorkerOptions> = {}) {
  const reasons: { code: string }[] = [];
  const lost: LeaseLossCause[] = [];
  const { broker, worker } = setUpWorker({
    handlers: (_job, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason as Error);
        });
      }),
    heartbeatMs: 100,
    ...options,
  });
  worker.on('lost', ({ cause }) => lost.push(cause));
  worker.start();
  return { broker, worker, reasons, lost };
}

describe('the heartbeat', () => {
  test('extends all running jobs of a queue in one call', async () => {
    const { broker } = setUp();
    const leases = [lease(), lease(), lease()];
    (await broker.call()).reply({ leases });
    await until(() => broker.extensions.length > 0, { what: 'a heartbeat' });
    expect(broker.extensions[0]).toEqual(
      leases.map(({ id, token }) => ({ id, token, leaseMs: 1_000 })),
    );
  });

  test('a refused one aborts the handler and drops its settlement', async () => {
    const { broker, reasons, lost } = setUp();
    (await broker.call()).reply({ leases: [lease()] });
    broker.onExtend = (items) => items.map(() => ({ status: 'lease-lost' }));
    await until(() => reasons.length > 0, { what: 'the abort' });
    await settleDown();
    expect(reasons[0]).toMatchObject({ code: 'lease-lost' });
    expect(lost).toEqual(['refused']);
    expect(broker.open).toHaveLength(0);
  });

  test('a cancelled job is aborted once, and its settlement is sent all the same', async () => {
    const { broker, reasons } = setUp();
    (await broker.call()).reply({ leases: [lease()] });
    broker.onExtend = (items) =>
      items.map(() => ({ status: 'extended', expiresAt: 0, cancelRequested: true }));
    const settling = await broker.call();
    expect(settling.items[0]?.outcome).toBe('fail');
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatchObject({ code: 'cancelled' });
    settling.reply({ settled: [{ status: 'settled', state: 'cancelled' }] });
  });

  test('when no heartbeat can be sent, the stale worker stops by its own clock', async () => {
    const { broker, reasons, lost } = setUp();
    broker.onExtend = () => Promise.reject(new StoreUnavailableError('away'));
    const startedAt = performance.now();
    (await broker.call()).reply({ leases: [lease()] });
    await until(() => reasons.length > 0, { what: 'the abort' });
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect(lost).toEqual(['unconfirmed']);
    expect(broker.extensions.length).toBeGreaterThan(2);
  });

  test('carries progress within a second, and what `extend` asked for is not cut short', async () => {
    let extended = false;
    const { broker } = setUp({
      leaseMs: 30_000,
      heartbeatMs: 10_000,
      handlers: async (_job, { progress, extend }) => {
        progress({ percent: 40 });
        await extend(60_000);
        extended = true;
        progress(80);
        await new Promise(() => undefined);
      },
    });
    (await broker.call()).reply({ leases: [lease()] });
    await until(() => extended, { what: 'the extension' });
    expect(broker.extensions[0]).toMatchObject([{ leaseMs: 60_000, progress: '{"percent":40}' }]);
    await until(() => broker.extensions.length > 1, { what: 'the progress' });
    const [second] = broker.extensions[1] ?? [];
    expect(second?.progress).toBe('80');
    expect(second?.leaseMs).toBeGreaterThan(50_000);
  });
});

describe('the time limit of a job', () => {
  test('aborts the signal and settles as a timeout, once', async () => {
    const { broker, reasons } = setUp();
    const startedAt = performance.now();
    (await broker.call()).reply({ leases: [lease({ timeoutMs: 60 })] });
    const settling = await broker.call();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
    expect(settling.items).toHaveLength(1);
    expect(settling.items[0]?.outcome).toBe('timeout');
    settling.reply();
    await settleDown();
    expect(reasons[0]).toMatchObject({ code: 'timeout' });
    expect(broker.open).toHaveLength(0);
  });

  test('a handler that goes on loses its slot after the grace', async () => {
    const abandoned: string[] = [];
    const { broker, worker } = setUp({
      concurrency: 1,
      abortGraceMs: 50,
      handlers: () => new Promise(() => undefined),
    });
    worker.on('abandoned', ({ job }) => abandoned.push(job.id));
    const job = lease({ timeoutMs: 20 });
    (await broker.call()).reply({ leases: [job] });
    const settling = await broker.call();
    // Its slot is still taken: nothing can be claimed for it.
    expect(settling.claim.max).toBe(0);
    settling.reply();
    const next = await broker.call();
    expect(next.claim.max).toBe(1);
    expect(abandoned).toEqual([job.id]);
    next.reply();
  });

  test('a signal that is first read after its abort is aborted', async () => {
    let late: AbortSignal | undefined;
    const { broker } = setUp({
      handlers: async (_job, context) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        late = context.signal;
      },
    });
    (await broker.call()).reply({ leases: [lease({ timeoutMs: 20 })] });
    (await broker.call()).reply();
    await until(() => late !== undefined, { what: 'the handler' });
    expect(late?.aborted).toBe(true);
  });
});
