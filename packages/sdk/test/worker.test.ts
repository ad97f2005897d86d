import { describe, expect, it } from '@jest/globals';
import { OptionsError, Relay, type RelayWorker, type WorkerJob } from '../src/index.ts';
import { FakeRelay } from '../src/testing/index.ts';
import { problem } from './answers.ts';

/** The fake, with a network before it that may lose a request or its answer. */
function troubled(trouble: (path: string, sent: number) => 'request' | 'answer' | undefined) {
  const fake = new FakeRelay();
  const counts = new Map<string, number>();
  const relay = new Relay({
    url: 'http://relay.test',
    retry: { baseMs: 1, capMs: 5 },
    fetch: async (url, init) => {
      const { pathname } = new URL(url);
      const sent = (counts.get(pathname) ?? 0) + 1;
      counts.set(pathname, sent);
      const lost = trouble(pathname, sent);
      if (lost === 'request') throw new TypeError('fetch failed');
      const answer = await fake.fetch(url, init);
      if (lost === 'answer') throw new TypeError('fetch failed');
      return answer;
    },
  });
  return { fake, relay, queue: relay.queue('q') };
}

const event = (worker: RelayWorker, name: 'lost' | 'abandoned'): Promise<unknown> =>
  new Promise((resolve) => worker.on(name, resolve));

describe('a worker on a bad network', () => {
  it('runs a job once whose claim and settlement were answered in vain', async () => {
    const { relay, queue } = troubled((path, sent) =>
      sent === 1 && path.startsWith('/v1/leases') ? 'answer' : undefined,
    );
    const ran: string[] = [];
    const worker = relay.worker({
      queues: ['q'],
      handlers: { t: (job: WorkerJob) => ran.push(job.id) },
    });
    const { id } = await queue.enqueue('t', 1);
    worker.start();
    expect(await queue.result(id)).toEqual({ state: 'completed', result: 1 });
    await worker.stop();
    expect(ran).toEqual([id]);
    expect(await queue.job(id)).toMatchObject({ attempts: 1, crashes: 0 });
  });

  it('tells a handler that its lease has gone when no heartbeat comes through', async () => {
    const { relay, queue } = troubled((path) =>
      path === '/v1/leases/extend' || path === '/v1/leases/settle' ? 'request' : undefined,
    );
    let reason: unknown;
    const worker = relay.worker({
      queues: ['q'],
      leaseMs: 1_000,
      concurrency: 1,
      handlers: {
        t: (_: WorkerJob, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              reason = signal.reason;
              resolve(1);
            });
          }),
      },
    });
    const lost = event(worker, 'lost');
    await queue.enqueue('t', 1);
    worker.start();
    expect(await lost).toMatchObject({ cause: 'unconfirmed' });
    expect(reason).toMatchObject({ code: 'lease-lost' });
    await worker.stop({ drainMs: 0 });
  });

  it('gives the slot of a handler away that ignores its signal', async () => {
    const { relay, queue } = troubled(() => undefined);
    let finish: (value: unknown) => void = () => undefined;
    const stubborn = new Promise((resolve) => {
      finish = resolve;
    });
    const worker = relay.worker({
      queues: ['q'],
      concurrency: 1,
      abortGraceMs: 10,
      handlers: { stubborn: () => stubborn, next: () => 'ran' },
    });
    const abandoned = event(worker, 'abandoned');
    await queue.enqueue('stubborn', 1, { timeoutMs: 20, maxAttempts: 1 });
    const { id } = await queue.enqueue('next', 1);
    worker.start();
    await abandoned;
    expect(await queue.result(id)).toEqual({ state: 'completed', result: 'ran' });
    finish(1);
    await worker.stop();
  });
});

describe('a worker that is wrong', () => {
  it('ends with the reason when its first claim is refused for good', async () => {
    const relay = new Relay({
      url: 'http://relay.test',
      fetch: async () => problem('unauthenticated', 401),
    });
    const worker = relay.worker({ queues: ['q'], handlers: { t: () => 1 } });
    worker.start();
    await expect(worker.done).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(worker.phase).not.toBe('running');
  });

  it('is refused before it starts', () => {
    const { relay } = new FakeRelay();
    const handlers = { t: () => 1 };
    const make = (options: object) => () => relay.worker({ queues: ['q'], handlers, ...options });
    for (const options of [
      { queues: [] },
      { queues: ['no name'] },
      { handlers: {} },
      { handlers: { t: 1 } },
      { concurency: 3 },
      { concurrency: 0 },
      { leaseMs: 999 },
    ]) {
      expect(make(options)).toThrow(OptionsError);
    }
  });

  it('lives on when a handler throws what nobody can read', async () => {
    const { relay } = new FakeRelay();
    const trap = (): never => {
      throw new Error('trap');
    };
    const spiteful = Object.defineProperty(new Error(), 'message', { get: trap });
    const worker = relay.worker({
      queues: ['q'],
      handlers: {
        // oxlint-disable-next-line prefer-promise-reject-errors -- this is what is tested.
        proxy: () => Promise.reject(new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap })),
        getter: () => Promise.reject(spiteful),
        result: () => ({
          toJSON: () => {
            throw spiteful;
          },
        }),
      },
    });
    worker.start();
    for (const type of ['proxy', 'getter', 'result']) {
      const { id } = await relay.queue('q').enqueue(type, 1, { maxAttempts: 1 });
      const { state, error } = await relay.queue('q').result(id);
      expect([type, state]).toEqual([type, 'dead']);
      expect(error?.message).toMatch(/./);
    }
    await worker.stop();
  });

  it('keeps what a result cannot be as a failed attempt', async () => {
    const { relay } = new FakeRelay();
    const worker = relay.worker({
      queues: ['q'],
      handlers: { big: () => 'x'.repeat(70_000), odd: () => new Map() },
    });
    worker.start();
    for (const type of ['big', 'odd']) {
      const { id } = await relay.queue('q').enqueue(type, 1, { maxAttempts: 1 });
      expect(await relay.queue('q').result(id)).toMatchObject({
        state: 'dead',
        error: { name: 'InputError' },
      });
    }
    await worker.stop();
  });
});
