import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { assertSupported, parseServerInfo } from '../src/connection.ts';
import { decodeCursor, encodeCursor } from '../src/cursor.ts';
import { newJobId, newTokenBase, randomText } from '../src/ids.ts';
import * as everything from '../src/index.ts';
import { BrokerError, isJobId, NAME_PATTERN } from '../src/index.ts';
import { queueKeys } from '../src/keys.ts';
import { isLeaseToken } from '../src/names.ts';
import { parseBackoff, parseLease, parseRecord, parseTrace } from '../src/record.ts';
import { encodeBackoff, encodeRequest } from '../src/request.ts';
import { judge } from '../src/store-error.ts';

const seed = Number(process.env.RELAY_SEED ?? Date.now() % 2 ** 31);

describe(`ids, seed ${seed}`, () => {
  test('sort by their time, until the year 2100 at least', () => {
    const time = fc.integer({ min: 1_577_836_800_000, max: 4_102_444_800_000 });
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [first, second] = [newJobId(a).slice(0, 7), newJobId(b).slice(0, 7)];
        expect(first < second).toBe(a < b);
        expect(newJobId(a)).toHaveLength(20);
      }),
      { seed },
    );
  });

  test('are of letters and digits, each as likely as the others', () => {
    const counts = new Map<string, number>();
    for (const letter of randomText(62_000)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // 1,000 ± 32 each: 6 sigma.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(190);
  });

  test('are told from what is none', () => {
    expect(isJobId(newJobId())).toBe(true);
    for (const text of ['', 'a b', 'a:b', 'x'.repeat(41), 'é']) expect(isJobId(text)).toBe(false);
    expect(isLeaseToken(`${newTokenBase()}.1000`)).toBe(true);
    for (const text of ['', 'a b', 'a\n', 'x'.repeat(65)]) expect(isLeaseToken(text)).toBe(false);
  });
});

test('names are safe in keys and messages', () => {
  for (const name of ['a', 'A.b-c_9', '0', 'x'.repeat(128)]) expect(name).toMatch(NAME_PATTERN);
  for (const name of ['', '-a', '.a', 'a b', 'a{b}', 'a:b', 'a\n', 'é', 'x'.repeat(129)])
    expect(name).not.toMatch(NAME_PATTERN);
});

test('all keys of a queue share its hash tag', () => {
  for (const key of Object.values(queueKeys)) expect(key('ns', 'q.1')).toMatch(/^ns:\{q\.1\}:\w+$/);
  const keys = Object.values(queueKeys).map((key) => key('ns', 'q'));
  expect(new Set(keys).size).toBe(keys.length);
});

describe(`records, seed ${seed}`, () => {
  const requests = fc.record({
    payload: fc.string({ unit: 'binary', minLength: 1 }),
    type: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
    priority: fc.integer({ min: -1_000, max: 1_000 }),
    maxAttempts: fc.integer({ min: 1, max: 1_000 }),
    maxCrashes: fc.integer({ min: 1, max: 100 }),
    timeoutMs: fc.integer({ min: 1, max: 86_400_000 }),
    expiresInMs: fc.integer({ min: 1, max: 315_576_000_000 }),
    headers: fc.dictionary(fc.string(), fc.string()),
    idempotencyKey: fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }),
    backoff: fc.record({
      type: fc.constantFrom('exponential' as const, 'fixed' as const),
      baseMs: fc.integer({ min: 1, max: 86_400_000 }),
      capMs: fc.integer({ min: 1, max: 2_592_000_000 }),
      jitter: fc.constantFrom('full' as const, 'none' as const),
    }),
  });

  test('hold what the request said', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { spec, body } = encodeRequest(request);
        const { head, payload } = parseRecord(`17 42 ${spec}\n${body}`);
        const { payload: given, ...rest } = request;
        expect(payload).toBe(given);
        expect(head).toEqual({ createdAt: 17, dueAt: 42, ...rest, headers: { ...rest.headers } });
      }),
      { seed },
    );
  });

  test('backoffs are read as they were written', () => {
    for (const type of ['exponential', 'fixed'] as const) {
      for (const jitter of ['full', 'none'] as const) {
        const backoff = { type, baseMs: 3, capMs: 9, jitter };
        const [kind = '', base, cap] = encodeBackoff(backoff).split(' ');
        expect(parseBackoff(kind, Number(base), Number(cap))).toEqual(backoff);
      }
    }
  });

  test('what is no record is all payload, and nothing throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseRecord(text)).toMatchObject({ payload: text, head: { type: 'unknown' } });
        parseTrace(text);
        parseLease(text);
      }),
      { seed },
    );
  });
});

describe('traces', () => {
  test('are read line by line, the result to the end', () => {
    const text = [
      '3 1 2 99',
      'xcrashed',
      'p{"at":1}',
      'e{"name":"E","message":"m"}',
      'h4 crashed 10 20 w1 the lease expired',
      'h5 failed 30 40 w.2 ',
      'r{"x":\n"h1 completed",\nr}',
    ].join('\n');
    expect(parseTrace(text)).toEqual({
      attempts: 3,
      crashes: 1,
      readyAt: 99,
      reason: 'crashed',
      progress: '{"at":1}',
      logs: null,
      error: { name: 'E', message: 'm' },
      history: [
        {
          number: 4,
          outcome: 'crashed',
          startedAt: 10,
          endedAt: 20,
          workerId: 'w1',
          message: 'the lease expired',
        },
        {
          number: 5,
          outcome: 'failed',
          startedAt: 30,
          endedAt: 40,
          workerId: 'w.2',
          message: null,
        },
      ],
      result: '{"x":\n"h1 completed",\nr}',
    });
    expect(parseTrace(null)).toMatchObject({ attempts: 0, crashes: 0, history: [], result: null });
    expect(parseTrace('0 0 0 0\nenot JSON').error).toEqual({ name: 'Error', message: 'not JSON' });
  });

  test('leases are shown without their token', () => {
    expect(parseLease('10 4398046511105 1 30000 w1 0 5 3 E 1 1 0 0 t')).toEqual({
      startedAt: 10,
      cancelRequested: true,
      workerId: 'w1',
    });
    expect(parseLease(null)).toBeNull();
  });
});

test('cursors come back, in their own list only', () => {
  const position = { score: '4398046511104001', id: 'abc' };
  const cursor = encodeCursor(position, 'ready asc');
  expect(cursor).toMatch(/^[\w-]+$/);
  expect(decodeCursor(cursor, 'ready asc')).toEqual(position);
  for (const scope of ['ready desc', 'dead asc', 'ready', 'ready asc 4398046511104001'])
    expect(() => decodeCursor(cursor, scope)).toThrow('not a cursor of this list');
});

describe('the server', () => {
  const info = (lines: string[]) => parseServerInfo(lines.join('\r\n'));

  test.each([
    ['redis_version:6.2.14', 'redis 6.2.14 is too old'],
    ['redis_version:7.2.4\r\nvalkey_version:7.1.9', 'valkey 7.1.9 is too old'],
    ['', 'too old'],
    ['redis_version:7.0.0\r\nmaxmemory_policy:volatile-ttl', '"volatile-ttl"'],
  ])('%j is refused', (text, message) => {
    expect(() => assertSupported(info([text]))).toThrow(message);
  });

  test.each([
    'redis_version:7.0.0',
    'redis_version:10.1.0',
    'redis_version:7.2.4\r\nvalkey_version:7.2.0',
    'valkey_version:8.0.1',
  ])('%j is welcome, also when it hides its settings', (text) => {
    const server = info([text]);
    assertSupported(server);
    expect(server).toMatchObject({ evictionPolicy: null, appendOnly: null });
  });

  test('says what it is', () => {
    const server = info([
      'redis_version:7.0.15',
      'redis_mode:cluster',
      'maxmemory_policy:noeviction',
      'aof_enabled:1',
    ]);
    expect(server).toEqual({
      product: 'redis',
      version: '7.0.15',
      mode: 'cluster',
      evictionPolicy: 'noeviction',
      appendOnly: true,
    });
  });
});

describe('errors of Redis', () => {
  const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

  test.each([
    "READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    'CLUSTERDOWN The cluster is down',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'MASTERDOWN Link with MASTER is down',
    'BUSY Redis is busy running a script.',
    'MISCONF Redis is configured to save RDB snapshots',
    'NOREPLICAS Not enough good replicas to write.',
  ])('%s is tried again', (message) => {
    expect(judge(reply(message), 'x').kind).toBe('transient');
  });

  test.each([
    ['OOM command not allowed', 'store-full'],
    ['STALECALL the session has made a later call', 'stale-call'],
    ['NOAUTH Authentication required.', 'store-denied'],
    ['WRONGPASS invalid username-password pair', 'store-denied'],
    ['NOPERM this user has no permissions', 'store-denied'],
    ['WRONGTYPE Operation against a key', 'store-corrupt'],
    ['ERR anything else', 'store-corrupt'],
  ])('%s is final', (message, code) => {
    expect(judge(reply(message), 'x')).toMatchObject({ kind: 'fatal', error: { code } });
  });

  test('errors of the connection are tried again, and carry no arguments', () => {
    const error = Object.assign(new Error('Connection is closed.'), {
      command: { args: ['secret'] },
    });
    expect(judge(error, 'x').kind).toBe('transient');
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(judge('a text', 'x').kind).toBe('transient');
    expect(judge(reply('NOSCRIPT No matching script.'), 'x').kind).toBe('load-script');
  });

  test('each class has a code of its own and its name', () => {
    const classes = Object.entries(everything)
      .filter(([, value]) => typeof value === 'function' && value.prototype instanceof BrokerError)
      .map(([name]) => ({ name }));
    expect(classes.length).toBeGreaterThan(10);
    for (const { name } of classes) expect(name).toMatch(/^[A-Z]\w+Error$/);
  });
});
