import { describe, expect, test } from '@jest/globals';
import { createLogger } from '@relay/service-kit';
import { until } from '@relay/testkit';
import { SupervisedLoop } from '../src/loop.ts';

const logger = createLogger({ name: 'test', version: '0', level: 'silent' });

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function setUp(run: (signal: AbortSignal) => Promise<void>, restartMs = 5) {
  const crashes: unknown[] = [];
  const loop = new SupervisedLoop({
    name: 'tested',
    run,
    logger,
    observer: { crashed: (_name, error) => crashes.push(error) },
    restartMs,
  });
  return { loop, crashes };
}

describe('the start/stop contract of a loop', () => {
  test('starts and stops in any order, any number of times, without two lives at once', async () => {
    for (let round = 0; round < 200; round++) {
      let lives = 0;
      let most = 0;
      const { loop, crashes } = setUp(async (signal) => {
        lives += 1;
        most = Math.max(most, lives);
        await untilAborted(signal);
        lives -= 1;
      });
      const acts = Array.from({ length: 6 }, (_, i) => (round >> i) & 1);
      const stops: Promise<void>[] = [];
      for (const act of acts) {
        if (act === 1) loop.start();
        else stops.push(loop.stop());
        // oxlint-disable-next-line no-await-in-loop -- the point: some come in later ticks.
        if (round % 3 === 0) await Promise.resolve();
      }
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all([...stops, loop.stop(), loop.stop()]);
      expect(lives).toBe(0);
      expect(most).toBeLessThanOrEqual(1);
      expect(crashes).toEqual([]);
      loop.start();
      expect(lives).toBe(0);
    }
  });

  test('a crash is told, and the loop starts again', async () => {
    let lives = 0;
    const { loop, crashes } = setUp(async (signal) => {
      lives += 1;
      if (lives === 1) throw new Error('first');
      if (lives === 2) return;
      await untilAborted(signal);
    });
    loop.start();
    await until(() => lives === 3, { what: 'the third life' });
    expect(crashes).toMatchObject([
      { message: 'first' },
      { message: expect.stringMatching(/by itself/) },
    ]);
    await loop.stop();
  });

  test('stop does not wait for the pause after a crash, and never rejects', async () => {
    const { loop, crashes } = setUp(() => Promise.reject(new Error('always')), 10_000);
    loop.start();
    await until(() => crashes.length === 1, { what: 'a crash' });
    const startedAt = performance.now();
    await loop.stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const count = crashes.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(crashes).toHaveLength(count);
  });

  test('an error thrown because of the stop is none', async () => {
    const { loop, crashes } = setUp(async (signal) => {
      await untilAborted(signal);
      throw new Error('aborted');
    });
    loop.start();
    await loop.stop();
    expect(crashes).toEqual([]);
  });
});
