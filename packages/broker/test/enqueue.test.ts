import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { EnqueueRequest } from '../src/index.ts';
import { T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

/** Calls of enqueue scripts that reached Redis since the start. */
async function scriptCalls(): Promise<number> {
  const stats = await fixture().redis.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

describe('the payload', () => {
  test.each([
    ['unicode', '"žluťoučký 🐎   "'],
    ['line feeds', '{\n"a":\r\n1\n}\n\n'],
    ['only a line feed', '\n'],
    ['escapes', '"\\n\\u0000\\\\"'],
    ['big numbers', '[12345678901234567890, 1e400, 0.1000000000000000055511151231257827]'],
    ['what looks like a record', '1 0 0 5 3 E 1 1 0 0 t\n{}\n'],
    ['1 MiB', JSON.stringify('é'.repeat(524_287))],
  ])('comes back byte for byte: %s', async (_, payload) => {
    const queue = fixture().queue();
    const id = await fixture().enqueue(queue, { payload });
    expect((await fixture().broker.job(queue, id))?.payload).toBe(payload);
    expect((await fixture().claimOne(queue)).payload).toBe(payload);
  });

  const seed = Number(process.env.RELAY_SEED ?? Date.now() % 2 ** 31);
  test(`any text does, and any headers, seed ${seed}`, async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
    const headers = fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }));
    const queue = fixture().queue();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, headers), { minLength: 1 }), async (jobs) => {
        await fixture().broker.enqueueMany(
          queue,
          jobs.map(([payload, given]) => ({ payload, headers: given })),
        );
        const leases = await fixture().claim(queue);
        expect(leases.map((lease) => lease.payload)).toEqual(jobs.map(([payload]) => payload));
        expect(leases.map((lease) => lease.headers)).toEqual(
          jobs.map(([, given]) => ({ ...given })),
        );
      }),
      { seed, numRuns: 40 },
    );
  });
});

describe('what a job is given', () => {
  test('defaults', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const id = await fixture().enqueue(queue);
    expect(await fixture().broker.job(queue, id)).toMatchObject({
      state: 'ready',
      type: 'default',
      priority: 0,
      maxAttempts: 5,
      maxCrashes: 3,
      backoff: { type: 'exponential', baseMs: 1_000, capMs: 600_000, jitter: 'full' },
      timeoutMs: null,
      expiresInMs: null,
      idempotencyKey: null,
      headers: {},
      createdAt: T0,
      runAt: T0,
      attempts: 0,
      crashes: 0,
      history: [],
    });
  });

  test.each([
    ['a delay', { delayMs: 5_000 }, T0 + 5_000],
    ['a delay of nothing', { delayMs: 0 }, null],
    ['a time', { runAt: T0 + 7 }, T0 + 7],
    ['a time that has passed', { runAt: T0 - 1 }, null],
    ['now', { runAt: T0 }, null],
    ['ten years', { delayMs: 315_576_000_000 }, T0 + 315_576_000_000],
    ['the last year', { runAt: 4_102_444_800_000 }, 4_102_444_800_000],
  ])('when: %s', async (_, when, dueAt) => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const answer = await fixture().broker.enqueue(queue, {
      payload: '1',
      ...when,
      priority: -1_000,
    });
    expect(answer.state).toBe(dueAt === null ? 'ready' : 'scheduled');
    const job = await fixture().broker.job(queue, answer.id);
    expect(job).toMatchObject({ state: answer.state, runAt: dueAt ?? T0, priority: -1_000 });
  });

  test('an id of 20 characters that sorts by its time; no two alike', async () => {
    const queue = fixture().queue();
    const ids = await fixture().fill(queue, 2_500);
    expect(new Set(ids).size).toBe(2_500);
    expect(ids.every((id) => /^[0-9A-Za-z]{7}00[0-9A-Za-z]{11}$/.test(id))).toBe(true);
    const prefixes = ids.map((id) => id.slice(0, 7));
    expect(prefixes).toEqual(prefixes.toSorted((a, b) => (a < b ? -1 : 1)));
  });
});

describe('validation', () => {
  const long = 'x'.repeat(1_048_577);
  test.each([
    ['/payload', { payload: '' }],
    ['/payload', { payload: long }],
    ['/payload', { payload: 'é'.repeat(524_289) }],
    ['/payload', { payload: undefined as unknown as string }],
    ['/type', { type: 'a b' }],
    ['/type', { type: '' }],
    ['/type', { type: 'x'.repeat(129) }],
    ['/priority', { priority: 1_001 }],
    ['/priority', { priority: 0.5 }],
    ['/delayMs', { delayMs: -1 }],
    ['/delayMs', { delayMs: 315_576_000_001 }],
    ['/runAt', { runAt: 4_102_444_800_001 }],
    ['/runAt', { runAt: 1, delayMs: 1 }],
    ['/idempotencyKey', { idempotencyKey: '' }],
    ['/idempotencyKey', { idempotencyKey: 'x'.repeat(256) }],
    ['/idempotencyWindowMs', { idempotencyWindowMs: 999 }],
    ['/maxAttempts', { maxAttempts: 0 }],
    ['/maxAttempts', { maxAttempts: 1_001 }],
    ['/maxCrashes', { maxCrashes: 101 }],
    ['/timeoutMs', { timeoutMs: Number.NaN }],
    ['/expiresInMs', { expiresInMs: 0 }],
    ['/backoff/type', { backoff: { type: 'linear' as 'fixed' } }],
    ['/backoff/jitter', { backoff: { jitter: 'half' as 'full' } }],
    ['/backoff/baseMs', { backoff: { baseMs: 0 } }],
    ['/backoff/capMs', { backoff: { capMs: 2_592_000_001 } }],
    ['/headers', { headers: { a: 'x'.repeat(4_096) } }],
    ['/headers', { headers: { a: 1 as unknown as string } }],
  ] as [string, Partial<EnqueueRequest>][])('%s: %#', async (path, request) => {
    const queue = fixture().queue();
    const full = { payload: '1', ...request };
    const issues = [expect.objectContaining({ path })];
    await expect(fixture().broker.enqueue(queue, full)).rejects.toMatchObject({
      code: 'validation',
      issues,
    });
    const outcomes = await fixture().broker.enqueueMany(queue, [full, { payload: '2' }, full]);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, true, false]);
    expect((await fixture().broker.stats(queue))?.counts.ready).toBe(1);
  });

  test('all issues are told at once, and bad names of queues too', async () => {
    const request = { payload: '', priority: 5_000, maxAttempts: 0 };
    await expect(fixture().broker.enqueue('q', request)).rejects.toMatchObject({
      issues: [{ path: '/payload' }, { path: '/priority' }, { path: '/maxAttempts' }],
    });
    for (const name of ['', '{x}', 'a:b', 'a b', '.a', 'x'.repeat(129)])
      await expect(fixture().broker.enqueue(name, { payload: '1' })).rejects.toThrow('queue');
  });
});

describe('batches', () => {
  test('2,500 jobs keep their order over three calls', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue, { priority: 1, payload: '-1' });
    const before = await scriptCalls();
    await fixture().fill(queue, 2_500);
    expect((await scriptCalls()) - before).toBe(3);
    const taken: number[] = [];
    for (let i = 0; i < 3; i++)
      taken.push(...(await fixture().claim(queue)).map((lease) => Number(lease.payload)));
    expect(taken).toEqual(Array.from({ length: 2_501 }, (_, i) => i - 1));
  });

  test('large payloads leave in chunks of about 1 MiB', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    const payload = JSON.stringify('x'.repeat(400_000));
    const before = await scriptCalls();
    const outcomes = await fixture().broker.enqueueMany(
      queue,
      Array.from({ length: 7 }, () => ({ payload })),
    );
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect((await scriptCalls()) - before).toBe(4);
  });

  test.each([
    [63, 1],
    [64, 2],
    [1_000, 2],
  ])('%d enqueues of one tick leave as %d script calls, in their order', async (count, calls) => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    const before = await scriptCalls();
    const ids = await Promise.all(Array.from({ length: count }, () => fixture().enqueue(queue)));
    expect(new Set(ids).size).toBe(count);
    expect((await scriptCalls()) - before).toBe(calls);
    expect((await fixture().claim(queue)).slice(1).map(({ id }) => id)).toEqual(ids.slice(0, 999));
  });

  test('what is enqueued while calls are under way leaves with the next one', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    const before = await scriptCalls();
    let left = 200;
    const producer = async (): Promise<void> => {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as a producer with a bound does.
      while (left-- > 0) await fixture().enqueue(queue);
    };
    await Promise.all(Array.from({ length: 20 }, producer));
    // Twenty at once are not enough for two calls: ten rounds of one.
    expect((await scriptCalls()) - before).toBe(10);
  });

  test('nothing is nothing', async () => {
    expect(await fixture().broker.enqueueMany(fixture().queue(), [])).toEqual([]);
  });

  test('a full queue refuses item by item', async () => {
    const queue = fixture().queue();
    await fixture().broker.configure(queue, { maxReady: 3 });
    const outcomes = await fixture().broker.enqueueMany(
      queue,
      Array.from({ length: 5 }, (_, i) => ({ payload: '1', delayMs: i % 2 })),
    );
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true, true, false, false]);
    await expect(fixture().broker.enqueue(queue, { payload: '1' })).rejects.toMatchObject({
      code: 'queue-full',
    });
    await fixture().claimOne(queue);
    await fixture().enqueue(queue);
  });
});
