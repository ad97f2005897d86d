import { describe, expect, it } from '@jest/globals';
import { groupOf, normalise } from '../src/dead-letters/groups.ts';

describe('a normalised error', () => {
  it.each([
    ['user 17 not found', 'user <n> not found'],
    ['timeout after 3,000.5 ms', 'timeout after <n> ms'],
    ['no field "email" in \'body\'', 'no field <text> in <text>'],
    ['order 8b6f0c1e-2d3a-4f5b-9c7d-0e1f2a3b4c5d failed', 'order <uuid> failed'],
    ['at 0x7ffe and deadbeef00112233', 'at <hex> and <hex>'],
    ['job 0Qm3x8Kd00abcdefghij is gone', 'job <id> is gone'],
    ['connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED <n>'],
    ['two\n  lines', 'two lines'],
    ['plain words stay as they are', 'plain words stay as they are'],
  ])('of %j is %j', (message, expected) => {
    expect(normalise(message)).toBe(expected);
  });

  it('is bounded, and quick for a hostile text', () => {
    const begun = performance.now();
    for (const text of ['"', "'", '0', 'a1', '-', ' ']) normalise(text.repeat(100_000));
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(normalise('x'.repeat(5_000)).length).toBeLessThanOrEqual(300);
  });

  it('makes the group, with the reason', () => {
    const error = (message: string) => ({ name: 'Error', message });
    const one = groupOf({ reason: 'crashed', error: error('job 1') });
    expect(groupOf({ reason: 'crashed', error: error('job 22') }).group).toBe(one.group);
    expect(groupOf({ reason: 'non-retryable', error: error('job 1') }).group).not.toBe(one.group);
    expect(groupOf({ reason: 'crashed', error: null }).error).toBeNull();
  });
});
