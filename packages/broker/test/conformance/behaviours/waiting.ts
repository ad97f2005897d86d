import { expect } from '@jest/globals';
import { until } from '@relay/testkit';
import { of } from '../../support/broker-fixture.ts';
import type { Behaviour } from '../suite.ts';

/** Nobody has to ask again and again. */
export const waiting: readonly Behaviour[] = [
  {
    name: 'whoever waits for the end of a job hears of it, through another broker too',
    async run(broker, { queue, fill, claim, open }) {
      const [first, second, third] = await fill(3);
      const other = open();
      const ends = [first, second, third].map((id) => other.waitForEnd(queue, id!, 20_000));
      await until(async () => (await other.waitForEnd(queue, third!, 1)) === 'ready', {
        what: 'the waiters to be noted',
      });
      const leases = await claim(2);
      await broker.settle(queue, [
        { ...of(leases[0]!), outcome: 'complete' },
        { ...of(leases[1]!), outcome: 'fail', retry: 'never', error: { name: 'E', message: 'x' } },
      ]);
      await broker.cancel(queue, third!);
      expect(await Promise.all(ends)).toEqual(['completed', 'dead', 'cancelled']);
      expect(await broker.waitForEnd(queue, 'unknown', 20_000)).toBe('gone');
    },
  },
  {
    name: 'an idle worker is woken by work, and by work that a pause held back',
    async run(broker, { queue, fill, claim, open }) {
      await using listener = open().wakeListener();
      const woken = listener.wait([queue], 20_000);
      await fill(1);
      expect(await woken).toBe(queue);
      expect(await claim()).toHaveLength(1);
      await broker.pause(queue);
      await fill(1);
      expect(await listener.wait([queue], 20)).toBeNull();
      const resumed = listener.wait([queue], 20_000);
      await broker.resume(queue);
      expect(await resumed).toBe(queue);
      expect(await claim()).toHaveLength(1);
    },
  },
  {
    name: 'the background loops hear when a queue needs them earlier',
    async run(broker, { queue, fill, open }) {
      const heard: [string, number][] = [];
      await using listener = await open().dueListener((from, dueAt) => {
        heard.push([from, dueAt]);
      });
      const [id] = await fill(1, { delayMs: 60_000 });
      await until(() => heard.length > 0, { what: 'the due time to be heard' });
      expect(heard).toEqual([[queue, (await broker.job(queue, id!))?.runAt]]);
      await listener.close();
    },
  },
];
