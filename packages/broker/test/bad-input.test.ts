// What an untyped caller may hand in: refused by name, never taken for something else, never sent.
import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const REFUSED = { code: 'validation' };
/** As a caller without types would hand it in. */
const untyped = (value: unknown): never => value as never;

describe('a queue that was forgotten by another broker', () => {
  test('is registered again by its next job, however lately this one had registered it', async () => {
    const queue = fixture().queue();
    const other = fixture().open();
    const id = await fixture().enqueue(queue);
    await other.delete(queue, id);
    await other.forget(queue);
    expect((await other.queues({ search: queue })).items).not.toContain(queue);
    await fixture().broker.enqueue(queue, { payload: '1', delayMs: 60_000 });
    expect((await other.queues({ search: queue })).items).toContain(queue);
  });

  test('stays registered while it holds jobs', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    await expect(fixture().broker.forget(queue)).rejects.toMatchObject({ code: 'invalid-state' });
    expect((await fixture().broker.queues({ search: queue })).items).toContain(queue);
  });
});

describe('bad input is refused', () => {
  test.each([
    ['no request', null],
    ['a number for a type', { payload: '1', type: 5 }],
    ['no type', { payload: '1', type: null }],
    ['a list of headers', { payload: '1', headers: ['a'] }],
    ['no headers', { payload: '1', headers: null }],
    ['no backoff', { payload: '1', backoff: null }],
    ['a number for a key', { payload: '1', idempotencyKey: 5 }],
    ['half a character in a key', { payload: '1', idempotencyKey: '\ud83d' }],
    ['half a character in a payload', { payload: '"\ud800"' }],
  ])('in an enqueue: %s', async (_, request) => {
    const queue = fixture().queue();
    const enqueue = fixture().broker.enqueue(queue, untyped(request));
    await expect(enqueue).rejects.toMatchObject(REFUSED);
    expect(await fixture().broker.stats(queue)).toBeNull();
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, null, -1, 0, 1_001])(
    'in a batch of %s',
    async (max) => {
      const { broker } = fixture();
      const options = { max: untyped(max) };
      for (const verb of ['reap', 'promote', 'expire', 'retire'] as const) {
        await expect(broker[verb]('q', options)).rejects.toMatchObject(REFUSED);
      }
      await expect(broker.queues({ limit: untyped(max) })).rejects.toMatchObject(REFUSED);
    },
  );

  test('in a filter, which is never taken for one that lets all through', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 3);
    const act = (action: string, state: string, filter: object) =>
      fixture().broker.actMatching(queue, untyped(action), {
        state: untyped(state),
        filter,
      });
    await expect(act('delete', 'ready', { before: 'yesterday' })).rejects.toMatchObject(REFUSED);
    await expect(act('delete', 'nowhere', {})).rejects.toMatchObject(REFUSED);
    await expect(act('boom', 'ready', {})).rejects.toMatchObject(REFUSED);
    await expect(act('delete', 'ready', { type: 'a b' })).rejects.toMatchObject(REFUSED);
    await expect(fixture().broker.act(queue, untyped('boom'), ['a'])).rejects.toMatchObject(
      REFUSED,
    );
    expect((await fixture().broker.stats(queue))?.counts.ready).toBe(3);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 2 ** 31])(
    'in a wait of %s ms',
    async (ms) => {
      const queue = fixture().queue();
      const id = await fixture().enqueue(queue);
      await expect(fixture().broker.waitForEnd(queue, id, ms)).rejects.toMatchObject(REFUSED);
    },
  );

  test.each([
    ['no error', { outcome: 'fail' }],
    ['an error that is a text', { outcome: 'fail', error: 'no' }],
    ['a result that is no text', { outcome: 'complete', result: {} }],
    ['an outcome that nobody knows', { outcome: 'boom' }],
  ])('in a settlement: %s', async (_, rest) => {
    const queue = fixture().queue();
    await fixture().fill(queue, 1);
    const [lease] = await fixture().claim(queue, 1);
    const item = untyped({ id: lease?.id, token: lease?.token, ...rest });
    await expect(fixture().broker.settle(queue, [item])).rejects.toMatchObject(REFUSED);
    await until(async () => (await fixture().broker.stats(queue))?.counts.active === 1, {
      what: 'the lease',
    });
  });
});
