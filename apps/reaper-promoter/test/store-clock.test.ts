import { describe, expect, test } from '@jest/globals';
import { StoreClock } from '../src/store-clock.ts';

describe("the reckoning of Redis's clock", () => {
  const HOUR = 3_600_000;

  test('does not depend on the wall clock, and trusts the fastest answer', () => {
    let monotonic = 1_000;
    const clock = new StoreClock(() => monotonic);
    const truth = () => monotonic + 5 * HOUR;
    const sample = (slowThere: number, slowBack: number) => {
      const askedAt = monotonic;
      monotonic += slowThere;
      const time = Math.floor(truth());
      monotonic += slowBack;
      clock.observe({ time, askedAt, answeredAt: monotonic });
    };
    sample(40, 2);
    sample(1, 1);
    sample(60, 5);
    expect(Math.abs(clock.now() - truth())).toBeLessThanOrEqual(1);
  });

  test('follows a jump at once', () => {
    const clock = new StoreClock(() => 0);
    clock.observe({ time: 1_000_000, askedAt: 0, answeredAt: 0 });
    expect(clock.now()).toBe(1_000_000.5);
    clock.observe({ time: 1_060_000, askedAt: -4, answeredAt: 4 });
    expect(clock.now()).toBe(1_060_000.5);
  });
});
