import { type RedisCluster, startRedisCluster } from '@relay/testkit';
import { conformance } from './suite.ts';

let cluster: RedisCluster;

conformance(
  'a cluster of three',
  async () => {
    cluster = await startRedisCluster();
    const nodes = cluster.startupNodes.map(({ host, port }) => `${host}:${port}`);
    return `redis+cluster://${nodes.join(',')}`;
  },
  async () => cluster.stop(),
);
