import { describe, expect, test } from '@jest/globals';
import type { LogLine } from '../src/index.ts';
import { T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

const said = (...messages: string[]): LogLine[] =>
  messages.map((message, i) => ({ at: T0 + i, level: 'info', message }));

/** One job, claimed. */
async function running(queue: string) {
  const id = await fixture().enqueue(queue, {
    backoff: { type: 'fixed', baseMs: 1, jitter: 'none' },
  });
  const [lease] = await fixture().claim(queue, 1);
  return { id, of: { id, token: lease!.token } };
}

describe('what a delivery logged', () => {
  test.each([
    ['completes', { outcome: 'complete', result: '{"l":"not\\nlog"}' }],
    ['fails', { outcome: 'fail', error: { name: 'Error', message: 'no' } }],
    ['is released', { outcome: 'release' }],
    ['times out', { outcome: 'timeout' }],
  ] as const)('is kept when it %s', async (_what, end) => {
    const queue = fixture().queue();
    const { id, of } = await running(queue);
    await fixture().broker.settle(queue, [{ ...of, ...end, logs: said('first\nline', 'second') }]);
    const job = await fixture().broker.job(queue, id);
    expect(job?.logs).toEqual({ number: 1, lines: said('first\nline', 'second') });
    expect(job?.history).toHaveLength(1);
    if (end.outcome === 'complete') expect(job?.result).toBe(end.result);
  });

  test('travels with heartbeats, beside progress or alone, and outlives a crash', async () => {
    const queue = fixture().queue();
    await fixture().control.setNow(T0);
    const { id, of } = await running(queue);
    const { broker, control } = fixture();
    await broker.extend(queue, [{ ...of, leaseMs: 5_000, progress: '50', logs: said('half') }]);
    expect(await broker.job(queue, id)).toMatchObject({
      progress: '50',
      logs: { lines: said('half') },
    });
    await broker.extend(queue, [{ ...of, leaseMs: 5_000, logs: said('half', 'nearly') }]);
    await control.setNow(T0 + 6_000);
    await broker.reap(queue);
    expect(await broker.job(queue, id)).toMatchObject({
      state: 'ready',
      progress: '50',
      logs: { number: 1, lines: said('half', 'nearly') },
    });
    const [again] = await fixture().claim(queue, 1);
    await broker.settle(queue, [
      { id, token: again!.token, outcome: 'complete', logs: said('second') },
    ]);
    expect((await broker.job(queue, id))?.logs).toEqual({ number: 2, lines: said('second') });
  });

  test('is not kept of a job that is not kept', async () => {
    const queue = fixture().queue();
    await fixture().broker.configure(queue, { retention: { completed: { maxCount: 0 } } });
    const { id, of } = await running(queue);
    const settled = await fixture().broker.settle(queue, [
      { ...of, outcome: 'complete', logs: said('gone') },
    ]);
    expect(settled).toEqual([{ status: 'settled', state: 'gone' }]);
    expect(await fixture().broker.job(queue, id)).toBeNull();
  });

  test.each([
    ['more than 20 lines', said(...Array.from({ length: 21 }, String))],
    ['more than 8 KiB', said('x'.repeat(8_200))],
  ])('is refused with %s', async (_what, logs) => {
    const queue = fixture().queue();
    const { of } = await running(queue);
    const { broker } = fixture();
    await expect(broker.settle(queue, [{ ...of, outcome: 'complete', logs }])).rejects.toThrow(
      '/logs',
    );
    await expect(broker.extend(queue, [{ ...of, leaseMs: 5_000, logs }])).rejects.toThrow('/logs');
  });
});
