import { describe, expect, test } from '@jest/globals';
import type { OperationStep } from '../src/index.ts';
import { T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

const step = (id: string, more: Partial<OperationStep> = {}): OperationStep => ({
  id,
  driver: 'g1',
  leaseMs: 5_000,
  state: 'running',
  text: '{"done":1}',
  ...more,
});

describe('operations', () => {
  test('are driven by one gateway, and by another when that is silent', async () => {
    const { broker, control } = fixture();
    const { operations } = broker;
    await control.setNow(T0);
    const made = await operations.create('op1', '{}');
    expect(made).toEqual({
      id: 'op1',
      state: 'running',
      cancelRequested: false,
      createdAt: T0,
      endedAt: null,
      text: '{}',
    });
    expect(await operations.create('op1', 'again')).toEqual(made);
    expect(await operations.take('g1', 5_000)).toEqual(made);
    expect(await operations.take('g2', 5_000)).toBeNull();
    await control.setNow(T0 + 4_000);
    expect(await operations.save(step('op1'))).toMatchObject({ text: '{"done":1}' });
    await control.setNow(T0 + 8_000);
    expect(await operations.take('g2', 5_000)).toBeNull();
    await control.setNow(T0 + 10_000);
    expect(await operations.take('g2', 5_000)).toMatchObject({ id: 'op1', text: '{"done":1}' });
    expect(await operations.save(step('op1'))).toBeNull();
    expect(await operations.save(step('op1', { driver: 'g2', state: 'done' }))).toMatchObject({
      state: 'done',
      endedAt: T0 + 10_000,
    });
    expect(await operations.take('g1', 5_000)).toBeNull();
  });

  test('are let go at once, and hear of a cancel', async () => {
    const { operations } = fixture().broker;
    await operations.create('op2', '{}');
    await operations.take('g1', 60_000);
    await operations.save(step('op2', { leaseMs: 0 }));
    expect(await operations.take('g2', 60_000)).toMatchObject({ id: 'op2' });
    expect(await operations.cancel('op2')).toMatchObject({ cancelRequested: true });
    expect(await operations.save(step('op2', { driver: 'g2' }))).toMatchObject({
      cancelRequested: true,
    });
    await operations.save(step('op2', { driver: 'g2', state: 'cancelled' }));
    expect(await operations.find('op2')).toMatchObject({ state: 'cancelled' });
    expect(await operations.cancel('nobody')).toBeNull();
    expect(await operations.find('nobody')).toBeNull();
  });

  test('are kept for a day after their end, and are bounded in number', async () => {
    const { broker, control, redis } = fixture();
    const { operations } = broker;
    await redis.del('relay:operations');
    await control.setNow(T0);
    for (let n = 0; n < 200; n++) expect(await operations.create(`n${n}`, '{}')).not.toBeNull();
    expect(await operations.create('more', '{}')).toBeNull();
    await operations.take('g1', 1_000);
    await operations.save(step('n0', { state: 'failed' }));
    expect(await operations.create('more', '{}')).toMatchObject({ id: 'more' });
    expect(await operations.find('n0')).toBeNull();
    expect(await redis.hlen('relay:operations')).toBe(201);
    await operations.take('g1', 1_000);
    await operations.save(step('n1', { state: 'done' }));
    await control.setNow(T0 + 86_400_001);
    await operations.take('g1', 1_000);
    expect(await operations.find('n1')).toBeNull();
    expect(await redis.hexists('relay:operations', 'n1')).toBe(0);
  });
});
