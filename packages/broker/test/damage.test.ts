// Keys that somebody has damaged behind the broker's back: nothing of it reaches a handler, and the rest goes on.
import { expect, test } from '@jest/globals';
import { InvalidStateError } from '../src/index.ts';
import { BOOM, of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

test('a record that is not one of ours is not changed, and not requeued', async () => {
  const f = fixture();
  const queue = f.queue({ tampered: true });
  const id = await f.enqueue(queue);
  await f.redis.hset(f.key('jobs', queue), id, 'not one of ours');
  await expect(f.broker.change(queue, id, { priority: 1 })).rejects.toThrow(InvalidStateError);
  expect(await f.claim(queue)).toEqual([]);
  expect(await f.broker.act(queue, 'retry', [id])).toEqual([
    { status: 'invalid-state', state: 'corrupt' },
  ]);
  expect(await f.redis.hget(f.key('jobs', queue), id)).toBe('not one of ours');
});

test('the age of the oldest ready job leaves out what has no record', async () => {
  const f = fixture();
  const queue = f.queue({ tampered: true });
  const [ghost = ''] = await f.fill(queue, 1, { priority: 9 });
  const [corrupt = ''] = await f.fill(queue, 1, { priority: 8 });
  await f.redis.hdel(f.key('jobs', queue), ghost);
  await f.redis.hset(f.key('jobs', queue), corrupt, 'x');
  expect((await f.broker.stats(queue))?.oldestReadyMs).toBeNull();
  await f.fill(queue, 1);
  expect((await f.broker.stats(queue))?.oldestReadyMs).toBeGreaterThanOrEqual(0);
  expect(await f.claim(queue)).toHaveLength(1);
});

test('an expiry of a job that does not wait is taken out', async () => {
  const f = fixture();
  const queue = f.queue();
  await f.enqueue(queue);
  await f.claimOne(queue);
  await f.redis.zadd(f.key('expiry', queue), 1, 'stray');
  expect((await f.broker.expire(queue)).expired).toBe(0);
  expect(await f.redis.zcard(f.key('expiry', queue))).toBe(0);
});

test('a running job whose lease is missing can be asked to cancel, and the reaper sends it to the dead letters', async () => {
  const f = fixture();
  const queue = f.queue();
  await f.control.setNow(T0);
  await f.enqueue(queue);
  const lease = await f.claimOne(queue, 1_000);
  await f.redis.hdel(f.key('leases', queue), lease.id);
  expect(await f.broker.cancel(queue, lease.id)).toBe('active');
  expect(await f.broker.settle(queue, [{ ...of(lease), outcome: 'fail', error: BOOM }])).toEqual([
    { status: 'lease-lost' },
  ]);
  await f.control.setNow(T0 + 1_001);
  expect((await f.broker.reap(queue)).outcomes.dead).toBe(1);
  expect(await f.broker.job(queue, lease.id)).toMatchObject({ state: 'dead', reason: 'corrupt' });
});

test('a lease whose limits are damaged settles nothing and counts nothing', async () => {
  const f = fixture();
  const queue = f.queue();
  await f.control.setNow(T0);
  await f.fill(queue, 2);
  const leases = await f.claim(queue, 2, 1_000);
  await f.broker.extend(
    queue,
    leases.map((lease) => ({ ...of(lease), leaseMs: 1_000, progress: '1' })),
  );
  const key = f.key('leases', queue);
  for (const { id } of leases)
    await f.redis.hset(key, id, ((await f.redis.hget(key, id)) ?? '').replace(/ E .*$/, ' ?'));
  expect(
    await f.broker.settle(queue, [
      { ...of(leases[0]!), outcome: 'complete' },
      { ...of(leases[1]!), outcome: 'fail', error: BOOM },
    ]),
  ).toEqual([{ status: 'lease-lost' }, { status: 'lease-lost' }]);
  expect((await f.broker.stats(queue))?.totals).toMatchObject({ completed: 0, failed: 0 });
  await f.control.setNow(T0 + 1_001);
  expect((await f.broker.reap(queue)).outcomes.dead).toBe(2);
});

test('what a later version has noted of a job is kept by this one', async () => {
  const f = fixture();
  const queue = f.queue();
  const id = await f.enqueue(queue);
  const key = f.key('state', queue);
  await f.redis.hset(key, id, '0 0 0 0\nzsomething new\nrany\nbytes');
  const lease = await f.claimOne(queue);
  await f.broker.settle(queue, [{ ...of(lease), outcome: 'release' }]);
  const state = await f.redis.hget(key, id);
  expect(state).toMatch(/\nzsomething new\nh1 released /);
  expect(state).toMatch(/\nrany\nbytes$/);
  expect((await f.broker.job(queue, id))?.history).toHaveLength(1);
});

test('a job that stands in ready while it is active is leased anew by the call that settles it', async () => {
  const f = fixture();
  const queue = f.queue({ tampered: true });
  await f.fill(queue, 2);
  const leases = await f.claim(queue, 2);
  const [first] = leases;
  if (first === undefined) throw new Error('nothing was claimed');
  await f.redis.zadd(f.key('ready', queue), 1, first.id);
  const { settled, leases: again } = await f.broker.settleAndClaim(
    queue,
    leases.map((lease) => ({ ...of(lease), outcome: 'complete' as const })),
    { workerId: 'w', max: 5 },
  );
  expect(settled).toEqual(leases.map(() => ({ status: 'settled', state: 'completed' })));
  expect(again.map(({ id }) => id)).toEqual([first.id]);
  // The new lease stands, the other job's has gone.
  expect(await f.redis.zrange(f.key('active', queue), '0', '-1')).toEqual([first.id]);
  expect(await f.redis.hkeys(f.key('leases', queue))).toEqual([first.id]);
  // It is completed and active now, as it was ready and active before.
  f.forget(queue);
});
