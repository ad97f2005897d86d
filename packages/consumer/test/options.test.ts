import { expect, test } from '@jest/globals';
import { brokenPromises, documentedNumbers } from '@relay/testkit';
import { OptionsError, type WorkerOptions } from '../src/index.ts';
import { settingsOf } from '../src/options.ts';

type Numbers = Readonly<Record<string, number>>;

const TYPES = new URL('../src/types.ts', import.meta.url);

/** No broker is asked for anything: options are checked before that. */
const needed = { broker: {}, queues: ['q'], handlers: () => null } as unknown as WorkerOptions;
const ofWorker = (more: object) => settingsOf({ ...needed, ...more }) as unknown as Numbers;
const ofQueue = (more: object): Numbers => {
  const [queue] = settingsOf({ ...needed, queues: [{ name: 'q', ...more }] }).queues;
  return { concurrency: queue?.limit ?? 0, weight: queue?.weight ?? 0 };
};
const ofThread = (more: object) =>
  settingsOf({ ...needed, heartbeatThread: { redis: 'redis://127.0.0.1:1', ...more } })
    .heartbeatThread as unknown as Numbers;

test.each([
  // A lease as long as can be, so that half of it bounds nothing.
  ['WorkerOptions', ofWorker, 8, { leaseMs: 3_600_000 }],
  ['QueueOption', ofQueue, 2, {}],
  ['HeartbeatThreadOptions', ofThread, 1, {}],
] as const)('%s has the ranges and defaults that its comments say', (name, make, count, base) => {
  const numbers = documentedNumbers(TYPES, name);
  expect(numbers).toHaveLength(count);
  expect(brokenPromises(numbers, make, base)).toEqual([]);
});

test('a number out of its range is refused by name', () => {
  expect(() => ofWorker({ leaseMs: 999 })).toThrow(OptionsError);
  expect(() => ofWorker({ leaseMs: 999 })).toThrow(/^leaseMs must be a whole number from 1000 /);
});
