import { describe, expect, it } from '@jest/globals';
import * as sdk from '../src/index.ts';
import { ACCEPTED, answering, caught, client, ok, problem, URL } from './answers.ts';

describe('retries', () => {
  it('repeat an enqueue unchanged, under one key of its own that lives for two minutes', async () => {
    const { fetch, sent } = answering(
      new TypeError('fetch failed'),
      problem('store-unavailable', 503),
      new Response('<html>', { status: 502 }),
      ok(ACCEPTED, { status: 201 }),
    );
    expect(await client(fetch).queue('q').enqueue('mail', { to: 'ada' })).toEqual(ACCEPTED);
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ text }) => text)).size).toBe(1);
    expect(sent[0]?.body).toEqual({
      type: 'mail',
      payload: { to: 'ada' },
      idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
      idempotencyWindowMs: 120_000,
    });
  });

  it('leave a key of the caller alone', async () => {
    const { fetch, sent } = answering(ok(ACCEPTED));
    await client(fetch).queue('q').enqueue('mail', 1, { idempotencyKey: 'mine' });
    expect(sent[0]?.body).toEqual({ type: 'mail', payload: 1, idempotencyKey: 'mine' });
  });

  it('end well before the key that a caller chose has gone', async () => {
    const { fetch, sent } = answering(problem('rate-limited', 429, { 'retry-after': '1' }));
    const queue = client(fetch).queue('q');
    const options = { idempotencyKey: 'mine', idempotencyWindowMs: 1_000 };
    expect((await caught(queue.enqueue('t', 1, options))).code).toBe('rate-limited');
    const [outcome] = await queue.enqueueMany([{ type: 't', payload: 1, ...options }]);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'rate-limited' } });
    expect(sent).toHaveLength(2);
  });

  it('do not repeat what is not safe, unless it was turned away at the door', async () => {
    const away = answering(problem('store-unavailable', 503));
    expect((await caught(client(away.fetch).queue('q').retry('j'))).code).toBe('store-unavailable');
    expect(away.sent).toHaveLength(1);
    const busy = answering(
      problem('rate-limited', 429),
      ok({ id: 'j', queue: 'q', state: 'ready' }),
    );
    await client(busy.fetch).queue('q').retry('j');
    expect(busy.sent).toHaveLength(2);
  });

  it('do not repeat what will not pass', async () => {
    for (const [slug, status] of [
      ['validation', 422],
      ['queue-full', 429],
      ['store-full', 503],
      ['unauthenticated', 401],
    ] as const) {
      const { fetch, sent } = answering(problem(slug, status));
      expect((await caught(client(fetch).queue('q').enqueue('t', 1))).code).toBe(slug);
      expect(sent).toHaveLength(1);
    }
  });

  it('give up at once when Retry-After lies beyond the deadline', async () => {
    const { fetch, sent } = answering(problem('rate-limited', 429, { 'retry-after': '61' }));
    const error = await caught(client(fetch).queue('q').enqueue('t', 1));
    expect(error.retryAfterMs).toBe(61_000);
    expect(sent).toHaveLength(1);
  });

  it('wait as long as Retry-After says', async () => {
    const { fetch } = answering(problem('rate-limited', 429, { 'retry-after': '1' }), ok(ACCEPTED));
    const startedAt = performance.now();
    await client(fetch).queue('q').enqueue('t', 1);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  });

  it('can be turned off', async () => {
    const { fetch, sent } = answering(new TypeError('fetch failed'));
    const error = await caught(client(fetch, { retry: false }).queue('q').enqueue('t', 1));
    expect(error).toBeInstanceOf(sdk.NetworkError);
    expect(sent).toHaveLength(1);
  });

  it('end with the signal of the caller, with its reason', async () => {
    const { fetch } = answering(problem('rate-limited', 429, { 'retry-after': '50' }));
    const abort = new AbortController();
    const reason = new Error('enough');
    const call = client(fetch).queue('q').enqueue('t', 1, { signal: abort.signal });
    setImmediate(() => abort.abort(reason));
    expect(await caught(call)).toBe(reason);
  });

  it('end a try that takes too long', async () => {
    const hanging: sdk.Fetch = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    const error = await caught(client(hanging, { timeoutMs: 5, retry: false }).job('j'));
    expect(error.message).toBe(`no answer from ${URL} to GET /v1/jobs/j: none within 5 ms`);
  });
});

describe('hooks', () => {
  it('see every try and may add a trace', async () => {
    const seen: unknown[] = [];
    const { fetch, sent } = answering(
      problem('internal', 500),
      ok(ACCEPTED, { headers: { 'x-request-id': 'r2' } }),
    );
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const relay = client(fetch, {
      apiKey: 'rk_abc_secret',
      hooks: {
        onRequest: ({ attempt, headers }) => {
          seen.push(attempt);
          headers.set('traceparent', traceparent);
        },
        onResponse: ({ status, requestId, durationMs }) =>
          seen.push([status, requestId, durationMs >= 0]),
      },
    });
    await relay.queue('q').enqueue('t', 1);
    expect(seen).toEqual([1, [500, undefined, true], 2, [200, 'r2', true]]);
    expect(sent[1]?.headers.get('traceparent')).toBe(traceparent);
    expect(sent[1]?.headers.get('authorization')).toBe('Bearer rk_abc_secret');
  });

  it('throw what they throw, once', async () => {
    for (const name of ['onRequest', 'onResponse']) {
      const { fetch, sent } = answering(ok(ACCEPTED));
      const hook = (): never => {
        throw new RangeError('the hook is broken');
      };
      const relay = client(fetch, { hooks: { [name]: hook } });
      await expect(relay.queue('q').enqueue('t', 1)).rejects.toThrow('the hook is broken');
      expect(sent.length).toBeLessThanOrEqual(1);
    }
  });
});
