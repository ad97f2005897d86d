import { expect, it } from '@jest/globals';
import { backoffText } from '../src/format.ts';

it('a fixed backoff has no cap to show', () => {
  const times = { baseMs: 200, capMs: 600_000, jitter: 'none' } as const;
  expect(backoffText({ type: 'fixed', ...times })).toBe('fixed, 200ms');
  expect(backoffText({ type: 'exponential', ...times })).toBe('exponential, 200ms to 10m');
});
