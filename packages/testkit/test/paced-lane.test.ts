import { expect, test } from '@jest/globals';
import { AT_ONCE, PacedLane } from '../src/paced-lane.ts';
import { until } from '../src/until.ts';

test('what is sent keeps its order, whatever the jitter, and when the pace is full again', async () => {
  const lane = new PacedLane();
  const arrived: number[] = [];
  const send = (n: number, pace = AT_ONCE): void => lane.send(100, pace, () => arrived.push(n));
  for (let n = 0; n < 50; n++) send(n, { ...AT_ONCE, delayMs: 20, jitterMs: 20 });
  send(50);
  expect(arrived).toEqual([]);
  await until(() => arrived.length === 51, { what: 'everything to arrive' });
  expect(arrived).toEqual(Array.from({ length: 51 }, (_, n) => n));
  // With nothing on its way there is no detour.
  send(51);
  expect(arrived.at(-1)).toBe(51);
});

test('a throttled lane lets so many bytes a second through', async () => {
  const lane = new PacedLane();
  const begun = performance.now();
  let last = 0;
  for (let n = 0; n < 10; n++) {
    lane.send(1_000, { ...AT_ONCE, bytesPerSecond: 50_000 }, () => {
      last = performance.now();
    });
  }
  await until(() => last > 0 && performance.now() - last > 50, { what: 'everything to arrive' });
  // Never faster; a busy machine may be slower.
  expect(last - begun).toBeGreaterThan(190);
});
