import { describe, expect, test } from '@jest/globals';
import { toNextStep } from '../src/index.ts';

describe('loops that keep step', () => {
  test('wake at the multiples of their period', () => {
    expect(toNextStep(500, 1_000)).toBe(500);
    expect(toNextStep(500, 1_234)).toBe(266);
    expect(toNextStep(1_000, 1_234)).toBe(766);
  });

  test('do not wake twice for one step when a timer fires early', () => {
    expect(toNextStep(500, 999)).toBe(501);
    expect(toNextStep(500, 955)).toBe(545);
    expect(toNextStep(500, 945)).toBe(55);
  });
});
