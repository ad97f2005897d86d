import { expect } from '@jest/globals';
import { until } from '@relay/testkit';
import {
  type JobContext,
  NonRetryableError,
  RetryLaterError,
  type WorkerEvents,
  type WorkerJob,
} from '../../src/index.ts';
import type { Area } from './suite.ts';
import { working } from './tools.ts';

const signalled = ({ signal }: JobContext): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

export const WORKING: Area = {
  area: 'working',
  behaviours: {
    'a result comes back as it was, falsy ones too': async (relay, name) => {
      const queue = relay.queue(name);
      await using _ = working(relay, name, (job: WorkerJob) => job.payload);
      for (const value of [0, '', false, null, { a: ['ü'] }]) {
        const { id } = await queue.enqueue('echo', value);
        expect(await queue.result(id)).toEqual({ state: 'completed', result: value });
      }
    },
    'a handler that returns nothing has no result': async (relay, name) => {
      const queue = relay.queue(name);
      await using _ = working(relay, name, () => undefined);
      const { id } = await queue.enqueue('t', 1);
      expect(await queue.result(id)).toMatchObject({ state: 'completed' });
    },
    'many jobs run, at most so many at once': async (relay, name) => {
      let most = 0;
      let running = 0;
      const worker = working(
        relay,
        name,
        async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          return 'done';
        },
        { concurrency: 4 },
      );
      await using _ = worker;
      const outcomes = await relay
        .queue(name)
        .enqueueMany(Array.from({ length: 60 }, (_hole, payload) => ({ type: 't', payload })));
      for (const one of outcomes) {
        if (!one.ok) throw one.error;
        expect((await relay.queue(name).result(one.job.id)).state).toBe('completed');
      }
      expect(most).toBeLessThanOrEqual(4);
      expect((await relay.queue(name).stats()).completed).toBe(60);
    },
    'a failure is tried again, until it is dead with its error': async (relay, name) => {
      const queue = relay.queue(name);
      const attempts: number[] = [];
      await using _ = working(relay, name, (_job: WorkerJob, { attempt }) => {
        attempts.push(attempt);
        throw new RangeError('too far');
      });
      const backoff = { type: 'fixed', baseMs: 60_000, jitter: 'none' } as const;
      const { id } = await queue.enqueue('t', 1, { maxAttempts: 2, backoff });
      // Nobody promotes here: an operator does.
      await until(async () => (await queue.job(id)).state === 'scheduled', { what: 'the backoff' });
      await queue.promote(id);
      const { state: end, error } = await queue.result(id);
      expect([end, error?.name, error?.message]).toEqual(['dead', 'RangeError', 'too far']);
      expect(attempts).toEqual([1, 2]);
      expect(await queue.job(id)).toMatchObject({ reason: 'attempts-exhausted', attempts: 2 });
    },
    'what is thrown decides: never again, later, back at no cost': async (relay, name) => {
      const queue = relay.queue(name);
      let released = 0;
      await using _ = working(relay, name, ({ type }: WorkerJob, { release }) => {
        if (type === 'never') throw new NonRetryableError('useless');
        if (type === 'later') throw new RetryLaterError(3_600_000);
        released += 1;
        if (released === 1) release();
        return released;
      });
      const never = await queue.enqueue('never', 1);
      const later = await queue.enqueue('later', 1);
      const release = await queue.enqueue('release', 1);
      expect(await queue.result(never.id)).toMatchObject({ state: 'dead' });
      expect(await queue.job(never.id)).toMatchObject({ reason: 'non-retryable' });
      expect(await queue.result(release.id)).toEqual({ state: 'completed', result: 2 });
      expect((await queue.job(release.id)).attempts).toBeLessThanOrEqual(1);
      const waiting = await queue.job(later.id);
      expect(waiting.state).toBe('scheduled');
      expect(Date.parse(waiting.runAt)).toBeGreaterThan(Date.now() + 3_000_000);
    },
    'a cancel reaches the handler, and the job ends as cancelled': async (relay, name) => {
      const queue = relay.queue(name);
      const { id } = await queue.enqueue('t', 1);
      let reason: unknown;
      const settings = { leaseMs: 1_000, heartbeatMs: 100 };
      let begun = (): void => undefined;
      const started = new Promise<void>((resolve) => {
        begun = resolve;
      });
      await using _ = working(
        relay,
        name,
        async (_job: WorkerJob, context) => {
          begun();
          await signalled(context).catch((error: unknown) => {
            reason = error;
          });
        },
        settings,
      );
      await started;
      expect(await queue.cancel(id)).toMatchObject({ state: 'active' });
      expect(await queue.result(id)).toMatchObject({ state: 'cancelled' });
      expect(reason).toMatchObject({ code: 'cancelled' });
    },
    'a lease is kept alive, and progress is shown': async (relay, name) => {
      const queue = relay.queue(name);
      const { id } = await queue.enqueue('t', 1);
      let finish = (): void => undefined;
      const may = new Promise<void>((resolve) => {
        finish = resolve;
      });
      await using _ = working(
        relay,
        name,
        async (_job: WorkerJob, { progress, extend }) => {
          progress({ at: 'half' });
          await extend(5_000);
          await may;
          return 'ok';
        },
        { leaseMs: 5_000, heartbeatMs: 100 },
      );
      const lease = async (): Promise<number> =>
        Date.parse((await queue.job(id)).leaseExpiresAt ?? '');
      const first = await until(lease, { what: 'the lease' });
      await until(async () => (await lease()) > first + 100, { what: 'a longer lease' });
      expect((await queue.job(id)).progress).toEqual({ at: 'half' });
      finish();
      expect(await queue.result(id)).toEqual({ state: 'completed', result: 'ok' });
    },
    'a job that runs longer than its timeout has failed': async (relay, name) => {
      const queue = relay.queue(name);
      await using _ = working(relay, name, (_job: WorkerJob, context) => signalled(context));
      const { id } = await queue.enqueue('t', 1, { timeoutMs: 50, maxAttempts: 1 });
      const { state, error } = await queue.result(id);
      expect([state, error?.name]).toEqual(['dead', 'JobTimeoutError']);
    },
    'a worker that stops gives back what does not end, at no cost': async (relay, name) => {
      const queue = relay.queue(name);
      const { id } = await queue.enqueue('t', 1);
      const settled: WorkerEvents['settled'][] = [];
      const worker = relay.worker({
        queues: [name],
        handlers: { t: (_job: WorkerJob, context) => signalled(context) },
      });
      const begun = new Promise((resolve) => worker.on('started', resolve));
      worker.on('settled', (event) => settled.push(event));
      worker.start();
      await begun;
      await worker.stop({ drainMs: 20 });
      await worker.done;
      expect(settled).toMatchObject([{ outcome: 'released', state: 'ready' }]);
      expect(await queue.job(id)).toMatchObject({ state: 'ready', attempts: 0, crashes: 0 });
    },
    'a worker that stops settles the last job that it runs': async (relay, name) => {
      const queue = relay.queue(name);
      let finish: (value?: unknown) => void = () => undefined;
      const may = new Promise((resolve) => {
        finish = resolve;
      });
      const { id } = await queue.enqueue('t', 1);
      const worker = relay.worker({ queues: [name], handlers: { t: () => may } });
      const ends: string[] = [];
      for (const what of ['settled', 'lost'] as const) worker.on(what, () => ends.push(what));
      const begun = new Promise((resolve) => worker.on('started', resolve));
      worker.start();
      await begun;
      const stopped = worker.stop();
      finish('done');
      await stopped;
      expect(ends).toEqual(['settled']);
      expect(await queue.job(id)).toMatchObject({ state: 'completed', attempts: 1, crashes: 0 });
    },
    'a job that nobody knows goes back': async (relay, name) => {
      const queue = relay.queue(name);
      const { id } = await queue.enqueue('unknown', 1);
      const worker = relay.worker({ queues: [name], handlers: { known: () => 1 } });
      await using _ = worker;
      const settled = new Promise((resolve) => worker.on('settled', resolve));
      worker.start();
      expect(await settled).toMatchObject({ outcome: 'released', state: 'scheduled' });
      expect((await queue.job(id)).attempts).toBe(0);
    },
  },
};
