import { describe, expect, test } from '@jest/globals';
import type { JobState, JobSummary, ListOptions } from '../src/index.ts';
import { BOOM, of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

/** All pages, with something done between them. */
async function pages(
  queue: string,
  state: JobState,
  list: ListOptions,
  between: (seen: readonly JobSummary[]) => Promise<unknown> = async () => undefined,
): Promise<readonly JobSummary[]> {
  const seen: JobSummary[] = [];
  let cursor: string | null = null;
  do {
    const page = await fixture().broker.list(queue, state, {
      ...list,
      ...(cursor === null ? {} : { cursor }),
    });
    seen.push(...page.items);
    cursor = page.nextCursor;
    if (cursor !== null) await between(seen);
  } while (cursor !== null);
  return seen;
}

/** Brings the jobs into the state; all at one time, so that they share their scores. */
async function bring(queue: string, count: number, state: JobState): Promise<string[]> {
  const ids = await fixture().fill(queue, count, state === 'scheduled' ? { delayMs: 60_000 } : {});
  if (state === 'cancelled') await fixture().broker.act(queue, 'cancel', ids);
  if (state === 'ready' || state === 'scheduled' || state === 'cancelled') return ids;
  const leases = await fixture().claim(queue);
  if (state === 'active') return ids;
  await fixture().broker.settle(
    queue,
    leases.map((lease) =>
      state === 'dead'
        ? { ...of(lease), outcome: 'fail', error: BOOM, retry: 'never' }
        : { ...of(lease), outcome: 'complete', result: '1' },
    ),
  );
  return ids;
}

const STATES: JobState[] = ['ready', 'scheduled', 'active', 'completed', 'dead', 'cancelled'];

describe.each(STATES)('the list of %s jobs', (state) => {
  test.each(['asc', 'desc'] as const)('%s: page by page it is complete', async (order) => {
    const queue = fixture().queue();
    await fixture().control.setNow(1_900_000_000_000);
    const ids = await bring(queue, 100, state);
    const whole = await pages(queue, state, { limit: 200, order });
    const inSteps = await pages(queue, state, { limit: 7, order });
    expect(inSteps).toEqual(whole);
    const listed = whole.map((job) => job.id);
    expect(listed.toSorted()).toEqual(ids.toSorted());
    const asc = await pages(queue, state, { limit: 200, order: 'asc' });
    expect(order === 'asc' ? listed : listed.toReversed()).toEqual(asc.map((job) => job.id));
    expect(new Set(whole.map((job) => job.state))).toEqual(new Set([state]));
    if (state === 'ready') expect(asc.map((job) => job.id)).toEqual(ids);
  });
});

describe('a list while jobs come and go', () => {
  test.each([
    ['asc', 'the last shown'],
    ['desc', 'the last shown'],
    ['asc', 'all shown'],
    ['desc', 'all shown'],
    ['asc', 'some not shown'],
  ] as const)(
    '%s, %s is deleted: none that stays is left out or shown twice',
    async (order, which) => {
      const queue = fixture().queue();
      await fixture().control.setNow(T0);
      const ids = await bring(queue, 100, 'dead');
      const gone = new Set<string>();
      const seen = await pages(queue, 'dead', { limit: 9, order }, async (shown) => {
        const last = shown.at(-1)?.id ?? '';
        const rest = ids.filter((id) => !gone.has(id) && !shown.some((job) => job.id === id));
        const targets = {
          'the last shown': [last],
          'all shown': shown.map((job) => job.id).filter((id) => !gone.has(id)),
          'some not shown': [last, ...rest.slice(0, 3)],
        }[which];
        for (const id of targets) gone.add(id);
        await fixture().broker.act(queue, 'delete', targets);
      });
      const shown = seen.map((job) => job.id);
      expect(new Set(shown).size).toBe(shown.length);
      for (const id of ids) if (!gone.has(id)) expect(shown).toContain(id);
      if (which !== 'some not shown') expect(shown.toSorted()).toEqual(ids.toSorted());
    },
  );

  test('new ones disturb nothing', async () => {
    const queue = fixture().queue();
    const ids = await bring(queue, 50, 'ready');
    const seen = await pages(queue, 'ready', { limit: 8 }, () =>
      fixture().fill(queue, 2, { priority: 9 }),
    );
    expect(seen.map((job) => job.id)).toEqual(ids);
  });
});

test('an action on all of a state reaches all, although it removes the jobs that its cursor names', async () => {
  const queue = fixture().queue();
  await fixture().control.setNow(T0);
  await bring(queue, 1_000, 'dead');
  await bring(queue, 700, 'dead');
  let cursor: string | null = '';
  let acted = 0;
  while (cursor !== null) {
    const step = await fixture().broker.actMatching(queue, 'delete', {
      state: 'dead',
      filter: {},
      ...(cursor === '' ? {} : { cursor }),
    });
    acted += step.acted;
    cursor = step.nextCursor;
  }
  expect(acted).toBe(1_700);
  expect((await fixture().broker.stats(queue))?.counts.dead).toBe(0);
});

describe('a list', () => {
  test('of one type, however rare, ends', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 2_300, { type: 'common' });
    const id = await fixture().enqueue(queue, { type: 'rare' });
    const seen = await pages(queue, 'ready', { type: 'rare', limit: 10 });
    expect(seen.map((job) => job.id)).toEqual([id]);
    expect(await pages(queue, 'ready', { type: 'none' })).toEqual([]);
  });

  test('shows neither payload nor result, stack or token', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 3, { payload: '"secret payload"', headers: { a: 'b' } });
    const [a, b, c] = (await fixture().claim(queue)) as [never, never, never];
    const error = { name: 'E', message: 'm', stack: 'secret stack' };
    await fixture().broker.settle(queue, [
      { ...of(a), outcome: 'complete', result: '"secret result"' },
      { ...of(b), outcome: 'fail', error, retry: 'never' },
    ]);
    const text = JSON.stringify([
      await fixture().broker.list(queue, 'completed'),
      await fixture().broker.list(queue, 'dead'),
      await fixture().broker.list(queue, 'active'),
      await fixture().broker.job(queue, of(c).id),
    ]);
    expect(text).not.toMatch(/secret (result|stack)/);
    expect(text.match(/secret payload/g)).toHaveLength(1);
    expect(text).not.toContain(of(c).token);
    expect(text).toContain('"headers":{"a":"b"}');
  });

  test('refuses forged cursors, cursors of other lists, and bad limits', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 3);
    const { broker } = fixture();
    const { nextCursor } = await broker.list(queue, 'ready', { limit: 1 });
    const forge = (text: string) => Buffer.from(text).toString('base64url');
    for (const cursor of [
      '',
      'x',
      '!',
      forge('ready asc 1 a b'),
      forge('ready asc -1 a'),
      forge('ready asc 1 a:b'),
      forge('ready asc inf a'),
      forge('ready asc'),
    ])
      await expect(broker.list(queue, 'ready', { cursor })).rejects.toThrow('cursor');
    const cursor = nextCursor ?? '';
    await expect(broker.list(queue, 'dead', { cursor })).rejects.toThrow('cursor');
    await expect(broker.list(queue, 'ready', { cursor, order: 'desc' })).rejects.toThrow('cursor');
    await expect(broker.list(queue, 'ready', { limit: 0 })).rejects.toThrow('limit');
    await expect(broker.list(queue, 'ready', { limit: 201 })).rejects.toThrow('limit');
    // One that nobody gave out, but could have been, is a place in the list like any other.
    expect(
      (await broker.list(queue, 'ready', { cursor: forge('ready asc 1 zzz') })).items,
    ).toHaveLength(3);
  });
});

test('a job is told in every state', async () => {
  const queue = fixture().queue();
  await fixture().control.setNow(T0);
  const { broker } = fixture();
  expect(await broker.job(queue, 'nosuch')).toBeNull();
  const id = await fixture().enqueue(queue, { delayMs: 10 });
  const look = async () => {
    const job = (await broker.job(queue, id))!;
    const { state, runAt, startedAt, finishedAt, leaseExpiresAt, workerId } = job;
    return [state, runAt, startedAt, finishedAt, leaseExpiresAt, workerId].map((value) =>
      typeof value === 'number' ? value - T0 : value,
    );
  };
  expect(await look()).toEqual(['scheduled', 10, null, null, null, null]);
  await fixture().control.setNow(T0 + 10);
  await broker.promote(queue);
  expect(await look()).toEqual(['ready', 10, null, null, null, null]);
  await fixture().control.setNow(T0 + 20);
  const lease = await fixture().claimOne(queue, 1_000);
  expect(await look()).toEqual(['active', 10, 20, null, 1_020, 'w1']);
  await fixture().control.setNow(T0 + 30);
  await broker.settle(queue, [{ ...of(lease), outcome: 'fail', error: BOOM, retryInMs: 5 }]);
  expect(await look()).toEqual(['scheduled', 35, 20, null, null, 'w1']);
  await broker.cancel(queue, id);
  expect(await look()).toEqual(['cancelled', 35, 20, 30, null, 'w1']);
});

describe('stats', () => {
  test('of a queue that never was are null', async () => {
    expect(await fixture().broker.stats('never')).toBeNull();
    const queue = fixture().queue();
    await fixture().claim(queue);
    expect(await fixture().broker.stats(queue)).toBeNull();
    await fixture().broker.configure(queue, {});
    expect((await fixture().broker.stats(queue))?.counts.ready).toBe(0);
  });

  test('tell the age of the oldest ready job, of whatever priority', async () => {
    const queue = fixture().queue();
    const age = async () => (await fixture().broker.stats(queue))?.oldestReadyMs;
    await fixture().control.setNow(T0);
    expect(await fixture().broker.stats(queue)).toBeNull();
    await fixture().enqueue(queue, { delayMs: 50 });
    expect(await age()).toBeNull();
    await fixture().enqueue(queue, { priority: -1_000 });
    await fixture().control.setNow(T0 + 100);
    await fixture().enqueue(queue, { priority: 1_000 });
    await fixture().broker.promote(queue);
    expect(await age()).toBe(100);
    expect((await fixture().broker.stats(queue))?.at).toBe(T0 + 100);
    await fixture().claim(queue, 2);
    expect(await age()).toBe(100);
    await fixture().claim(queue, 1);
    expect(await age()).toBeNull();
    // A clock that went back counts as no time.
    await fixture().enqueue(queue);
    await fixture().control.setNow(T0);
    expect(await age()).toBe(0);
  });
});

test('queues are listed by name, searched, and paged', async () => {
  const f = fixture();
  const broker = f.open({ namespace: 'listing' });
  expect(await broker.queues()).toEqual({ items: [], nextCursor: null });
  const names = Array.from(
    { length: 25 },
    (_, i) => `${i % 2 ? 'mail' : 'web'}.${String(i).padStart(2, '0')}`,
  );
  await Promise.all(names.map((name) => broker.enqueue(name, { payload: '1' })));
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: readonly string[]; nextCursor: string | null } = await broker.queues({
      cursor,
      limit: 4,
    });
    seen.push(...page.items);
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(names.toSorted());
  const found = await broker.queues({ search: 'mail', limit: 10 });
  expect(found.items).toEqual(
    names
      .filter((name) => name.startsWith('mail'))
      .toSorted()
      .slice(0, 10),
  );
  const rest = await broker.queues({ search: 'mail', limit: 10, cursor: found.nextCursor ?? '' });
  expect([rest.items.length, rest.nextCursor]).toEqual([2, null]);
  expect((await broker.queues({ search: 'nothing' })).items).toEqual([]);
  // Another namespace sees none of them, and a lost registry heals.
  expect((await f.broker.queues({ limit: 1_000 })).items).not.toContain('web.00');
  await f.redis.del('listing:queues');
  await f.open({ namespace: 'listing' }).claim('web.00', { workerId: 'w1', max: 1 });
  expect((await broker.queues()).items).toEqual(['web.00']);
});

describe('the roll-up', () => {
  test('notes nothing while nothing changes, though a job waits, and whatever version noted last', async () => {
    const { broker, redis, control } = fixture();
    const queue = fixture().queue();
    const series = fixture().key('series', queue);
    await control.setNow(T0);
    await fixture().enqueue(queue);
    expect(await broker.rollUp(queue)).toBe(true);
    expect(await broker.rollUp(queue)).toBe(false);
    await control.setNow(T0 + 60_000);
    expect(await broker.rollUp(queue)).toBe(false);
    const [note = ''] = await redis.zrange(series, '-1', '-1');
    expect(note).toMatch(/ #notedAt=\d+$/);
    await redis.del(series);
    await redis.zadd(series, note.split(' ')[0] ?? '', note.replace(/ #notedAt=\d+$/, ''));
    expect(await broker.rollUp(queue)).toBe(false);
    await fixture().enqueue(queue);
    expect(await broker.rollUp(queue)).toBe(true);
    expect((await broker.series(queue)).map(({ totals }) => totals['enqueued'])).toEqual([1, 2]);
  });
});
