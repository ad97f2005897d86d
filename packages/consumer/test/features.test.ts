import { describe, expect, jest, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { CrashError, type Logger, OptionsError, type Worker } from '../src/index.ts';
import { deferred, lease, settleDown } from './support/fake-broker.ts';
import { setUp } from './support/set-up.ts';

describe('middleware', () => {
  test('runs around handlers, the first one outermost, and may change the result', async () => {
    const seen: string[] = [];
    const { broker, worker } = setUp({ handlers: { a: () => seen.push('handler') } });
    worker
      .use(async (_job, _context, next) => {
        seen.push('outer');
        const result = await next();
        seen.push('outer again');
        return { wrapped: result };
      })
      .use((_job, _context, next) => {
        seen.push('inner');
        return next();
      });
    worker.start();
    (await broker.call()).reply({ leases: [lease({ type: 'a' })] });
    const settling = await broker.call();
    expect(seen).toEqual(['outer', 'inner', 'handler', 'outer again']);
    expect(settling.items[0]).toMatchObject({ outcome: 'complete', result: '{"wrapped":3}' });
    settling.reply();
  });

  test('that calls next() twice fails the attempt instead of running the job twice', async () => {
    let ran = 0;
    const { broker, worker } = setUp({ handlers: () => ran++ });
    worker.use(async (_job, _context, next) => {
      await next();
      await next();
    });
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    const settling = await broker.call();
    expect(ran).toBe(1);
    expect(settling.items[0]).toMatchObject({
      outcome: 'fail',
      error: { message: expect.stringContaining('next() twice') },
    });
    settling.reply();
  });
});

describe('while it runs', () => {
  test('handlers can be replaced: running jobs keep theirs', async () => {
    const gate = deferred<string>();
    const { broker, worker } = setUp({ concurrency: 2, handlers: () => gate.promise });
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    (await broker.wait()).wake('q');
    worker.setHandlers({ default: () => 'new' });
    expect(() => worker.setHandlers({})).toThrow(OptionsError);
    (await broker.call()).reply({ leases: [lease()] });
    const first = await broker.call();
    expect(first.items[0]).toMatchObject({ result: '"new"' });
    first.reply();
    gate.resolve('old');
    const second = await broker.call();
    expect(second.items[0]).toMatchObject({ result: '"old"' });
    second.reply();
  });

  test('the concurrency can grow and shrink', async () => {
    const gate = deferred();
    const { broker, worker } = setUp({ concurrency: 1, handlers: () => gate.promise });
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    await settleDown();
    expect(broker.open).toHaveLength(0);
    worker.setConcurrency(3);
    const more = await broker.call();
    expect(more.claim.max).toBe(2);
    more.reply({ leases: [lease(), lease()] });
    worker.setConcurrency(2);
    expect(() => worker.setConcurrency(0)).toThrow(OptionsError);
    gate.resolve();
    const settling = await broker.call();
    expect(settling.items).toHaveLength(3);
    expect(settling.claim.max).toBe(2);
    settling.reply();
    expect(worker.concurrency).toBe(2);
  });

  test('a quiet worker claims no more, gives tokens back, and can be taken back', async () => {
    const { broker, worker } = setUp();
    const told: boolean[] = [];
    worker.on('quiet', ({ quiet }) => told.push(quiet));
    worker.start();
    (await broker.call()).reply();
    const wait = await broker.wait();
    worker.quiet();
    wait.wake('q');
    await until(() => broker.nudges.length === 1, { what: 'the token to be given back' });
    await settleDown();
    expect(broker.open).toHaveLength(0);
    expect(broker.waits).toHaveLength(0);
    expect(worker.health()).toEqual({ ok: true, reasons: [] });
    worker.quiet(false);
    const again = await broker.call();
    expect(again.claim.max).toBe(4);
    again.reply();
    expect(told).toEqual([true, false]);
  });
});

describe('the registry of workers', () => {
  test('hears of the worker from its start to its end, and its quiet is honoured', async () => {
    const { broker, worker } = setUp({ presenceMs: 20, version: '1.2.3' });
    worker.start();
    (await broker.call()).reply();
    await until(() => broker.beats.length > 0, { what: 'a sign of life' });
    expect(broker.beats[0]).toMatchObject({
      registry: 'workers',
      id: worker.workerId,
      info: { kind: 'process', pid: process.pid, version: '1.2.3', queues: ['q'], slots: 4 },
    });
    broker.quiet = true;
    await until(() => worker.isQuiet, { what: 'it to be quiet' });
    broker.quiet = false;
    await until(() => !worker.isQuiet, { what: 'it to claim again' });
    (await broker.call()).reply();
    await worker.stop();
    expect(broker.beats.at(-1)?.info).toMatchObject({ draining: true });
    expect(broker.left).toEqual([worker.workerId]);
  });
});

describe('the log of a job', () => {
  test('goes to the worker’s log, and its last 20 lines with the settlement', async () => {
    const lines: [object, string][] = [];
    const logger = (fields: object): Logger => ({
      debug: () => undefined,
      info: (more, message) => lines.push([{ ...fields, ...more }, message]),
      warn: () => undefined,
      error: () => undefined,
      child: (more) => logger({ ...fields, ...more }),
    });
    const { broker, worker } = setUp({
      logger: logger({}),
      handlers: (_job, { log }) => {
        log.debug({}, 'not kept');
        for (let i = 0; i < 25; i++) log.child({ part: 1 }).info({ i }, `line ${i}`);
        throw new Error('no');
      },
    });
    worker.start();
    const job = lease();
    (await broker.call()).reply({ leases: [job] });
    const settling = await broker.call();
    const logs = settling.items[0]?.logs ?? [];
    expect(logs.map(({ message }) => message)).toEqual(
      Array.from({ length: 20 }, (_, i) => `line ${i + 5}`),
    );
    expect(lines[0]).toEqual([{ queue: 'q', job: job.id, attempt: 1, part: 1, i: 0 }, 'line 0']);
    settling.reply();
  });

  test('travels with a heartbeat while the job runs, and is not sent again', async () => {
    const gate = deferred();
    const { broker, worker } = setUp({
      heartbeatMs: 100,
      handlers: async (_job, { log }) => {
        log.info({}, 'x'.repeat(1_000));
        await gate.promise;
      },
    });
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    await until(() => broker.extensions.length > 1, { what: 'two heartbeats' });
    expect(broker.extensions[0]?.[0]?.logs).toMatchObject([{ message: 'x'.repeat(300) }]);
    expect(broker.extensions[1]?.[0]?.logs).toBeUndefined();
    gate.resolve();
    const settling = await broker.call();
    expect(settling.items[0]?.logs).toBeUndefined();
    settling.reply();
  });
});

describe('a crash of what runs the job', () => {
  test('is not settled: its lease is cut, and its slot is free', async () => {
    const causes: string[] = [];
    const { broker, worker } = setUp({
      concurrency: 1,
      handlers: (_job, { log }) => {
        log.error({}, 'the child died');
        throw new CrashError('the child died');
      },
    });
    worker.on('lost', ({ cause }) => causes.push(cause));
    worker.start();
    const job = lease();
    (await broker.call()).reply({ leases: [job] });
    const next = await broker.call();
    expect(next).toMatchObject({ items: [], claim: { max: 1 } });
    next.reply();
    expect(broker.extensions).toMatchObject([
      [{ id: job.id, token: job.token, leaseMs: 1_000, logs: [{ message: 'the child died' }] }],
    ]);
    expect(causes).toEqual(['crashed']);
  });
});

describe('health', () => {
  test('is red when the broker was closed under the worker', async () => {
    const { broker, worker } = setUp();
    worker.start();
    expect(worker.health().ok).toBe(true);
    (await broker.call()).fail(Object.assign(new Error('closed'), { code: 'closed' }));
    await settleDown();
    expect(worker.health()).toEqual({ ok: false, reasons: [expect.stringContaining('closed')] });
  });

  const healthIn = (worker: Worker, ms: number) => {
    const then = performance.now() + ms;
    const clock = jest.spyOn(performance, 'now').mockReturnValue(then);
    const health = worker.health();
    clock.mockRestore();
    return health;
  };

  test('is good for as long as a claim behind a wait is looked up while Redis is away', async () => {
    const { broker, worker } = setUp({ leaseMs: 30_000, pollMs: 50 });
    broker.claimsOnWake = true;
    worker.start();
    (await broker.call()).reply();
    await broker.wait();
    expect(healthIn(worker, 39_000)).toEqual({ ok: true, reasons: [] });
    expect(healthIn(worker, 60_000).reasons).toEqual([expect.stringContaining('looked at')]);
  });
});

describe('a handler that holds up the event loop', () => {
  test('is told of when the loop turns again', async () => {
    const blocked: { blockedMs: number; jobs: number; extended: number }[] = [];
    const { broker, worker } = setUp({
      heartbeatMs: 100,
      handlers: () => {
        const end = performance.now() + 200;
        while (performance.now() < end);
      },
    });
    worker.on('blocked', (event) => blocked.push(event));
    worker.start();
    (await broker.call()).reply({ leases: [lease()] });
    (await broker.call()).reply();
    await until(() => blocked.length > 0, { what: 'the event' });
    expect(blocked[0]?.blockedMs).toBeGreaterThanOrEqual(199);
    expect(blocked[0]?.extended).toBe(0);
  });
});
