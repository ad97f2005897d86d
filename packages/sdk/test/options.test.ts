import { expect, test } from '@jest/globals';
import { brokenPromises, documentedNumbers } from '@relay/testkit';
import { batchSettings } from '../src/batch-options.ts';
import { OptionsError } from '../src/index.ts';
import { retryPolicy } from '../src/retry.ts';
import { settingsOf } from '../src/worker/settings.ts';

type Numbers = Readonly<Record<string, number>>;

test.each([
  ['BatchOptions', '../src/batch-options.ts', batchSettings, 2, {}],
  ['RetryOptions', '../src/retry.ts', retryPolicy, 3, {}],
  // A lease as long as can be, so that half of it bounds nothing.
  ['WorkerSettings', '../src/worker/settings.ts', settingsOf, 7, { leaseMs: 3_600_000 }],
] as const)(
  '%s has the ranges and defaults that its comments say',
  (name, file, check, count, base) => {
    const numbers = documentedNumbers(new URL(file, import.meta.url), name);
    expect(numbers).toHaveLength(count);
    const make = (options: object) => check(options) as unknown as Numbers;
    expect(brokenPromises(numbers, make, base)).toEqual([]);
  },
);

test('a number out of its range is refused by name', () => {
  expect(() => settingsOf({ leaseMs: 999 })).toThrow(OptionsError);
  expect(() => settingsOf({ leaseMs: 999 })).toThrow(/leaseMs must be a whole number from 1000 /);
});
