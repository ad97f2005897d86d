import { expect, test } from '@jest/globals';
import {
  assertConsistent,
  migrateSlot,
  type RedisServer,
  startRedisCluster,
  until,
} from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker } from '../src/index.ts';
import { queueKeys } from '../src/keys.ts';
import { Load } from './support/load.ts';

const QUEUE = 'moving';

/** A node of the cluster and a connection to it. */
interface Node {
  readonly server: RedisServer;
  readonly client: Redis;
}

/** Calls that were told to come again because half of their keys had gone. */
async function turnedAway(nodes: readonly Node[]): Promise<number> {
  let sum = 0;
  for (const { client } of nodes) {
    const stats = await client.info('errorstats');
    sum += Number(/errorstat_TRYAGAIN:count=(\d+)/.exec(stats)?.[1] ?? 0);
  }
  return sum;
}

test('a slot is moved key by key under load: no job is lost or out of its place, no caller sees it', async () => {
  await using cluster = await startRedisCluster();
  const nodes: Node[] = [];
  for (const server of cluster.nodes) {
    const client = new Redis(server.url);
    nodes.push({ server, client });
  }
  const hosts = cluster.startupNodes.map(({ host, port }) => `${host}:${port}`);
  const url = `redis+cluster://${hosts.join(',')}`;
  const slot = await nodes[0]!.client.cluster('KEYSLOT', queueKeys.jobs('relay', QUEUE));
  const home = nodes[Math.floor((slot * 3) / 16_384)]!;
  const away = nodes.find((node) => node !== home)!;
  const masters = nodes.map(({ client }) => client);
  const brokers = Array.from({ length: 4 }, () => new Broker({ redis: url }));
  try {
    await brokers[0]!.configure(QUEUE, { retention: { completed: { maxCount: 500 } } });
    const load = new Load(brokers, QUEUE);
    await until(() => load.done > 500, { what: 'the load to run' });

    // Slowly: at each place of the boundary a call is turned away before the next key goes.
    load.longestMs = 0;
    let before = await turnedAway(nodes);
    const moved = await migrateSlot(
      slot,
      { from: home.client, to: away.client, masters },
      async () => {
        await until(async () => (await turnedAway(nodes)) > before, {
          what: 'a call that finds half of its keys',
          everyMs: 1,
        });
        before = await turnedAway(nodes);
      },
    );
    expect(moved).toBeGreaterThan(10);
    const after = load.done;
    await until(() => load.done > after + 500, { what: 'the load to go on' });
    const slow = load.longestMs;

    // And back, as fast as it goes.
    load.longestMs = 0;
    await migrateSlot(slot, { from: away.client, to: home.client, masters });
    const again = load.done;
    await until(() => load.done > again + 500, { what: 'the load to go on' });
    const fast = load.longestMs;
    process.stdout.write(
      `migration: ${moved} keys; longest pause of a caller ${slow} ms with a call at each key, ${fast} ms at full speed\n`,
    );

    await load.end();
    expect(load.errors).toEqual([]);
    expect(load.lost).toBe(0);
    expect(load.done).toBe(load.accepted);
    const { counts } = await assertConsistent(home.client, QUEUE);
    expect(counts).toMatchObject({ ready: 0, scheduled: 0, active: 0, dead: 0 });
    for (const { client } of nodes) {
      const keys = await client.keys(`relay:{${QUEUE}}:*`);
      expect(keys.length > 0).toBe(client === home.client);
    }
  } finally {
    for (const broker of brokers) await broker.close();
    for (const { client } of nodes) client.disconnect();
  }
}, 120_000);
