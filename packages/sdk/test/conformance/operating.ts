import { expect } from '@jest/globals';
import { until } from '@relay/testkit';
import { type Relay, RevisionMismatchError } from '../../src/index.ts';
import type { Area } from './suite.ts';
import { collect, deadJob, failure } from './tools.ts';

async function done(relay: Relay, operationId: string): Promise<number> {
  const ended = await until(
    async () => {
      const operation = await relay.operation(operationId);
      return operation.state === 'running' ? undefined : operation;
    },
    { what: 'the end of the operation' },
  );
  expect(ended.state).toBe('done');
  return ended.done;
}

export const OPERATING: Area = {
  area: 'operating',
  behaviours: {
    'a queue is paused and resumed': async (relay, name) => {
      const queue = relay.queue(name);
      await queue.enqueue('t', 1);
      expect(await queue.pause()).toMatchObject({ name, paused: true });
      expect((await queue.info()).paused).toBe(true);
      expect(await queue.resume()).toMatchObject({ paused: false });
    },
    'settings stay where they are not changed, and null takes one away': async (relay, name) => {
      const queue = relay.queue(name);
      await queue.enqueue('t', 1);
      await queue.settings({ maxReady: 2, defaults: { maxAttempts: 9 } });
      const { config } = await queue.settings({ concurrency: 3 });
      expect(config).toMatchObject({ maxReady: 2, concurrency: 3, defaults: { maxAttempts: 9 } });
      const { id } = await queue.enqueue('t', 1);
      expect((await queue.job(id)).maxAttempts).toBe(9);
      expect((await failure(queue.enqueue('t', 1))).code).toBe('queue-full');
      expect((await queue.settings({ maxReady: null })).config.maxReady).toBeNull();
      // @ts-expect-error -- an unknown setting is a type error, and refused.
      expect((await failure(queue.settings({ maxRedy: 1 }))).code).toBe('validation');
    },
    'of two who change the same settings the second is told': async (relay, name) => {
      const queue = relay.queue(name);
      await queue.enqueue('t', 1);
      const { revision: ifRevision } = (await queue.info()).config;
      const { config } = await queue.settings({ concurrency: 3, ifRevision });
      expect(config.revision).not.toBe(ifRevision);
      const error = await failure(queue.settings({ concurrency: 8, ifRevision }));
      expect(error).toBeInstanceOf(RevisionMismatchError);
      expect(error).toMatchObject({ code: 'revision-mismatch', status: 409 });
      expect((await queue.info()).config).toEqual(config);
      expect((await queue.settings({ concurrency: 3, ifRevision })).config).toEqual(config);
      await queue.settings({ concurrency: 8, ifRevision: config.revision });
      await queue.remove({ force: true });
      const late = { concurrency: 9, ifRevision: config.revision };
      expect((await failure(queue.settings(late))).code).toBe('not-found');
    },
    'queues are listed, searched, counted and removed': async (relay, name) => {
      const queue = relay.queue(name);
      await queue.enqueue('t', 1);
      const [found] = await collect(relay.queues({ search: name }));
      expect(found).toMatchObject({ name, paused: false, counts: { ready: 1, active: 0 } });
      expect(await queue.stats()).toMatchObject({ ready: 1, enqueuedTotal: 1, dead: 0 });
      expect((await failure(queue.remove())).code).toBe('invalid-state');
      await queue.remove({ force: true });
      expect((await failure(queue.info())).code).toBe('not-found');
    },
    'dead letters are listed, sent back and counted': async (relay, name) => {
      const { deadLetters } = relay.queue(name);
      const id = await deadJob(relay, name);
      const [letter] = await collect(deadLetters.list({ reason: 'attempts-exhausted' }));
      expect(letter).toMatchObject({
        id,
        state: 'dead',
        error: { name: 'TypeError', message: 'it broke' },
      });
      expect(await collect(deadLetters.list({ reason: 'crashed' }))).toEqual([]);
      expect(await deadLetters.requeueMany({ filter: {}, dryRun: true })).toEqual({ matched: 1 });
      const { items } = await relay.deadLetterGroups({ queue: name });
      expect(items).toMatchObject([{ queue: name, count: 1, reason: 'attempts-exhausted' }]);
      expect(await deadLetters.requeue(id, { payload: { n: 2 } })).toEqual({
        id,
        queue: name,
        state: 'ready',
      });
      expect(await relay.queue(name).job(id)).toMatchObject({ payload: { n: 2 }, attempts: 0 });
      expect((await failure(deadLetters.requeue(id))).code).toBe('invalid-state');
    },
    'dead letters are sent back and purged in the background': async (relay, name) => {
      const { deadLetters, ...queue } = {
        deadLetters: relay.queue(name).deadLetters,
        q: relay.queue(name),
      };
      const id = await deadJob(relay, name);
      const requeued = await deadLetters.requeueMany({ filter: { reason: 'attempts-exhausted' } });
      expect(await done(relay, requeued.operationId)).toBe(1);
      expect((await queue.q.job(id)).state).toBe('ready');
      await queue.q.delete(id);
      await deadJob(relay, name);
      const purged = await deadLetters.purge({ filter: {} });
      expect(await done(relay, purged.operationId)).toBe(1);
      expect(await collect(deadLetters.list())).toEqual([]);
    },
    'a dead job is retried': async (relay, name) => {
      const id = await deadJob(relay, name);
      expect(await relay.queue(name).retry(id)).toEqual({ id, queue: name, state: 'ready' });
      expect((await failure(relay.queue(name).retry(id))).code).toBe('invalid-state');
    },
    'one action is done to many jobs': async (relay, name) => {
      const queue = relay.queue(name);
      await queue.enqueueMany([
        { type: 'a', payload: 1 },
        { type: 'b', payload: 2 },
        { type: 'a', payload: 3 },
      ]);
      const filter = { state: 'ready', type: 'a' } as const;
      expect(await queue.act({ action: 'cancel', filter, dryRun: true })).toEqual({ matched: 2 });
      const { operationId } = await queue.act({ action: 'cancel', filter });
      expect(await done(relay, operationId)).toBe(2);
      expect(await queue.stats()).toMatchObject({ ready: 1, cancelled: 2 });
      const purge = await queue.purge(['ready', 'cancelled']);
      expect(await done(relay, purge.operationId)).toBe(3);
      expect(await queue.stats()).toMatchObject({ ready: 0, cancelled: 0 });
    },
    'the service says what it is': async (relay) => {
      expect(await relay.check()).toMatchObject({
        api: 'v1',
        minClientVersion: expect.any(String),
      });
    },
    'queues are told as they change': async (relay, name) => {
      const queue = relay.queue(name);
      await queue.enqueue('t', 1);
      const seen: string[] = [];
      for await (const { type, queues } of relay.events({ queues: [name] })) {
        const ready = queues.find((one) => one.name === name)?.counts.ready;
        if (ready === undefined) continue;
        seen.push(`${type} ${ready}`);
        if (ready === 2) break;
        if (seen.length === 1) await queue.enqueue('t', 2);
      }
      expect([seen[0], seen.at(-1)]).toEqual(['snapshot 1', 'delta 2']);
    },
  },
};
