import { expect, test } from '@jest/globals';
import { InvalidStateError } from '../src/index.ts';
import { of, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

test('a queue that holds a job in any state is not forgotten', async () => {
  const f = fixture();
  const queue = f.queue();
  const id = await f.enqueue(queue, { delayMs: 60_000 });
  await expect(f.broker.forget(queue)).rejects.toThrow(InvalidStateError);
  await f.broker.promoteNow(queue, id);
  await expect(f.broker.forget(queue)).rejects.toThrow(InvalidStateError);
  const lease = await f.claimOne(queue);
  await expect(f.broker.forget(queue)).rejects.toThrow(InvalidStateError);
  await f.broker.settle(queue, [{ ...of(lease), outcome: 'complete' }]);
  await expect(f.broker.forget(queue)).rejects.toThrow(InvalidStateError);
});

test('an empty one leaves nothing but keys that have a time to live', async () => {
  const f = fixture();
  const queue = f.queue();
  await f.broker.configure(queue, { concurrency: 3, rateLimit: { rate: 9, perMs: 1_000 } });
  const id = await f.enqueue(queue, { idempotencyKey: 'k', expiresInMs: 60_000 });
  await f.broker.waitForEnd(queue, id, 1);
  await f.broker.settle(queue, [{ ...of(await f.claimOne(queue)), outcome: 'release' }]);
  await f.broker.cancel(queue, id);
  await f.broker.rollUp(queue);
  await f.broker.configure(queue, { retention: { completed: { maxCount: 0 } } });
  await f.broker.retire(queue);
  await f.broker.forget(queue);
  const left = await f.redis.keys(`relay:{${queue}}:*`);
  for (const key of left) expect(await f.redis.pttl(key)).toBeGreaterThan(0);
  expect(left.every((key) => /:(idem|call):/.test(key))).toBe(true);
  expect((await f.broker.queues({ search: queue })).items).toEqual([]);
  expect(await f.broker.stats(queue)).toBeNull();
});
