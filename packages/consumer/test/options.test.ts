import { describe, expect, it } from '@jest/globals';
import { documentedNumbers } from '@relay/testkit';
import { OptionsError, type WorkerOptions } from '../src/index.ts';
import { settingsOf } from '../src/options.ts';

const TYPES = new URL('../src/types.ts', import.meta.url);

/** No broker is asked for anything: options are checked before that. */
const needed = { broker: {}, queues: ['q'], handlers: () => null } as unknown as WorkerOptions;
const settings = (more: object) => settingsOf({ ...needed, ...more }) as unknown as Numbers;
const ofQueue = (more: object): Numbers => {
  const [queue] = settingsOf({ ...needed, queues: [{ name: 'q', ...more }] }).queues;
  return { concurrency: queue?.limit ?? 0, weight: queue?.weight ?? 0 };
};
const ofThread = (more: object) =>
  settingsOf({ ...needed, heartbeatThread: { redis: 'redis://127.0.0.1:1', ...more } })
    .heartbeatThread as unknown as Numbers;

type Numbers = Readonly<Record<string, number>>;

describe.each([
  ['WorkerOptions', settings, 7],
  ['QueueOption', ofQueue, 2],
  ['HeartbeatThreadOptions', ofThread, 1],
] as const)('the comments of %s', (name, make, least) => {
  const numbers = documentedNumbers(TYPES, name);

  it('give each number a range', () => {
    expect(numbers.length).toBeGreaterThanOrEqual(least);
    const without = numbers.filter(({ low, high }) => low === undefined && high === undefined);
    expect(without.map((one) => one.name)).toEqual([]);
  });

  it.each(numbers)('tell the truth of $name', ({ name: option, low, high, preset }) => {
    // A lease as long as can be, so that half of it bounds nothing here.
    const given = (value: number) => make({ leaseMs: 3_600_000, [option]: value })[option];
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
