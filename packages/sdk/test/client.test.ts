import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '@relay/contract';
import * as sdk from '../src/index.ts';
import { Relay, RelayError, type RelayOptions } from '../src/index.ts';
import { ACCEPTED, answering, ok, problem } from './answers.ts';

const URL = 'http://relay.test';
// biome-ignore lint/suspicious/noExplicitAny: an error class each.
const CLASSES = new Map<string, any>(Object.entries(sdk));
const quick = { baseMs: 1, capMs: 2 };
const client = (fetch: sdk.Fetch, options: Partial<RelayOptions> = {}): Relay =>
  new Relay({ url: URL, fetch, retry: quick, ...options });
const caught = (promise: Promise<unknown>): Promise<RelayError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: RelayError) => error,
  );

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

describe('errors', () => {
  it('have a class for every problem of the contract', async () => {
    for (const [slug, { status }] of Object.entries(PROBLEMS)) {
      const { fetch } = answering(problem(slug, status, { 'x-request-id': 'r1' }));
      const error = await caught(client(fetch, { retry: false }).queue('q').enqueue('t', 1));
      expect(error).toMatchObject({
        code: slug,
        status,
        requestId: 'r1',
        message: `it is ${slug}`,
      });
      const name = error.name === 'TimeoutError' ? 'RequestTimeoutError' : error.name;
      expect(error).toBeInstanceOf(CLASSES.get(name));
      expect(error).toBeInstanceOf(RelayError);
    }
  });

  it('keep a slug that a newer gateway may have', async () => {
    const { fetch } = answering(problem('brand-new', 418));
    expect(await caught(client(fetch).job('j'))).toMatchObject({ code: 'brand-new', status: 418 });
  });

  it('say in one line that the url, the key or the version is wrong', async () => {
    const website = answering(
      new Response('<html>', { status: 404, headers: { 'content-type': 'text/html' } }),
    );
    const lines = [
      await caught(client(website.fetch).queue('q').enqueue('t', 1)),
      await caught(new Relay({ url: 'http://127.0.0.1:1', retry: false }).check()),
      await caught(client(answering(problem('unauthenticated', 401)).fetch).job('j')),
      await caught(client(answering(ok({ minClientVersion: '9.0.0' })).fetch).check()),
    ].map(({ message }) => message);
    expect(lines).toEqual([
      `${URL} answered 404 with text/html, not Relay's API: check the url`,
      expect.stringMatching(/^no answer from http:\/\/127\.0\.0\.1:1 to GET \/v1\/version: .+/),
      'it is unauthenticated',
      expect.stringMatching(
        /^@relay\/sdk \S+ is too old for this gateway: it needs 9\.0\.0 or newer$/,
      ),
    ]);
    for (const line of lines) expect(line).not.toContain('\n');
  });

  it.each([
    ['an object of something else', () => ok({ status: 'fine' })],
    ['an empty object', () => ok({}, { status: 201 })],
    ['a list', () => ok([])],
    ['null', () => ok(null)],
    ['a text', () => ok('hello')],
    ['nothing', () => new Response(null, { status: 204 })],
  ])('take %s for no answer of Relay', async (_, answer) => {
    const relay = new Relay({ url: 'http://relay.test', fetch: answering(answer).fetch });
    const queue = relay.queue('q');
    const calls: (() => Promise<unknown>)[] = [
      () => queue.enqueue('t', 1),
      () => queue.job('j'),
      () => queue.result('j'),
      () => relay.job('j'),
      () => relay.check(),
      () => relay.workers().next(),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'not-relay' });
    const [outcome] = await queue.enqueueMany([{ type: 't', payload: 1 }]);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'not-relay' } });
  });

  it('read a problem that is half of one', async () => {
    const answer = Response.json(
      { type: 'https://relay.dev/problems/forbidden', errors: 'x' },
      { status: 403 },
    );
    const relay = new Relay({ url: 'http://relay.test', fetch: answering(answer).fetch });
    await expect(relay.queue('q').job('j')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/forbidden/),
    });
  });

  it('refuse wrong options before anything is sent, without showing the key', () => {
    const wrong = (options: object): string => {
      try {
        return typeof new Relay({ url: URL, ...options });
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(wrong({ url: 'localhost:8080' })).toContain('url must be like https://');
    expect(wrong({ url: `${URL}/v1` })).toContain('before /v1');
    expect(wrong({ apiKey: 'secret-thing' })).not.toContain('secret-thing');
    expect(wrong({ apikey: 'x' })).toContain('has no option "apikey"');
    expect(wrong({ retry: { maxMs: 60_001 } })).toContain('retry.maxMs');
    expect(wrong({ batch: { size: 1 } })).toContain('"size"');
    expect(() => new Relay({ url: URL }).queue('no spaces')).toThrow(sdk.OptionsError);
  });

  it('know their version', () => {
    const manifest = JSON.parse(
      readFileSync(new globalThis.URL('../package.json', import.meta.url), 'utf8'),
    );
    expect(sdk.VERSION).toBe(manifest.version);
  });
});

describe('bad input', () => {
  const refused = async (payload: unknown): Promise<unknown> => {
    const { fetch, sent } = answering(ok(ACCEPTED));
    const error = await caught(client(fetch).queue('q').enqueue('t', payload));
    expect(sent).toHaveLength(0);
    expect(error).toBeInstanceOf(sdk.InputError);
    return error.errors[0];
  };

  it('is refused before it is sent, with its path', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = { again: cycle };
    let deep: unknown = 1;
    for (let level = 0; level < 130; level += 1) deep = [deep];
    expect(await refused({ a: [1, { 'b/c': 10n }] })).toEqual({
      pointer: '/a/1/b~1c',
      detail: 'is a bigint',
    });
    expect(await refused(cycle)).toMatchObject({ pointer: '/self/again' });
    expect(await refused({ f: () => 1 })).toEqual({ pointer: '/f', detail: 'is a function' });
    expect(await refused(undefined)).toEqual({ pointer: '', detail: 'is undefined' });
    expect(await refused([undefined])).toEqual({ pointer: '/0', detail: 'is undefined' });
    expect(await refused({ n: Number.NaN })).toEqual({ pointer: '/n', detail: 'is NaN' });
    expect(await refused({ m: new Map() })).toEqual({ pointer: '/m', detail: 'is a Map' });
    expect(await refused(deep)).toMatchObject({ detail: 'is deeper than 128 levels' });
    expect(await refused('ä'.repeat(600_000))).toMatchObject({
      detail: expect.stringContaining('1200002 bytes'),
    });
    expect(await refused('x'.repeat(1_048_570))).toMatchObject({ pointer: '/payload' });
  });

  it('is not what JSON can carry: dates, absent properties, falsy values', async () => {
    for (const payload of [0, '', false, null, { at: new Date(0), gone: undefined }]) {
      const { fetch, sent } = answering(ok(ACCEPTED));
      await client(fetch).queue('q').enqueue('t', payload);
      expect(sent[0]?.body.payload).toEqual(JSON.parse(JSON.stringify(payload)));
    }
  });

  it('is an unknown option, too', async () => {
    const { fetch, sent } = answering(ok(ACCEPTED));
    const queue = client(fetch).queue('q');
    // @ts-expect-error -- that it is a type error is half of the test.
    expect((await caught(queue.enqueue('t', 1, { prioritty: 1 }))).message).toContain(
      '"prioritty"',
    );
    // @ts-expect-error -- likewise.
    expect((await caught(queue.result('j', { timeout: 1 }))).message).toContain('"timeout"');
    expect(sent).toHaveLength(0);
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
