import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Relay } from '../src/index.ts';
import { answering, ok, problem, type Sent } from './answers.ts';

const accept = ({ body }: Sent): Response =>
  ok({
    results: body.jobs.map((job: { payload: unknown }, index: number) =>
      job.payload === 'bad'
        ? {
            index,
            status: 422,
            problem: {
              type: 'https://relay.dev/problems/validation',
              title: 'The request is invalid',
              status: 422,
              detail: `/jobs/${index}/payload: is bad`,
              errors: [{ pointer: `/jobs/${index}/payload`, detail: 'is bad' }],
            },
          }
        : { index, status: 201, id: `j${String(job.payload)}`, state: 'ready', duplicate: false },
    ),
    created: 0,
    duplicates: 0,
    failed: 0,
  });

describe('the micro-batcher', () => {
  const start = (maxJobs: number, maxWaitMs = 1_000) => {
    const { fetch, sent } = answering(accept);
    const relay = new Relay({ url: 'http://relay.test', fetch, batch: { maxJobs, maxWaitMs } });
    return { relay, queue: relay.queue('q'), sent };
  };

  it('sends a full batch at once, and gives each call its own answer', async () => {
    const { queue, sent } = start(3);
    const calls = [1, 'bad', 3].map((payload) => queue.enqueue('t', payload));
    const [first, second, third] = await Promise.allSettled(calls);
    expect(first).toMatchObject({ status: 'fulfilled', value: { id: 'j1' } });
    const reason = { code: 'validation', errors: [{ pointer: '/payload', detail: 'is bad' }] };
    expect(second).toMatchObject({ status: 'rejected', reason });
    expect(second).toHaveProperty('reason.message', 'The request is invalid: /payload is bad');
    expect(third).toMatchObject({ status: 'fulfilled', value: { id: 'j3' } });
    expect(sent).toHaveLength(1);
  });

  it('sends what it has after its time, or when it is told to', async () => {
    const late = start(100, 1);
    await late.queue.enqueue('t', 1);
    const told = start(100, 1_000);
    const call = told.queue.enqueue('t', 1);
    await new Promise((resolve) => setImmediate(resolve));
    await told.relay.flush();
    expect((await call).id).toBe('j1');
  });

  it('does not send a job that was given up', async () => {
    const { relay, queue, sent } = start(100);
    const abort = new AbortController();
    const call = queue.enqueue('t', 1, { signal: abort.signal });
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('never mind'));
    await expect(call).rejects.toThrow('never mind');
    await relay.flush();
    expect(sent).toHaveLength(0);
  });

  it('leaves nothing at a signal that outlives its jobs', async () => {
    const { queue } = start(2);
    const { signal } = new AbortController();
    await Promise.all([1, 2].map((payload) => queue.enqueue('t', payload, { signal })));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('enqueueMany', () => {
  it('takes a payload that cannot be read for the outcome of its own job', async () => {
    const { fetch } = answering(accept);
    const trap = {
      get field(): never {
        throw new Error('trap');
      },
    };
    const [bad, good] = await new Relay({ url: 'http://relay.test', fetch })
      .queue('q')
      .enqueueMany([
        { type: 't', payload: trap },
        { type: 't', payload: 1 },
      ]);
    expect(bad).toMatchObject({
      ok: false,
      error: { code: 'invalid-input', message: 'the job cannot be read: Error: trap' },
    });
    expect(good).toMatchObject({ ok: true });
  });

  it('cuts by number and by size, and keeps the order', async () => {
    const { fetch, sent } = answering(accept);
    const queue = new Relay({ url: 'http://relay.test', fetch }).queue('q');
    const small = Array.from({ length: 2_300 }, (_, payload) => ({ type: 't', payload }));
    const outcomes = await queue.enqueueMany(small);
    expect(sent.map(({ body }) => body.jobs.length)).toEqual([1_000, 1_000, 300]);
    expect(outcomes.map((one) => one.ok && one.job.id)).toEqual(
      small.map(({ payload }) => `j${payload}`),
    );
    sent.length = 0;
    const large = Array.from({ length: 9 }, () => ({ type: 't', payload: 'ü'.repeat(500_000) }));
    await queue.enqueueMany(large);
    expect(sent.map(({ body }) => body.jobs.length)).toEqual([4, 4, 1]);
    for (const { text } of sent) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_194_304);
  });

  it('sends again what the store did not answer for, and nothing else', async () => {
    const item = {
      type: 'https://relay.dev/problems/store-unavailable',
      title: '',
      status: 503,
      detail: '',
    };
    const { fetch, sent } = answering(
      ok({
        results: [
          { index: 0, status: 201, id: 'a', state: 'ready' },
          { index: 1, status: 503, problem: item },
        ],
      }),
      ok({ results: [{ index: 0, status: 200, id: 'b', state: 'ready', duplicate: true }] }),
    );
    const relay = new Relay({ url: 'http://relay.test', fetch, retry: { baseMs: 1 } });
    const jobs = [1, 2].map((payload) => ({ type: 't', payload }));
    expect(await relay.queue('q').enqueueMany(jobs)).toMatchObject([
      { ok: true, job: { id: 'a' } },
      { ok: true, job: { id: 'b', duplicate: true } },
    ]);
    expect(sent[1]?.body.jobs).toEqual([sent[0]?.body.jobs[1]]);
  });

  it('gives the rest up when a call fails for good', async () => {
    const { fetch, sent } = answering(accept, problem('forbidden', 403));
    const relay = new Relay({ url: 'http://relay.test', fetch });
    const jobs = Array.from({ length: 3_000 }, (_, payload) => ({ type: 't', payload }));
    const outcomes = await relay.queue('q').enqueueMany(jobs);
    expect(sent).toHaveLength(2);
    expect(outcomes.filter(({ ok: good }) => good)).toHaveLength(1_000);
    expect(outcomes.at(-1)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  });
});
