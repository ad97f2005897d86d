import { expect } from '@jest/globals';
import type { Area } from './suite.ts';
import { collect, failure } from './tools.ts';

export const PRODUCING: Area = {
  area: 'producing',
  behaviours: {
    'a job is accepted and can be read': async (relay, name) => {
      const queue = relay.queue(name);
      const { id, state, duplicate } = await queue.enqueue(
        'welcome',
        { to: 'ada' },
        { priority: 7 },
      );
      expect([state, duplicate]).toEqual(['ready', false]);
      const job = await queue.job(id);
      expect(job).toMatchObject({
        id,
        queue: name,
        state: 'ready',
        type: 'welcome',
        payload: { to: 'ada' },
        priority: 7,
        attempts: 0,
        crashes: 0,
        result: null,
        history: [],
        headers: {},
      });
      expect(await relay.job(id)).toEqual(job);
    },
    'a job for later is scheduled, and may be changed and promoted': async (relay, name) => {
      const queue = relay.queue(name);
      const { id, state } = await queue.enqueue('t', 1, {
        runAt: new Date(Date.now() + 3_600_000),
      });
      expect(state).toBe('scheduled');
      const runAt = new Date(Date.now() + 7_200_000);
      expect(await queue.change(id, { priority: 3, runAt })).toMatchObject({ state: 'scheduled' });
      expect(await queue.job(id)).toMatchObject({ priority: 3, runAt: runAt.toISOString() });
      expect(await queue.promote(id)).toEqual({ id, queue: name, state: 'ready' });
      expect((await failure(queue.promote(id))).code).toBe('invalid-state');
    },
    'the same key and request is the same job, another request is refused': async (relay, name) => {
      const queue = relay.queue(name);
      const first = await queue.enqueue('t', { a: 1 }, { idempotencyKey: 'k' });
      const again = await queue.enqueue('t', { a: 1 }, { idempotencyKey: 'k' });
      expect(again).toEqual({ ...first, duplicate: true });
      const other = await failure(queue.enqueue('t', { a: 2 }, { idempotencyKey: 'k' }));
      expect(other.code).toBe('idempotency-mismatch');
      expect((await queue.idempotencyKey('k')).id).toBe(first.id);
      expect((await failure(queue.idempotencyKey('none'))).code).toBe('not-found');
    },
    'many jobs have each their own outcome, in order': async (relay, name) => {
      const outcomes = await relay.queue(name).enqueueMany([
        { type: 'a', payload: 1 },
        { type: 'not a name', payload: 2 },
        { type: 'c', payload: 3n },
        { type: 'd', payload: 4, idempotencyKey: 'd' },
        { type: 'd', payload: 4, idempotencyKey: 'd' },
      ]);
      const said = outcomes.map((one) => (one.ok ? one.job.duplicate : one.error.code));
      expect(said).toEqual([false, 'validation', 'invalid-input', false, true]);
    },
    'what is not valid is refused with its place': async (relay, name) => {
      const error = await failure(relay.queue(name).enqueue('t', 1, { priority: 5_000 }));
      expect(error.code).toBe('validation');
      expect(error.errors).toEqual([{ pointer: '/priority', detail: expect.any(String) }]);
    },
    'there is nothing where nothing was put': async (relay, name) => {
      expect((await failure(relay.queue(name).job('nope'))).code).toBe('not-found');
      expect((await failure(relay.queue(name).info())).code).toBe('not-found');
      expect((await failure(relay.job('nope'))).code).toBe('not-found');
      expect((await failure(relay.operation('nope12345678'))).code).toBe('not-found');
    },
    'a list goes over all pages, in either order, of one type': async (relay, name) => {
      const queue = relay.queue(name);
      const jobs = Array.from({ length: 450 }, (_, n) => ({
        type: n % 2 ? 'odd' : 'even',
        payload: n,
      }));
      const ids = (await queue.enqueueMany(jobs)).map((one) => (one.ok ? one.job.id : ''));
      const asc = (await collect(queue.jobs({ state: 'ready', order: 'asc' }))).map(({ id }) => id);
      expect(asc).toEqual(ids);
      const desc = (await collect(queue.jobs({ state: 'ready', order: 'desc' }))).map(
        ({ id }) => id,
      );
      expect(desc).toEqual(ids.toReversed());
      expect(await collect(queue.jobs({ state: 'ready', type: 'odd' }))).toHaveLength(225);
      expect(await collect(queue.jobs({ state: 'dead' }))).toEqual([]);
    },
    'a job is cancelled, deleted, and its result says so': async (relay, name) => {
      const queue = relay.queue(name);
      const { id } = await queue.enqueue('t', 1);
      expect(await queue.cancel(id, { reason: 'no need' })).toEqual({
        id,
        queue: name,
        state: 'cancelled',
      });
      expect(await queue.result(id)).toMatchObject({ state: 'cancelled' });
      expect((await failure(queue.cancel(id))).code).toBe('invalid-state');
      await queue.delete(id);
      expect((await failure(queue.delete(id))).code).toBe('not-found');
    },
    'a wait for a result has a deadline': async (relay, name) => {
      const queue = relay.queue(name);
      const { id } = await queue.enqueue('t', 1);
      const error = await failure(queue.result(id, { timeoutMs: 50 }));
      expect(error).toMatchObject({ code: 'not-ended', state: 'ready' });
    },
  },
};
