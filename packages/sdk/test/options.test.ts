import { describe, expect, it } from '@jest/globals';
import { documentedNumbers } from '@relay/testkit';
import { batchSettings } from '../src/batcher.ts';
import { OptionsError } from '../src/index.ts';
import { retryPolicy } from '../src/retry.ts';
import { settingsOf } from '../src/worker/settings.ts';

type Numbers = Readonly<Record<string, number>>;

describe.each([
  ['BatchOptions', '../src/batcher.ts', batchSettings, 2],
  ['RetryOptions', '../src/retry.ts', retryPolicy, 3],
  ['WorkerSettings', '../src/worker/settings.ts', settingsOf, 7],
] as const)('the comments of %s', (name, file, check, least) => {
  const numbers = documentedNumbers(new URL(file, import.meta.url), name);
  const make = (options: object) => check(options) as unknown as Numbers;

  it('give each number a range', () => {
    expect(numbers.length).toBeGreaterThanOrEqual(least);
    const without = numbers.filter(({ low, high }) => low === undefined && high === undefined);
    expect(without.map((one) => one.name)).toEqual([]);
  });

  it.each(numbers)('tell the truth of $name', ({ name: option, low, high, preset }) => {
    // A lease as long as can be, so that half of it bounds nothing here.
    const lease = name === 'WorkerSettings' ? { leaseMs: 3_600_000 } : {};
    const given = (value: number) => make({ ...lease, [option]: value })[option];
    if (preset !== undefined) expect(make({})[option]).toBe(preset);
    for (const [bound, step] of [
      [low, -1],
      [high, 1],
    ] as const) {
      if (bound === undefined) continue;
      expect(given(bound)).toBe(bound);
      expect(() => given(bound + step)).toThrow(OptionsError);
    }
  });
});
