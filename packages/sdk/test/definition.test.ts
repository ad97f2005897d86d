import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineQueue, InputError, type WorkerJob } from '../src/index.ts';
import { FakeRelay } from '../src/testing/index.ts';

const orders = defineQueue('orders', {
  paid: z.object({ amount: z.string().transform(Number), note: z.string().default('none') }),
});

describe('a queue with validators', () => {
  it('refuses what does not fit before it is sent, with its place', async () => {
    const queue = new FakeRelay().relay.queue(orders);
    // @ts-expect-error -- that it is a type error is half of the test.
    const wrong = queue.enqueue('paid', { amount: 7 });
    await expect(wrong).rejects.toThrow(InputError);
    await expect(wrong).rejects.toMatchObject({ errors: [{ pointer: '/amount' }] });
    // @ts-expect-error -- likewise.
    await expect(queue.enqueue('lost', {})).rejects.toThrow('none of paid');
    expect(await queue.stats().catch(({ code }) => code)).toBe('not-found');
  });

  it('gives handlers what the validator makes of a payload, typed', async () => {
    const { relay } = new FakeRelay();
    const queue = relay.queue(orders);
    const worker = queue.worker({
      handlers: { paid: ({ payload }) => [payload.amount.toFixed(2), payload.note] },
    });
    worker.start();
    const { id } = await queue.enqueue('paid', { amount: '7' });
    expect(await queue.result(id)).toEqual({ state: 'completed', result: ['7.00', 'none'] });
    await worker.stop();
  });

  it('sends a payload that does not fit its handler straight to the dead letters', async () => {
    const { relay } = new FakeRelay();
    const ran: WorkerJob[] = [];
    const worker = relay.worker({
      queues: [orders],
      handlers: { paid: (job: WorkerJob) => ran.push(job) },
    });
    worker.start();
    const { id } = await relay.queue('orders').enqueue('paid', { amount: null });
    expect(await relay.queue('orders').result(id)).toMatchObject({
      state: 'dead',
      error: { name: 'InputError', message: expect.stringContaining('/amount') },
    });
    expect(await relay.queue('orders').job(id)).toMatchObject({
      reason: 'non-retryable',
      attempts: 1,
    });
    expect(ran).toEqual([]);
    await worker.stop();
  });
});
