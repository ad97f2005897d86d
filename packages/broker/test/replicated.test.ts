import { expect, test } from '@jest/globals';
import { useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

test('the time that a replica is waited for comes on top of the deadline', async () => {
  const queue = fixture().queue();
  const broker = fixture().open({ deadlineMs: 300 });
  // There is no replica here, so each call waits in vain, one behind the other.
  const enqueue = () => broker.enqueue(queue, { payload: '1', durability: 'replicated' });
  expect(await enqueue()).toMatchObject({ state: 'ready', replicas: 0 });
  expect(await enqueue()).toMatchObject({ state: 'ready', replicas: 0 });
});
