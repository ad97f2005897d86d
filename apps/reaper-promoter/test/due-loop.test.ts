import { afterEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@relay/service-kit';
import { until } from '@relay/testkit';
import { DueLoop, LOOK, type Visit } from '../src/due-loop.ts';
import { DueTimes } from '../src/due-times.ts';

const logger = createLogger({ name: 'test', version: '0', level: 'silent' });
const clock = { now: () => performance.now() };
const NOTHING: Visit = { more: false, nextDueAt: null };
const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

function setUp(
  visit: (queue: string) => Promise<Visit>,
  { queues = [], sweepMs = 60_000 }: { queues?: string[]; sweepMs?: number } = {},
) {
  const visits: { queue: string; at: number }[] = [];
  const rounds: boolean[] = [];
  const loop = new DueLoop({
    name: 'tested',
    visit: (queue) => {
      visits.push({ queue, at: performance.now() });
      return visit(queue);
    },
    clock,
    observer: { round: (_name, { ok }) => rounds.push(ok), crashed: () => undefined },
    logger,
    sweepMs,
  });
  for (const queue of queues) loop.announce(queue, LOOK);
  const stop = new AbortController();
  // In a later tick: what it visits may speak of what this returns.
  const ended = Promise.resolve().then(() => loop.run(stop.signal));
  running.push(async () => {
    stop.abort();
    await ended;
  });
  return { loop, visits, rounds, names: () => visits.map(({ queue }) => queue) };
}

describe('a loop over due queues', () => {
  test('visits the queues that there are, then sleeps', async () => {
    const { visits, names } = setUp(async () => NOTHING, { queues: ['a', 'b'] });
    await until(() => visits.length === 2, { what: 'both visits' });
    expect(names()).toEqual(['a', 'b']);
  });

  test('comes when the queue is due, or earlier when an earlier time is published', async () => {
    const start = performance.now();
    const { loop, visits } = setUp(
      async () => (visits.length === 1 ? { more: false, nextDueAt: start + 60_000 } : NOTHING),
      { queues: ['a'] },
    );
    await until(() => visits.length === 1, { what: 'the first visit' });
    const dueAt = performance.now() + 60;
    loop.announce('a', dueAt);
    await until(() => visits.length === 2, { what: 'the second visit' });
    expect(visits[1]!.at).toBeGreaterThanOrEqual(dueAt - 1);
    expect(visits[1]!.at).toBeLessThan(dueAt + 5_000);
  });

  test('a time published during a visit is not forgotten', async () => {
    let release = () => {};
    const { loop, visits } = setUp(
      () =>
        new Promise((resolve) => {
          release = () => resolve(NOTHING);
        }),
      { queues: ['a'] },
    );
    await until(() => visits.length === 1, { what: 'the first visit' });
    loop.announce('a', performance.now() + 20);
    release();
    await until(() => visits.length === 2, { what: 'the second visit' });
    release();
  });

  test('a queue with endless work does not keep another from its turn', async () => {
    const { loop, names } = setUp(
      async (queue) => {
        await new Promise((resolve) => setImmediate(resolve));
        return { more: queue === 'busy', nextDueAt: null };
      },
      { queues: ['busy'] },
    );
    await until(() => names().length > 20, { what: 'twenty batches' });
    const before = names().length;
    loop.announce('other', performance.now());
    await until(() => names().includes('other'), { what: 'the other queue' });
    expect(names().indexOf('other') - before).toBeLessThan(5);
  });

  test('what is overdue for another loop is not asked about in a spin', async () => {
    const overdue = performance.now() - 1;
    const { visits } = setUp(async () => ({ more: false, nextDueAt: overdue }), {
      queues: ['a'],
      sweepMs: 200,
    });
    await until(() => (visits.at(-1)?.at ?? 0) > overdue + 600, { what: '600 ms' });
    expect(visits.length).toBeLessThan(30);
  });

  test('what has left is not visited, even when it left during a visit', async () => {
    let release = () => {};
    const { loop, visits, names } = setUp(
      () =>
        new Promise((resolve) => {
          release = () => resolve({ more: visits.length === 1, nextDueAt: null });
        }),
      { queues: ['a'] },
    );
    await until(() => visits.length === 1, { what: 'the visit' });
    loop.announce('b', performance.now() + 20);
    loop.forget('b');
    loop.forget('a');
    release();
    loop.announce('c', performance.now() + 40);
    await until(() => names().includes('c'), { what: 'the visit of another' });
    release();
    expect(names()).toEqual(['a', 'c']);
  });

  test('a queue that cannot be visited is left alone for a while; the others go on', async () => {
    const { loop, rounds, names } = setUp(
      async (queue) => {
        if (queue === 'bad')
          throw Object.assign(new Error('wrong type'), { code: 'store-corrupt' });
        return NOTHING;
      },
      { queues: ['bad', 'good'] },
    );
    const good = () => names().filter((queue) => queue === 'good').length;
    for (let visits = 1; visits <= 5; visits++) {
      await until(() => good() === visits, { what: `visit ${visits}` });
      loop.announce('bad', LOOK);
      loop.announce('good', LOOK);
    }
    expect(names().filter((queue) => queue === 'bad')).toHaveLength(1);
    expect(rounds).toContain(false);
  });

  test('while the store is away it tries again, with pauses', async () => {
    let away = true;
    const { visits } = setUp(
      async () => {
        if (away) throw Object.assign(new Error('away'), { code: 'store-unavailable' });
        return NOTHING;
      },
      { queues: ['a'] },
    );
    await until(() => visits.length >= 3, { what: 'three tries' });
    expect(visits[2]!.at - visits[0]!.at).toBeGreaterThan(400);
    away = false;
    const tries = visits.length;
    await until(() => visits.length > tries, { what: 'the next try' });
  });
});

describe('due times', () => {
  test('come out in their order, each queue once, at its newest time', () => {
    const times = new DueTimes();
    const expected = new Map<string, number>();
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed;
    };
    for (let i = 0; i < 5_000; i++) {
      const queue = `q${random() % 300}`;
      const at = random() % 1_000_000;
      times.set(queue, at);
      expected.set(queue, at);
    }
    times.delete('q7');
    expected.delete('q7');
    const order = [...expected].toSorted((a, b) => a[1] - b[1]);
    expect(times.next()).toBe(order[0]?.[1]);
    const half = times.take(500_000, 10_000);
    expect(half.map(({ queue }) => queue)).toEqual(
      order.filter(([, at]) => at <= 500_000).map(([queue]) => queue),
    );
    expect(times.size).toBe(order.length - half.length);
    expect(times.take(2_000_000, 3)).toHaveLength(3);
  });

  test('setEarlier never puts off', () => {
    const times = new DueTimes();
    times.set('a', 10);
    times.setEarlier('a', 20);
    expect(times.next()).toBe(10);
    times.setEarlier('a', 5);
    expect(times.next()).toBe(5);
  });
});
