import { describe, expect, test } from '@jest/globals';
import type { Settlement } from '@relay/broker';
import {
  type Handlers,
  type Job,
  NonRetryableError,
  ReleaseError,
  RetryLaterError,
} from '../src/index.ts';
import { lease } from './support/fake-broker.ts';
import { setUp } from './support/set-up.ts';

/** Runs one job and returns how it was settled. */
async function settlementOf(
  handlers: Handlers,
  job: Parameters<typeof lease>[0] = {},
): Promise<Settlement> {
  const { broker, worker } = setUp({ handlers });
  worker.start();
  (await broker.call()).reply({ leases: [lease(job)] });
  const settling = await broker.call();
  settling.reply();
  const [item] = settling.items;
  return item!;
}

describe('what a handler returns is the result', () => {
  test.each([
    [0, '0'],
    ['', '""'],
    [false, 'false'],
    [null, 'null'],
    [{ a: [1] }, '{"a":[1]}'],
    // Null and nothing where the handler said so.
    [
      { a: null, b: [null, {}], c: undefined, d: new Date(0) },
      '{"a":null,"b":[null,{}],"d":"1970-01-01T00:00:00.000Z"}',
    ],
    ['null {}', '"null {}"'],
  ])('%j is kept as %s', async (value, text) => {
    expect(await settlementOf(() => value)).toMatchObject({ outcome: 'complete', result: text });
    expect(await settlementOf(async () => value)).toMatchObject({ result: text });
  });

  test('undefined is no result', async () => {
    expect(await settlementOf(() => undefined)).not.toHaveProperty('result');
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  test.each<[string, unknown, RegExp]>([
    ['a BigInt', 1n, /BigInt/],
    ['a cycle', cycle, /circular/],
    ['a function', () => undefined, /function/],
    ['NaN', Number.NaN, /the handler's result cannot be written as JSON: it is NaN/],
    ['an infinite part', { rows: [{ rate: -Infinity }] }, /its "rate" is -Infinity/],
    ['a hole', [1, undefined], /its "1" is undefined/],
    ['a map', { seen: new Map([[1, 2]]) }, /its "seen" is a Map/],
    [
      'a throwing getter',
      Object.defineProperty({}, 'x', {
        enumerable: true,
        get: () => {
          throw new Error('gone');
        },
      }),
      /JSON: gone/,
    ],
    ['too much', 'x'.repeat(65_535), /65537 bytes/],
  ])('%s is a failed attempt that says why', async (_what, value, message) => {
    const settlement = await settlementOf(() => value);
    expect(settlement).toMatchObject({
      outcome: 'fail',
      error: { name: 'ResultError', message: expect.stringMatching(message) },
    });
    expect(settlement).not.toHaveProperty('retry');
  });
});

describe('what a handler throws decides', () => {
  test('an error is a failed attempt', async () => {
    expect(
      await settlementOf(() => {
        throw new TypeError('no such thing');
      }),
    ).toMatchObject({
      outcome: 'fail',
      error: {
        name: 'TypeError',
        message: 'no such thing',
        stack: expect.stringMatching(/outcome/),
      },
    });
  });

  test('so is anything else that is thrown', async () => {
    // oxlint-disable-next-line prefer-promise-reject-errors -- this is what is tested.
    const thrown = await settlementOf(() => Promise.reject({ odd: true }));
    expect(thrown).toMatchObject({ error: { name: 'NonError', message: '{"odd":true}' } });
  });

  const trap = (): never => {
    throw new Error('trap');
  };
  const spiteful = Object.defineProperty(new Error(), 'message', { get: trap });
  test.each<[string, unknown]>([
    ['a proxy', new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap })],
    ['an error whose message cannot be read', spiteful],
    ['a text that is none', { toJSON: trap, [Symbol.toStringTag]: undefined, toString: trap }],
    ['an object without a prototype', Object.create(null)],
  ])('%s is a failed attempt, and the worker lives', async (_, value) => {
    // oxlint-disable-next-line prefer-promise-reject-errors -- this is what is tested.
    const thrown = await settlementOf(() => Promise.reject(value));
    expect(thrown).toMatchObject({ outcome: 'fail', error: { message: expect.any(String) } });
    const atOnce = await settlementOf(() => {
      throw value;
    });
    expect(atOnce).toMatchObject({ outcome: 'fail' });
  });

  test('so does what it returns and nobody can wait for', async () => {
    // oxlint-disable-next-line no-thenable -- this is what is tested.
    const returned = await settlementOf(() => Object.defineProperty({}, 'then', { get: trap }));
    expect(returned).toMatchObject({ outcome: 'fail', error: { message: 'trap' } });
    const toJSON = (): never => {
      throw spiteful;
    };
    expect(await settlementOf(() => ({ toJSON }))).toMatchObject({ outcome: 'fail' });
  });

  test('NonRetryableError: the dead letters', async () => {
    const thrown = await settlementOf(() => Promise.reject(new NonRetryableError('bad address')));
    expect(thrown).toMatchObject({ outcome: 'fail', retry: 'never' });
  });

  test('RetryLaterError: exactly that long', async () => {
    const thrown = await settlementOf(() => Promise.reject(new RetryLaterError(1_234)));
    expect(thrown).toMatchObject({ outcome: 'fail', retryInMs: 1_234 });
    expect(() => new RetryLaterError(-1)).toThrow(RangeError);
  });

  test('ReleaseError and ctx.release: back at no cost', async () => {
    const thrown = await settlementOf(() => Promise.reject(new ReleaseError()));
    expect(thrown).toMatchObject({ outcome: 'release' });
    const released = await settlementOf((_job, { release }) => release(50));
    expect(released).toMatchObject({ outcome: 'release', delayMs: 50 });
  });
});

describe('what a handler is given', () => {
  test('the payload, parsed once', async () => {
    const seen = await settlementOf(
      (job: Job<{ n: number }>) => {
        const first = job.payload;
        return [first.n, job.payload === first, job.attempt];
      },
      { payload: '{"n":7}', attempt: 3 },
    );
    expect(seen).toMatchObject({ result: '[7,true,3]' });
  });

  test('a payload that is not JSON is not tried again', async () => {
    const seen = await settlementOf((job) => job.payload, { payload: '{"n":' });
    expect(seen).toMatchObject({
      outcome: 'fail',
      retry: 'never',
      error: { name: 'PayloadError' },
    });
  });

  test('its job type decides which handler runs, names of Object.prototype too', async () => {
    const handlers = { a: () => 'A', b: () => 'B' };
    expect(await settlementOf(handlers, { type: 'b' })).toMatchObject({ result: '"B"' });
    expect(await settlementOf(handlers, { type: 'constructor' })).toMatchObject({
      outcome: 'unhandled',
      delayMs: 5_000,
    });
  });

  test('an unknown type is told once', async () => {
    const { broker, worker } = setUp({ handlers: { a: () => 1 } });
    const types: string[] = [];
    worker.on('unknownType', ({ type }) => types.push(type));
    worker.start();
    (await broker.call()).reply({ leases: [lease({ type: 'x' }), lease({ type: 'x' })] });
    (await broker.call()).reply();
    expect(types).toEqual(['x']);
  });
});
