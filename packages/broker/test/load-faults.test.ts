import { expect, test } from '@jest/globals';
import { assertConsistent, startRedisServer, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker } from '../src/index.ts';
import { Load } from './support/load.ts';

const QUEUE = 'busy';

async function expectNothingLost(load: Load, url: string): Promise<void> {
  await load.end();
  expect(load.errors).toEqual([]);
  expect(load.lost).toBe(0);
  expect(load.missing).toEqual([]);
  const { counts } = await assertConsistent(url, QUEUE);
  expect(counts).toMatchObject({ ready: 0, scheduled: 0, active: 0, dead: 0 });
}

test('all connections are killed again and again under load: nothing is lost and no caller sees it', async () => {
  await using server = await startRedisServer();
  const brokers = Array.from({ length: 3 }, () => new Broker({ redis: server.url }));
  const client = new Redis(server.url);
  const load = new Load(brokers, QUEUE);
  try {
    for (let kills = 0; kills < 20; kills++) {
      const before = load.done;
      await until(() => load.done > before + 100, { what: 'the load to run' });
      expect(
        Number(await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
      ).toBeGreaterThan(0);
    }
    await expectNothingLost(load, server.url);
  } finally {
    for (const broker of brokers) await broker.close();
    client.disconnect();
  }
});

test('Redis dies and comes back with its append-only file under load: nothing is lost, and work goes on', async () => {
  await using server = await startRedisServer({ appendonly: true });
  const brokers = Array.from({ length: 3 }, () => new Broker({ redis: server.url }));
  const load = new Load(brokers, QUEUE, 200);
  try {
    for (let deaths = 0; deaths < 3; deaths++) {
      const before = load.done;
      await until(() => load.done > before + 100, { what: 'the load to run' });
      await server.kill();
      await server.restart();
      const back = performance.now();
      const done = load.done;
      await until(() => load.done > done, { what: 'the load to go on', everyMs: 1 });
      const ms = Math.round(performance.now() - back);
      process.stdout.write(`restart: work went on ${ms} ms after Redis answered again\n`);
      expect(ms).toBeLessThan(5_000);
    }
    await expectNothingLost(load, server.url);
  } finally {
    for (const broker of brokers) await broker.close();
  }
});
