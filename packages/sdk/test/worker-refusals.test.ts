import { describe, expect, it } from '@jest/globals';
import { Relay, type WorkerEvents } from '../src/index.ts';
import { FakeRelay } from '../src/testing/index.ts';
import { problem } from './answers.ts';

const html = (status: number): Response =>
  new Response('<h1>not here</h1>', { status, headers: { 'content-type': 'text/html' } });

/** The fake; something else answers the first requests for a path. */
function behind(path: string, answers: Response[]) {
  const fake = new FakeRelay();
  const relay = new Relay({
    url: 'http://relay.test',
    retry: { baseMs: 1, capMs: 5 },
    fetch: async (url, init) =>
      (new URL(url).pathname === path ? answers.shift() : undefined) ??
      (await fake.fetch(url, init)),
  });
  return { relay, queue: relay.queue('q') };
}

describe('a settlement that somebody refuses', () => {
  it.each([
    ['a gateway that does not know the key yet', () => problem('unauthenticated', 401)],
    ['a key without that role', () => problem('forbidden', 403)],
    ['a proxy without a gateway', () => html(404)],
    ['a proxy that logs in', () => html(200)],
  ])('%s: is told again, and the job has not failed', async (_, answer) => {
    const { relay, queue } = behind('/v1/leases/settle', [answer(), answer(), answer()]);
    const settled: WorkerEvents['settled'][] = [];
    const worker = relay.worker({ queues: ['q'], handlers: { t: () => 'done' } });
    worker.on('settled', (event) => settled.push(event));
    const { id } = await queue.enqueue('t', 1, { maxAttempts: 1 });
    worker.start();
    expect(await queue.result(id)).toEqual({ state: 'completed', result: 'done' });
    await worker.stop();
    expect(settled).toMatchObject([{ outcome: 'completed', error: undefined }]);
  });

  it('for its result: the attempt has failed, and others go their way', async () => {
    const { relay, queue } = behind('/v1/leases/settle', [problem('validation', 422)]);
    const worker = relay.worker({ queues: ['q'], concurrency: 1, handlers: { t: () => 'done' } });
    const { id } = await queue.enqueue('t', 1, { maxAttempts: 1 });
    const next = await queue.enqueue('t', 1);
    worker.start();
    expect((await queue.result(next.id)).state).toBe('completed');
    await worker.stop();
    expect(await queue.job(id)).toMatchObject({ state: 'dead' });
  });
});
