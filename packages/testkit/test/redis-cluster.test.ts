import { expect, test } from '@jest/globals';
import { Cluster } from 'ioredis';
import { startRedisCluster, until } from '../src/index.ts';

test('three masters share the slots and serve a cluster client', async () => {
  await using cluster = await startRedisCluster({ nodes: 3 });
  expect(cluster.nodes).toHaveLength(3);
  const client = new Cluster(cluster.startupNodes);
  try {
    const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
    await Promise.all(keys.map((key) => client.set(key, key)));
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys);
    const sizes = await Promise.all(client.nodes('master').map((node) => node.dbsize()));
    expect(sizes).toHaveLength(3);
    expect(sizes.every((size) => size > 0)).toBe(true);
  } finally {
    client.disconnect();
  }
});

test('with replicas, another server takes over when a master is gone', async () => {
  await using cluster = await startRedisCluster({ replicas: 1 });
  expect(cluster.nodes).toHaveLength(6);
  const [victim, , , heir] = cluster.nodes;
  const client = new Cluster(cluster.startupNodes.slice(1), { clusterRetryStrategy: () => 100 });
  try {
    const masterOfFirst = async (): Promise<number | undefined> => {
      const ranges = await client.cluster('SLOTS');
      return ranges.find(([first]) => first === 0)?.[2]?.[1];
    };
    expect(await masterOfFirst()).toBe(victim!.port);
    await victim!.kill();
    await until(async () => (await masterOfFirst()) === heir!.port, {
      what: 'the replica to be master',
      deadlineMs: 30_000,
      everyMs: 50,
    });
  } finally {
    client.disconnect();
  }
});
