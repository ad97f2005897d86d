import { expect, test } from '@jest/globals';
import { assertConsistent, type RedisServer, startRedisCluster, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker } from '../src/index.ts';
import { queueKeys } from '../src/keys.ts';
import { Load } from './support/load.ts';

const QUEUE = 'moving';

/** A node of the cluster and a connection to it. */
interface Node {
  readonly server: RedisServer;
  readonly client: Redis;
  readonly id: string;
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

/**
 * Moves a slot as `redis-cli --cluster reshard` does, key by key.
 *
 * @param between awaited after each key
 */
async function migrate(
  nodes: readonly Node[],
  slot: number,
  { from, to }: { readonly from: Node; readonly to: Node },
  between: () => Promise<void>,
): Promise<number> {
  await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  let moved = 0;
  for (;;) {
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    if (keys.length === 0) break;
    for (const key of keys) {
      await from.client.call('MIGRATE', to.server.host, to.server.port, key, 0, 5_000);
      moved++;
      await between();
    }
  }
  // The new owner first: it is the one that must not refuse.
  for (const { client } of [to, from, ...nodes])
    await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  return moved;
}

test('a slot is moved key by key under load: no job is lost or out of its place, no caller sees it', async () => {
  await using cluster = await startRedisCluster();
  const nodes: Node[] = [];
  for (const server of cluster.nodes) {
    const client = new Redis(server.url);
    nodes.push({ server, client, id: String(await client.call('CLUSTER', 'MYID')) });
  }
  const hosts = cluster.startupNodes.map(({ host, port }) => `${host}:${port}`);
  const url = `redis+cluster://${hosts.join(',')}`;
  const slot = await nodes[0]!.client.cluster('KEYSLOT', queueKeys.jobs('relay', QUEUE));
  const home = nodes[Math.floor((slot * 3) / 16_384)]!;
  const away = nodes.find((node) => node !== home)!;
  const brokers = Array.from({ length: 4 }, () => new Broker({ redis: url }));
  try {
    await brokers[0]!.configure(QUEUE, { retention: { completed: { maxCount: 500 } } });
    const load = new Load(brokers, QUEUE);
    await until(() => load.done > 500, { what: 'the load to run' });

    // Slowly: at each place of the boundary a call is turned away before the next key goes.
    load.longestMs = 0;
    let before = await turnedAway(nodes);
    const moved = await migrate(nodes, slot, { from: home, to: away }, async () => {
      await until(async () => (await turnedAway(nodes)) > before, {
        what: 'a call that finds half of its keys',
        everyMs: 1,
      });
      before = await turnedAway(nodes);
    });
    expect(moved).toBeGreaterThan(10);
    const after = load.done;
    await until(() => load.done > after + 500, { what: 'the load to go on' });
    const slow = load.longestMs;

    // And back, as fast as it goes.
    load.longestMs = 0;
    await migrate(nodes, slot, { from: away, to: home }, async () => undefined);
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
