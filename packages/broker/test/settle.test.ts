import { describe, expect, test } from '@jest/globals';
import type { Settlement } from '../src/index.ts';
import { BOOM, of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const LOST = { status: 'lease-lost' };
const settled = (state: string) => ({ status: 'settled', state });

describe('complete', () => {
  test.each([
    ['no result', undefined, null],
    ['null', 'null', 'null'],
    ['false', 'false', 'false'],
    ['zero', '0', '0'],
    ['an empty text', '""', '""'],
    [
      'lines that look like a trace',
      '{\n"a": 1,\nx: "dead"\nrr\n\n}\n',
      '{\n"a": 1,\nx: "dead"\nrr\n\n}\n',
    ],
    ['unicode', '"žluťoučký 🐎\\u0000"', '"žluťoučký 🐎\\u0000"'],
  ])('keeps the result: %s', async (_, result, kept) => {
    const { broker, ...at } = { broker: fixture().broker, queue: fixture().queue() };
    await fixture().enqueue(at.queue);
    const lease = await fixture().claimOne(at.queue);
    const item: Settlement = { ...of(lease), outcome: 'complete', ...(result && { result }) };
    expect(await broker.settle(at.queue, [item])).toEqual([settled('completed')]);
    const job = await broker.job(at.queue, lease.id);
    expect(job).toMatchObject({ state: 'completed', result: kept, attempts: 1, crashes: 0 });
    expect(job?.history).toMatchObject([{ number: 1, outcome: 'completed', workerId: 'w1' }]);
  });

  test('keeps the result of a job to which something had happened before', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    const first = await fixture().claimOne(queue);
    await fixture().broker.extend(queue, [{ ...of(first), leaseMs: 5_000, progress: '{"at":1}' }]);
    await fixture().broker.settle(queue, [{ ...of(first), outcome: 'release' }]);
    const second = await fixture().claimOne(queue);
    await fixture().broker.settle(queue, [{ ...of(second), outcome: 'complete', result: '1\n2' }]);
    const job = await fixture().broker.job(queue, second.id);
    expect(job).toMatchObject({ result: '1\n2', progress: null, attempts: 1 });
    expect(job?.history.map((delivery) => delivery.outcome)).toEqual(['released', 'completed']);
  });

  test('the queue keeps as many completed jobs as it is told to, the newest', async () => {
    const queue = fixture().queue();
    await fixture().redis.hset(fixture().key('config', queue), { completedMaxCount: 5 });
    const ids = await fixture().fill(queue, 12);
    for (let i = 0; i < 4; i++) {
      await fixture().control.setNow(T0 + i);
      const leases = await fixture().claim(queue, 3);
      await fixture().broker.settle(
        queue,
        leases.map((lease) => ({ ...of(lease), outcome: 'complete' })),
      );
    }
    const { items } = await fixture().broker.list(queue, 'completed');
    expect(items).toHaveLength(5);
    expect(items.slice(2).map((job) => job.id)).toEqual(ids.slice(9).toSorted());
    expect(await fixture().broker.job(queue, ids[0] ?? '')).toBeNull();
    expect(await fixture().redis.hlen(fixture().key('jobs', queue))).toBe(5);
    expect((await fixture().broker.stats(queue))?.totals.completed).toBe(12);
  });

  test('a queue that keeps no completed jobs keeps nothing of them', async () => {
    const queue = fixture().queue();
    await fixture().redis.hset(fixture().key('config', queue), { completedMaxCount: 0 });
    await fixture().fill(queue, 3);
    const leases = await fixture().claim(queue);
    const answers = await fixture().broker.settle(
      queue,
      leases.map((lease) => ({ ...of(lease), outcome: 'complete', result: '1' })),
    );
    expect(answers).toEqual(leases.map(() => settled('gone')));
    expect(await fixture().redis.exists(fixture().key('jobs', queue))).toBe(0);
    expect(await fixture().redis.exists(fixture().key('state', queue))).toBe(0);
  });
});

describe('release', () => {
  test('puts a job back to its old place at once, and costs no attempt', async () => {
    const queue = fixture().queue();
    const ids = await fixture().fill(queue, 5);
    const leases = await fixture().claim(queue, 3);
    const answers = await fixture().broker.settle(
      queue,
      leases.toReversed().map((lease) => ({ ...of(lease), outcome: 'release' })),
    );
    expect(answers).toEqual(leases.map(() => settled('ready')));
    const again = await fixture().claim(queue);
    expect(again.map((lease) => lease.id)).toEqual(ids);
    expect(again.map((lease) => lease.attempt)).toEqual([1, 1, 1, 1, 1]);
  });

  test('with a delay the job waits for it, and is numbered like the delivery that it was', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().enqueue(queue, { priority: 7 });
    const lease = await fixture().claimOne(queue);
    const item: Settlement = { ...of(lease), outcome: 'release', delayMs: 90_000 };
    expect(await fixture().broker.settle(queue, [item])).toEqual([settled('scheduled')]);
    const job = await fixture().broker.job(queue, lease.id);
    expect(job).toMatchObject({ runAt: T0 + 90_000, attempts: 0, crashes: 0 });
    expect(job?.history).toMatchObject([{ number: lease.attempt, outcome: 'released' }]);
    await fixture().control.setNow(T0 + 90_000);
    expect(await fixture().broker.promote(queue)).toMatchObject({ promoted: 1 });
    expect((await fixture().claimOne(queue)).attempt).toBe(1);
  });
});

test('a job that no worker knows is dead after 100 deliveries, and no attempt was spent', async () => {
  const queue = fixture().queue();
  await fixture().enqueue(queue, { maxAttempts: 1 });
  for (let i = 1; i <= 100; i++) {
    await fixture().control.setNow(T0 + i * 5_000);
    if (i > 1) await fixture().broker.promote(queue);
    const lease = await fixture().claimOne(queue);
    const [answer] = await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'unhandled' }]);
    expect(answer).toEqual(settled(i < 100 ? 'scheduled' : 'dead'));
  }
  const [job] = (await fixture().broker.list(queue, 'dead')).items;
  expect(job).toMatchObject({ reason: 'unhandled', attempts: 0 });
  expect(job?.error?.name).toBe('UnhandledTypeError');
  expect((await fixture().broker.job(queue, job?.id ?? ''))?.history).toHaveLength(20);
});

test('a cancel that was asked for decides, whatever the outcome', async () => {
  const queue = fixture().queue();
  await fixture().fill(queue, 5);
  const leases = await fixture().claim(queue);
  const key = fixture().key('leases', queue);
  for (const { id } of leases) {
    const text = (await fixture().redis.hget(key, id)) ?? '';
    await fixture().redis.hset(key, id, text.replace(/^(\S+ \d+ \d+) 0 /, '$1 1 '));
  }
  const outcomes = [
    { outcome: 'complete', result: '1\nsecret\n' },
    { outcome: 'fail', error: BOOM, retry: 'never' },
    { outcome: 'release', delayMs: 5 },
    { outcome: 'unhandled' },
    { outcome: 'timeout' },
  ] as const;
  const answers = await fixture().broker.settle(
    queue,
    leases.map((lease, i) => ({ ...of(lease), ...(outcomes[i] ?? { outcome: 'release' }) })),
  );
  expect(answers).toEqual(leases.map(() => settled('cancelled')));
  const jobs = await Promise.all(leases.map(({ id }) => fixture().broker.job(queue, id)));
  expect(jobs.map((job) => job?.state)).toEqual(leases.map(() => 'cancelled'));
  expect(jobs.map((job) => job?.history[0]?.number)).toEqual([1, 1, 1, 1, 1]);
  expect(jobs[0]?.history[0]?.message).toBeNull();
  expect(jobs[1]?.history[0]?.message).toBe('Error: boom');
});

describe('tokens', () => {
  test('a second settlement of one lease in the same call is answered as the first, which wins', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 2);
    const [a, b] = (await fixture().claim(queue)) as [never, never];
    const answers = await fixture().broker.settle(queue, [
      { ...of(a), outcome: 'complete', result: '"first"' },
      { ...of(b), outcome: 'fail', error: BOOM, retry: 'never' },
      { ...of(a), outcome: 'fail', error: BOOM },
      { ...of(b), outcome: 'complete' },
    ]);
    expect(answers).toEqual(['completed', 'dead', 'completed', 'dead'].map(settled));
    expect((await fixture().broker.job(queue, of(a).id))?.result).toBe('"first"');
    const stats = await fixture().broker.stats(queue);
    expect(stats?.totals).toMatchObject({ completed: 1, failed: 1, dead: 1 });
  });

  test('a second settlement in a later call is told that the lease is lost', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    const lease = await fixture().claimOne(queue);
    await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'complete' }]);
    expect(await fixture().broker.settle(queue, [{ ...of(lease), outcome: 'complete' }])).toEqual([
      LOST,
    ]);
  });

  test("a stale worker's settle changes nothing", async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    await fixture().enqueue(queue);
    const stale = await fixture().claimOne(queue, 1_000);
    await fixture().control.setNow(T0 + 1_001);
    await fixture().broker.reap(queue);
    const current = await fixture().claimOne(queue);
    const before = await fixture().redis.hgetall(fixture().key('leases', queue));
    const outcomes: Settlement[] = [
      { ...of(stale), outcome: 'complete', result: '"stale"' },
      { ...of(stale), outcome: 'fail', error: BOOM, retry: 'never' },
      { ...of(stale), outcome: 'release' },
      { ...of(stale), outcome: 'unhandled' },
      { ...of(stale), outcome: 'timeout' },
    ];
    expect(await fixture().broker.settle(queue, outcomes)).toEqual(outcomes.map(() => LOST));
    const [extended] = await fixture().broker.extend(queue, [
      { ...of(stale), leaseMs: 5_000, progress: '"stale"' },
    ]);
    expect(extended).toEqual(LOST);
    expect(await fixture().redis.hgetall(fixture().key('leases', queue))).toEqual(before);
    const job = await fixture().broker.job(queue, stale.id);
    expect(job).toMatchObject({ state: 'active', attempts: 0, progress: null });
    expect(await fixture().broker.settle(queue, [{ ...of(current), outcome: 'complete' }])).toEqual(
      [settled('completed')],
    );
  });

  test('part of a token, a longer one, or that of another job is not the token', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 12);
    const leases = await fixture().claim(queue);
    const first = leases[0]!;
    const other = leases[1]!;
    // The tokens of the first and of the tenth to twelfth begin alike.
    const base = first.token.slice(0, first.token.lastIndexOf('.'));
    expect(leases[10]!.token).toBe(`${first.token}1`);
    const foreign = [
      base,
      `${base}.`,
      first.token.slice(0, -2),
      `${first.token}1`,
      other.token,
      'x',
    ];
    const answers = await fixture().broker.settle(
      queue,
      foreign.map((token) => ({ id: first.id, token, outcome: 'complete' })),
    );
    expect(answers).toEqual(foreign.map(() => LOST));
    const extended = await fixture().broker.extend(
      queue,
      foreign.map((token) => ({ id: first.id, token, leaseMs: 60_000 })),
    );
    expect(extended).toEqual(foreign.map(() => LOST));
    const shorter = { id: leases[10]!.id, token: first.token, outcome: 'complete' } as const;
    expect(await fixture().broker.settle(queue, [shorter])).toEqual([LOST]);
    const gone = { id: 'nosuchjob', token: first.token, outcome: 'complete' } as const;
    expect(await fixture().broker.settle(queue, [gone])).toEqual([LOST]);
    expect((await fixture().broker.stats(queue))?.counts.active).toBe(12);
  });
});

describe('batches', () => {
  test('1,000 leases are settled in one call, and 1,000 taken in the same', async () => {
    const queue = fixture().queue();
    const ids = await fixture().fill(queue, 2_000);
    const leases = await fixture().claim(queue);
    expect(leases).toHaveLength(1_000);
    const answer = await fixture().broker.settleAndClaim(
      queue,
      leases.map((lease, i) => {
        if (i % 4 === 0) return { ...of(lease), outcome: 'complete' };
        if (i % 4 === 1) return { ...of(lease), outcome: 'fail', error: BOOM };
        return i % 4 === 2
          ? { ...of(lease), outcome: 'release' }
          : { ...of(lease), outcome: 'fail', error: BOOM, retry: 'never' };
      }),
      { workerId: 'w2', max: 1_000 },
    );
    expect(answer.settled).toEqual(
      leases.map((_, i) => settled(['completed', 'scheduled', 'ready', 'dead'][i % 4] ?? '')),
    );
    expect(answer.leases.map((lease) => lease.id)).toEqual(ids.slice(1_000));
    expect((await fixture().broker.stats(queue))?.counts).toEqual({
      ready: 250,
      scheduled: 250,
      active: 1_000,
      completed: 250,
      dead: 250,
      cancelled: 0,
    });
  });

  test('more than 1,000, or a bad item, is refused as a whole', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    const lease = await fixture().claimOne(queue);
    const item: Settlement = { ...of(lease), outcome: 'complete' };
    const refused: [readonly Settlement[], string][] = [
      [Array.from({ length: 1_001 }, () => item), 'at most 1000'],
      [[item, { ...item, id: 'not an id' }], '/1/id'],
      [[item, { ...item, token: 'a b' }], '/1/token'],
      [[{ ...item, outcome: 'complete', result: 'x'.repeat(65_537) }], '/0/result'],
      [[{ ...item, outcome: 'fail', error: BOOM, retryInMs: -1 }], '/0/retryInMs'],
      [[{ ...item, outcome: 'release', delayMs: 0.5 }], '/0/delayMs'],
      [[{ ...item, outcome: 'unhandled', delayMs: Number.NaN }], '/0/delayMs'],
    ];
    for (const [items, message] of refused)
      await expect(fixture().broker.settle(queue, items)).rejects.toThrow(message);
    expect(await fixture().broker.settle(queue, [])).toEqual([]);
    expect((await fixture().broker.stats(queue))?.counts.active).toBe(1);
  });
});
