import { describe, expect, it } from '@jest/globals';
import { ROUTES } from '@relay/contract';
import { clientAddress } from '../src/server/client-address.ts';
import { readConfig } from '../src/server/config.ts';
import { permissionsOf } from '../src/server/permissions.ts';
import { isOurs } from '../src/server/same-origin.ts';
import { whileGood } from '../src/server/while-good.ts';

describe('a write', () => {
  const from = (headers: Record<string, string>) =>
    isOurs(new Request('http://here/api/session', { method: 'POST', headers }));
  const own = { 'x-relay-dashboard': '1', host: 'here' };
  it.each([
    ['our field and nothing else', own, true],
    ['our page', { ...own, 'sec-fetch-site': 'same-origin', origin: 'http://here' }, true],
    [
      'our page behind a proxy',
      { ...own, host: 'inner', origin: 'https://dash', 'x-forwarded-host': 'dash' },
      true,
    ],
    ['a form of a foreign page', { host: 'here', origin: 'http://evil' }, false],
    ['a foreign page', { ...own, 'sec-fetch-site': 'cross-site' }, false],
    ['a neighbour', { ...own, 'sec-fetch-site': 'same-site' }, false],
    ['a foreign origin', { ...own, origin: 'http://evil' }, false],
    ['no origin', { ...own, origin: 'null' }, false],
    ['our page without our field', { host: 'here', 'sec-fetch-site': 'same-origin' }, false],
  ])('of %s', (_, headers, ours) => {
    expect(from(headers)).toBe(ours);
  });

  it('needs what its route needs, and for a bulk deletion more', () => {
    const bytes = (text: string) => new TextEncoder().encode(text).buffer;
    const act = (text: string) => permissionsOf(ROUTES.actOnJobs, bytes(text));
    expect(permissionsOf(ROUTES.pauseQueue, undefined)).toEqual(['queues.operate']);
    expect(act('{"action":"retry"}')).toEqual(['jobs.operate']);
    for (const text of [
      '{"action":"delete"}',
      '{"action":"del\\u0065te"}',
      '{',
      '[]',
      'null',
      '',
    ]) {
      expect(act(text)).toEqual(['jobs.operate', 'jobs.delete']);
    }
  });
});

describe('an address', () => {
  it('is the connection’s, or what the nearest trusted proxy saw', () => {
    const headers = new Headers({
      'x-relay-peer': '10.0.0.9',
      'x-forwarded-for': '1.1.1.1, 2.2.2.2',
    });
    expect([0, 1, 2, 3].map((hops) => clientAddress(headers, hops))).toEqual([
      '10.0.0.9',
      '2.2.2.2',
      '1.1.1.1',
      '10.0.0.9',
    ]);
  });
});

describe('a stream that ends with its session', () => {
  it('passes everything on until then, and lets go of its source', async () => {
    let good = true;
    let cancelled = false;
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(new Uint8Array([1])),
      cancel: () => {
        cancelled = true;
      },
    });
    const reader = whileGood(source, () => good, 5).getReader();
    expect((await reader.read()).value).toEqual(new Uint8Array([1]));
    good = false;
    expect((await reader.read()).done).toBe(true);
    expect(cancelled).toBe(true);
  });

  it('ends and fails with its source', async () => {
    const of = (source: ReadableStream<Uint8Array<ArrayBuffer>>) =>
      whileGood(source, () => true).getReader();
    const short = new ReadableStream({ start: (controller) => controller.close() });
    expect((await of(short).read()).done).toBe(true);
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error('x')) });
    await expect(of(broken).read()).rejects.toThrow('x');
  });
});

describe('the environment', () => {
  const read = (env: Record<string, string>) => readConfig(env);
  it('opens a public address only with users, or when told to', () => {
    expect(() => read({ HOST: '0.0.0.0' })).toThrow(/RELAY_USERS_FILE.*RELAY_AUTH=off/);
    expect(read({ HOST: '0.0.0.0', RELAY_USERS_FILE: 'f' }).auth).toBe('users');
    expect(read({ HOST: '0.0.0.0', RELAY_AUTH: 'off' }).auth).toBe('off');
    expect(read({}).auth).toBe('loopback');
  });

  it('contradicts itself at its peril', () => {
    expect(() => read({ RELAY_USERS_FILE: 'f', RELAY_AUTH: 'off' })).toThrow(/there are users/);
    expect(() => read({ RELAY_USERS_FILE: 'f', RELAY_USERS: '{}' })).toThrow(
      /are mutually exclusive/,
    );
    expect(() => read({ RELAY_SESSION_SECRET: 'short' })).toThrow(/at least 32 characters/);
    const two = `${'a'.repeat(32)} ${'b'.repeat(32)}`;
    expect(read({ RELAY_SESSION_SECRET: two }).session.secrets).toHaveLength(2);
  });
});
