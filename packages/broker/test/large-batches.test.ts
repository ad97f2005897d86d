// No call reads more than 4 MiB of records, whatever it is asked for: it stops, says so, and the caller goes on.
import { expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { BOOM, of, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const JOBS = 10;
const PAYLOAD = JSON.stringify('x'.repeat(1_000_000));

test('an action on named jobs reaches all of them', async () => {
  const f = fixture();
  const queue = f.queue();
  const ids = await f.fill(queue, JOBS, { payload: PAYLOAD });
  const results = await f.broker.act(queue, 'cancel', ids);
  expect(results).toEqual(ids.map(() => ({ status: 'done', state: 'cancelled' })));
});

test('an action on all that match goes on behind the last that was looked at', async () => {
  const f = fixture();
  const queue = f.queue();
  await f.fill(queue, JOBS, { payload: PAYLOAD });
  let cursor: string | null = null;
  const steps: number[] = [];
  do {
    const step = await f.broker.actMatching(queue, 'delete', {
      state: 'ready',
      filter: {},
      ...(cursor === null ? {} : { cursor }),
    });
    steps.push(step.acted);
    cursor = step.nextCursor;
  } while (cursor !== null);
  expect(steps).toEqual([5, 5]);
});

test('a list has shorter pages', async () => {
  const f = fixture();
  const queue = f.queue();
  const ids = await f.fill(queue, JOBS, { payload: PAYLOAD });
  const first = await f.broker.list(queue, 'ready', { limit: JOBS });
  expect(first.items.map((job) => job.id)).toEqual(ids.slice(0, 5));
  const second = await f.broker.list(queue, 'ready', { limit: JOBS, cursor: first.nextCursor! });
  expect(second.items.map((job) => job.id)).toEqual(ids.slice(5));
});

test('a claim takes what fits, and the next one the rest', async () => {
  const f = fixture();
  const queue = f.queue();
  const ids = await f.fill(queue, JOBS, { payload: PAYLOAD });
  const claimed: string[][] = [];
  await until(
    async () => {
      const leases = await f.claim(queue);
      claimed.push(leases.map((lease) => lease.id));
      return leases.length === 0;
    },
    { what: 'an empty queue' },
  );
  expect(claimed.flat()).toEqual(ids);
  expect(Math.max(...claimed.map((batch) => batch.length))).toBeLessThan(JOBS);
});

test('retention stops at its budget, and goes on through all kinds of ended jobs', async () => {
  const f = fixture();
  const queue = f.queue();
  const [cancelled = ''] = await f.fill(queue, 3);
  await f.broker.cancel(queue, cancelled);
  const [first, second] = await f.claim(queue);
  await f.broker.settle(queue, [
    { ...of(first!), outcome: 'complete' },
    { ...of(second!), outcome: 'fail', error: BOOM, retry: 'never' },
  ]);
  const none = { maxCount: 0 };
  await f.broker.configure(queue, { retention: { completed: none, dead: none } });
  for (const deadRemoved of [0, 0, 1])
    expect(await f.broker.retire(queue, { max: 1 })).toMatchObject({
      removed: 1,
      deadRemoved,
      more: true,
    });
  expect(await f.broker.retire(queue, { max: 1 })).toMatchObject({ removed: 0, more: false });
});
