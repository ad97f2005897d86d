import { expect, test } from '@jest/globals';
import { T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

test('a sound queue has no problems, and tells its earliest times', async () => {
  const f = fixture();
  const queue = f.queue();
  await f.control.setNow(T0);
  expect(await f.broker.inspect(queue)).toEqual({
    queue,
    at: T0,
    problems: [],
    firstDueAt: null,
    firstDeadlineAt: null,
  });
  await f.fill(queue, 2);
  await f.fill(queue, 1, { delayMs: 5_000 });
  const leases = await f.claim(queue, 1);
  expect(leases).toHaveLength(1);
  expect(await f.broker.inspect(queue)).toMatchObject({ problems: [], firstDueAt: T0 + 5_000 });
  expect((await f.broker.inspect(queue)).firstDeadlineAt).toBeGreaterThan(T0);
  await f.broker.pause(queue);
  expect((await f.broker.inspect(queue)).problems).toEqual([]);
});

test.each([
  ['no wake token', 'wake', /work to claim and no wake token/],
  ['a lost record', 'jobs', /1 jobs are in a state, 0 have a record/],
  ['a lost lease', 'leases', /1 jobs are active, there are 0 leases/],
] as const)('%s is told', async (_, key, problem) => {
  const f = fixture();
  const queue = f.queue({ tampered: true });
  await f.fill(queue, 1);
  if (key === 'leases') await f.claim(queue, 1);
  await f.redis.del(f.key(key, queue));
  expect((await f.broker.inspect(queue)).problems).toEqual([expect.stringMatching(problem)]);
  f.forget(queue);
});

test('a wake token on a paused queue, and a second one, are told', async () => {
  const f = fixture();
  const queue = f.queue();
  await f.fill(queue, 1);
  await f.broker.pause(queue);
  await f.redis.rpush(f.key('wake', queue), '1', '1');
  expect((await f.broker.inspect(queue)).problems).toEqual([
    'there are 2 wake tokens in place of one',
    'there is a wake token, but nothing can be claimed: idle workers spin',
  ]);
  await f.redis.del(f.key('wake', queue));
  expect((await f.broker.inspect(queue)).problems).toEqual([]);
});
