import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { QueueCalls } from '../src/queue-calls.ts';
import { Recent } from '../src/recent.ts';
import type { ScriptRunner } from '../src/runner.ts';
import { loadScripts } from '../src/scripts.ts';

describe('what is kept for queues used recently', () => {
  test('is bounded; what was not used for longest is dropped first', () => {
    const recent = new Recent<number>(3);
    for (let n = 0; n < 5; n++) recent.set(`q${n}`, n);
    // Used, and so young again.
    expect(recent.get('q0')).toBe(0);
    for (let n = 5; n < 8; n++) recent.set(`q${n}`, n);
    expect(recent.size).toBeLessThanOrEqual(6);
    expect(['q0', 'q1', 'q2', 'q5', 'q6', 'q7'].map((name) => recent.get(name))).toEqual([
      0,
      undefined,
      undefined,
      5,
      6,
      7,
    ]);
    recent.delete('q7');
    expect(recent.get('q7')).toBeUndefined();
  });

  test('the keys of names that come and go do not fill the memory', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const calls = new QueueCalls({} as ScriptRunner, loadScripts(), 'relay');
    const scripts = ['heads', 'reap', 'promote', 'expire', 'settle-and-claim'];
    const megabytesAfter = (from: number): number => {
      for (let n = from; n < from + 40_000; n++) {
        for (const script of scripts) calls.invocation(`tenant-${n}`, { script, args: [] });
      }
      collect();
      return process.memoryUsage().heapUsed / 2 ** 20;
    };
    const first = megabytesAfter(0);
    const growth = megabytesAfter(40_000) - first;
    process.stdout.write(`keys of 40,000 more queues: ${growth.toFixed(1)} MiB more\n`);
    expect(growth).toBeLessThan(20);
  });
});
