import { expect, test } from '@jest/globals';
import { Cluster } from 'ioredis';
import { startRedisCluster } from '../src/index.ts';

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
