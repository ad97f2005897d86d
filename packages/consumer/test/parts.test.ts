import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { RetryDelay } from '../src/backoff.ts';
import { Deadlines, type Due } from '../src/deadlines.ts';
import { Emitter } from '../src/emitter.ts';
import { OptionsError, Worker, type WorkerOptions } from '../src/index.ts';
import { SlotPool } from '../src/slot-pool.ts';
import { FakeBroker } from './support/fake-broker.ts';

const contender = (overrides: { limit?: number; weight?: number; contends?: boolean } = {}) => {
  let asked = 0;
  const contends = { now: overrides.contends ?? true };
  return {
    limit: overrides.limit ?? 10,
    weight: overrides.weight ?? 1,
    contends: () => contends.now,
    onRoom: () => {
      asked += 1;
    },
    state: contends,
    asked: () => asked,
  };
};

describe('the slots', () => {
  test('one queue alone may have them all, others share evenly', () => {
    const pool = new SlotPool(10);
    const a = pool.join(contender());
    const idle = contender({ contends: false });
    const b = pool.join(idle);
    expect(a.reserve(1_000)).toBe(10);
    a.release(10);
    idle.state.now = true;
    expect(a.reserve(1_000)).toBe(5);
    expect(b.reserve(1_000)).toBe(5);
    expect(pool.busy).toBe(10);
  });

  test('weights share the slots: three of four beside one', () => {
    const pool = new SlotPool(8);
    const a = pool.join(contender({ weight: 3 }));
    const b = pool.join(contender());
    expect(a.reserve(1_000)).toBe(6);
    expect(b.reserve(1_000)).toBe(2);
  });

  test('weights share a single slot too, turn by turn', () => {
    const pool = new SlotPool(1);
    const shares = { a: pool.join(contender({ weight: 3 })), b: pool.join(contender()) };
    const turns = { a: 0, b: 0 };
    for (let i = 0; i < 40; i++) {
      for (const name of ['a', 'b'] as const) {
        const got = shares[name].reserve(1);
        turns[name] += got;
        shares[name].release(got);
      }
    }
    expect(turns.a / turns.b).toBeCloseTo(3, 0);
    expect(turns.b).toBeGreaterThan(0);
  });

  test('fewer slots than are in use: none is given out until enough are free', () => {
    const pool = new SlotPool(4);
    const a = pool.join(contender());
    expect(a.reserve(4)).toBe(4);
    pool.resize(2);
    a.release(2);
    expect(a.reserve(4)).toBe(0);
    a.release(1);
    expect(a.reserve(4)).toBe(1);
    expect(pool.busy).toBe(2);
  });

  test('what one cannot use the others get', () => {
    const pool = new SlotPool(10);
    const a = pool.join(contender());
    pool.join(contender({ limit: 2 }));
    expect(a.reserve(1_000)).toBe(8);
  });

  test('one that was refused hears of room', () => {
    const pool = new SlotPool(1);
    const first = contender();
    const second = contender();
    const a = pool.join(first);
    const b = pool.join(second);
    expect(a.reserve(1)).toBe(1);
    expect(b.reserve(1)).toBe(0);
    a.release(1);
    expect(second.asked()).toBe(1);
    // Both want it: the turn is the other's.
    expect(a.reserve(1)).toBe(0);
    expect(b.reserve(1)).toBe(1);
  });
});

describe('the deadlines', () => {
  test('one timer looks at everything when the first is due', async () => {
    const seen: string[] = [];
    const due = (name: string, inMs: number): Due => {
      const thing = {
        dueAt: performance.now() + inMs,
        onDue: () => {
          seen.push(name);
          thing.dueAt = Number.POSITIVE_INFINITY;
        },
      };
      return thing;
    };
    // In the order of their times: on a machine that is held up both may be due at once.
    const things = [due('first', 10), due('later', 40), due('never', 1e9)];
    const deadlines = new Deadlines(
      () => things,
      () => performance.now(),
    );
    for (const thing of things) deadlines.arm(thing.dueAt);
    await until(() => seen.length === 2, { what: 'both' });
    expect(seen).toEqual(['first', 'later']);
    deadlines.stop();
  });
});

describe('small things', () => {
  test('the pause after failures grows to its cap, half of it by chance', () => {
    const delay = new RetryDelay({ random: () => 0 });
    const pauses = Array.from({ length: 8 }, () => delay.next());
    expect(pauses).toEqual([25, 50, 100, 200, 400, 500, 500, 500]);
    delay.reset();
    expect(delay.next()).toBe(25);
  });

  test('a listener that throws disturbs nobody', () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<{ tick: number }>((error) => errors.push(error));
    const seen: number[] = [];
    emitter.on('tick', () => {
      throw new Error('mine');
    });
    const off = emitter.on('tick', (n) => seen.push(n));
    emitter.emit('tick', 1);
    off();
    emitter.emit('tick', 2);
    expect(seen).toEqual([1]);
    expect(errors).toHaveLength(2);
  });

  test.each<[string, Partial<WorkerOptions>, RegExp]>([
    ['no queue', { queues: [] }, /queues is empty/],
    ['a queue twice', { queues: ['a', 'a'] }, /named twice/],
    ['a bad name', { queues: ['a b'] }, /a queue must be/],
    ['no concurrency', { concurrency: 0 }, /concurrency must be/],
    ['a short lease', { leaseMs: 10 }, /leaseMs must be/],
    ['a slow heartbeat', { leaseMs: 1_000, heartbeatMs: 900 }, /heartbeatMs must be/],
    ['no handler', { handlers: {} }, /no handler/],
  ])('refuses %s', (_what, options, message) => {
    const make = () =>
      new Worker({ broker: new FakeBroker(), queues: ['q'], handlers: () => 1, ...options });
    expect(make).toThrow(OptionsError);
    expect(make).toThrow(message);
  });
});
