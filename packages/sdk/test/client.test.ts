import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '@relay/contract';
import * as sdk from '../src/index.ts';
import { Relay, RelayError } from '../src/index.ts';
import { ACCEPTED, answering, caught, client, ok, problem, URL } from './answers.ts';

// biome-ignore lint/suspicious/noExplicitAny: an error class each.
const CLASSES = new Map<string, any>(Object.entries(sdk));

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
      expect.stringMatching(/^this gateway needs @relay\/sdk 9\.0\.0 or newer, not \S+$/),
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
    expect(wrong({ url: 'http://user:secret-thing@relay.test' })).toBe(
      'url must have no user or password',
    );
    expect(wrong({ apiKey: 'secret-thing' })).not.toContain('secret-thing');
    expect(wrong({ apikey: 'x' })).toContain('has no option "apikey"');
    expect(wrong({ retry: { maxMs: 60_001 } })).toContain('retry.maxMs');
    expect(wrong({ batch: { size: 1 } })).toContain('"size"');
    for (const name of ['no spaces', undefined, {}]) {
      expect(() => new Relay({ url: URL }).queue(name as string)).toThrow(sdk.OptionsError);
    }
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
    expect(await refused([new Date('no')])).toEqual({
      pointer: '/0',
      detail: 'is an Invalid Date',
    });
    expect(await refused(Buffer.from('x'))).toEqual({ pointer: '', detail: 'is a Uint8Array' });
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
