import { describe, expect, test } from '@jest/globals';
import { StoreCorruptError } from '../src/index.ts';
import { of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

describe('order', () => {
  test('higher priorities first, and first in, first out within each', async () => {
    const queue = fixture().queue();
    const priorities = [0, -1_000, 1_000, 5, 0, 1_000, -1, 1, 0, -1_000];
    for (const [i, priority] of priorities.entries())
      await fixture().enqueue(queue, { payload: String(i), priority });
    const leases = await fixture().claim(queue);
    expect(leases.map((lease) => Number(lease.payload))).toEqual([2, 5, 3, 7, 0, 4, 8, 6, 1, 9]);
    expect(leases.map((lease) => lease.priority)).toEqual(priorities.toSorted((a, b) => b - a));
  });

  test('one worker of one job at a time starts them as they were enqueued', async () => {
    const queue = fixture().queue();
    const ids = await fixture().fill(queue, 100);
    const started: string[] = [];
    for (const _ of ids) {
      const lease = await fixture().claimOne(queue);
      started.push(lease.id);
      await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'complete' }]);
    }
    expect(started).toEqual(ids);
  });
});

describe('how many', () => {
  test('as many as asked for, none for 0, and all that there are for more', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 40);
    expect(await fixture().claim(queue, 0)).toHaveLength(0);
    expect(await fixture().claim(queue, 17)).toHaveLength(17);
    expect(await fixture().claim(queue, 1_000)).toHaveLength(23);
    expect(await fixture().claim(queue, 1)).toHaveLength(0);
  });

  test('at most 4 MiB, but always one', async () => {
    const queue = fixture().queue();
    const payload = JSON.stringify('x'.repeat(1_048_574));
    for (let i = 0; i < 9; i++) await fixture().enqueue(queue, { payload });
    const taken = [];
    for (let i = 0; i < 3; i++) taken.push((await fixture().claim(queue)).length);
    expect(taken).toEqual([3, 3, 3]);
    await fixture().redis.hset(
      fixture().key('jobs', queue),
      await fixture().enqueue(queue),
      `1 0 0 5 3 E 1 1 0 0 t\n\n${'x'.repeat(5_000_000)}`,
    );
    await fixture().enqueue(queue);
    expect(await fixture().claim(queue)).toHaveLength(1);
    expect(await fixture().claim(queue)).toHaveLength(1);
  });

  test.each([
    ['max', { max: 1_001 }],
    ['max', { max: -1 }],
    ['max', { max: 0.5 }],
    ['leaseMs', { leaseMs: 999 }],
    ['leaseMs', { leaseMs: 3_600_001 }],
    ['workerId', { workerId: 'a b' }],
    ['workerId', { workerId: '' }],
  ])('a bad %s is refused: %j', async (field, options) => {
    const claim = { workerId: 'w1', max: 1, ...options };
    await expect(fixture().broker.claim('q', claim)).rejects.toThrow(field);
  });
});

describe('leases', () => {
  test('carry the job, a token that no other lease has, and the deadline of the claim', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const id = await fixture().enqueue(queue, {
      payload: '{"a":"é\\n"}',
      type: 'mail',
      priority: 3,
      maxAttempts: 7,
      maxCrashes: 2,
      timeoutMs: 1_234,
      headers: { trace: 'x\ny' },
    });
    await fixture().fill(queue, 300);
    const leases = [...(await fixture().claim(queue, 100)), ...(await fixture().claim(queue))];
    expect(leases[0]).toEqual({
      queue,
      id,
      token: expect.stringMatching(/^[A-Za-z0-9]{17}\.1$/),
      expiresAt: T0 + 30_000,
      leaseMs: 30_000,
      type: 'mail',
      payload: '{"a":"é\\n"}',
      attempt: 1,
      crashes: 0,
      priority: 3,
      maxAttempts: 7,
      maxCrashes: 2,
      timeoutMs: 1_234,
      headers: { trace: 'x\ny' },
      createdAt: T0,
      readyAt: T0,
    });
    expect(new Set(leases.map((lease) => lease.token)).size).toBe(301);
    expect(new Set(leases.map((lease) => lease.id)).size).toBe(301);
  });

  test('number the delivery: failures and crashes count, releases do not', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().enqueue(queue, { maxCrashes: 9 });
    const attempts: number[] = [];
    const crashes: number[] = [];
    for (let i = 0; i < 6; i++) {
      await fixture().control.setNow(T0 + i * 600_000);
      await fixture().broker.reap(queue);
      await fixture().control.setNow(T0 + i * 600_000 + 300_000);
      await fixture().broker.promote(queue);
      const lease = await fixture().claimOne(queue);
      attempts.push(lease.attempt);
      crashes.push(lease.crashes);
      const error = { name: 'E', message: 'm' };
      if (i === 0) await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'release' }]);
      if (i === 1) await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'fail', error }]);
    }
    expect(attempts).toEqual([1, 1, 2, 3, 4, 5]);
    expect(crashes).toEqual([0, 0, 0, 1, 2, 3]);
    const [job] = (await fixture().broker.list(queue, 'active')).items;
    const { history } = (await fixture().broker.job(queue, job?.id ?? ''))!;
    expect(history.map((delivery) => delivery.number)).toEqual([1, 1, 2, 3, 4]);
  });

  test('ten claims at once share no job', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 1_000);
    const claims = await Promise.all(Array.from({ length: 10 }, () => fixture().claim(queue, 150)));
    const ids = claims.flatMap((leases) => leases.map((lease) => lease.id));
    expect(ids).toHaveLength(1_000);
    expect(new Set(ids).size).toBe(1_000);
  });
});

describe('what is not as Relay wrote it', () => {
  test('an id without a record is taken out, counted and reported; the others are claimed', async () => {
    const queue = fixture().queue();
    const ids = await fixture().fill(queue, 5, { expiresInMs: 60_000 });
    await fixture().redis.hdel(fixture().key('jobs', queue), ids[0] ?? '', ids[3] ?? '');
    const { leases, ghosts } = await fixture().broker.claim(queue, { workerId: 'w1', max: 5 });
    expect(ghosts).toEqual([ids[0], ids[3]]);
    expect(leases.map((lease) => lease.id)).toEqual([ids[1], ids[2], ids[4]]);
    expect((await fixture().broker.stats(queue))?.totals.ghosts).toBe(2);
    expect((await fixture().broker.claim(queue, { workerId: 'w1', max: 5 })).ghosts).toEqual([]);
  });

  test('a queue of ghosts alone comes to rest', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 50);
    await fixture().redis.del(fixture().key('jobs', queue));
    const { ghosts } = await fixture().broker.claim(queue, { workerId: 'w1', max: 1_000 });
    expect(ghosts).toHaveLength(50);
    expect(await fixture().redis.llen(fixture().key('wake', queue))).toBe(0);
  });

  test.each([
    ['no lines', 'garbage'],
    ['nothing', ''],
    ['words like a head', 'a b c d e f g h i j k\n{}\n1'],
    ['a number too few', '1 0 0 5 3 E 1 1 0 t\n\n1'],
    ['one line', '1 0 0 5 3 E 1 1 0 0 t'],
  ])('a record with %s is dead as corrupt, never handed out, and kept', async (_, record) => {
    const queue = fixture().queue();
    const [bad = '', good] = await fixture().fill(queue, 2, { expiresInMs: 60_000 });
    await fixture().redis.hset(fixture().key('jobs', queue), bad, record);
    const leases = await fixture().claim(queue);
    expect(leases.map((lease) => lease.id)).toEqual([good]);
    const job = await fixture().broker.job(queue, bad);
    expect(job).toMatchObject({
      state: 'dead',
      reason: 'corrupt',
      payload: record,
      type: 'unknown',
      priority: 0,
    });
    expect((await fixture().broker.list(queue, 'dead')).items).toHaveLength(1);
    await expect(fixture().broker.requeue(queue, bad)).rejects.toMatchObject({
      code: 'invalid-state',
    });
  });

  test.each(['null', '1', '"x"', '{', '{"headers":7}'])(
    'a header of %s costs the job its headers, and no more',
    async (header) => {
      const queue = fixture().queue();
      const [id = ''] = await fixture().fill(queue, 1);
      await fixture().redis.hset(
        fixture().key('jobs', queue),
        id,
        `1 0 0 5 3 E 1 1 0 0 t\n${header}\n1`,
      );
      const [lease] = await fixture().claim(queue);
      expect(lease).toMatchObject({ id, payload: '1', headers: {} });
    },
  );

  test.each(['ready', 'active', 'leases', 'jobs', 'state', 'stats', 'config', 'wake'] as const)(
    'a key of another type, %s, gives a typed error and nothing half done',
    async (name) => {
      const queue = fixture().queue({ tampered: true });
      await fixture().fill(queue, 3);
      const lease = await fixture().claimOne(queue);
      const key = fixture().key(name, queue);
      const kept = await fixture().redis.dumpBuffer(key);
      await fixture().redis.set(key, 'a string');
      const before = await readyAndActive(queue);
      const items = [{ ...of(lease), outcome: 'complete' }] as const;
      const call = fixture().broker.settleAndClaim(queue, items, { workerId: 'w1', max: 1 });
      await expect(call).rejects.toThrow(StoreCorruptError);
      expect(await readyAndActive(queue)).toEqual(before);
      await fixture().redis.del(key);
      if (kept !== null) await fixture().redis.restore(key, 0, kept);
      const again = await fixture().broker.settleAndClaim(queue, items, { workerId: 'w1', max: 1 });
      expect(again.settled).toEqual([{ status: 'settled', state: 'completed' }]);
      expect(again.leases).toHaveLength(1);
    },
  );
});

/** Who is where, of the keys that can be read. */
async function readyAndActive(queue: string): Promise<unknown[]> {
  const look = (name: 'ready' | 'active') =>
    fixture()
      .redis.zrange(fixture().key(name, queue), '0', '-1')
      .catch(() => 'damaged');
  return [await look('ready'), await look('active')];
}
