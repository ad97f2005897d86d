import { Redis } from 'ioredis';
import { messageOf, TestkitError } from './errors.ts';
import { freePort } from './free-port.ts';
import { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
import { until } from './until.ts';

const SLOTS = 16_384;

export interface RedisClusterOptions {
  /** Masters; there are no replicas. Defaults to 3, the fewest that Redis lets form a cluster. */
  nodes?: number;
  /** More lines for each redis.conf. */
  config?: readonly string[];
  /** Milliseconds until every node must report `cluster_state:ok`. Defaults to 20,000. */
  startDeadlineMs?: number;
}

/** A cluster that {@link startRedisCluster} has started. */
export interface RedisCluster extends AsyncDisposable {
  /** Each owns an equal run of slots, in order. */
  readonly nodes: readonly RedisServer[];
  /** For `new Cluster(startupNodes)` of ioredis. */
  readonly startupNodes: { host: string; port: number }[];
  stop(): Promise<void>;
}

/**
 * Starts a real Redis Cluster of masters on free ports.
 *
 * @throws {TestkitError} `REDIS_CLUSTER_FAILED` when the nodes do not agree in time, and what
 *   {@link startRedisServer} throws.
 */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { nodes: count = 3, startDeadlineMs = 20_000 } = options;
  const nodes: RedisServer[] = [];
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    const busPorts: number[] = [];
    for (let i = 0; i < count; i++) {
      const bus = await freePort();
      nodes.push(await startRedisServer(nodeOptions(bus, options.config)));
      busPorts.push(bus);
    }
    await join(nodes, busPorts, startDeadlineMs);
  } catch (error) {
    await stop();
    if (error instanceof TestkitError && error.code !== 'DEADLINE_PASSED') throw error;
    throw new TestkitError(
      'REDIS_CLUSTER_FAILED',
      `${count} nodes formed no cluster: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  const startupNodes = nodes.map(({ host, port }) => ({ host, port }));
  return { nodes, startupNodes, stop, [Symbol.asyncDispose]: stop };
}

function nodeOptions(busPort: number, config: readonly string[] = []): RedisServerOptions {
  return {
    config: [
      'cluster-enabled yes',
      'cluster-config-file nodes.conf',
      // By default the bus is at port + 10,000, which nobody has reserved.
      `cluster-port ${busPort}`,
      'cluster-node-timeout 2000',
      ...config,
    ],
  };
}

async function join(nodes: RedisServer[], busPorts: number[], deadlineMs: number): Promise<void> {
  const clients = nodes.map((node) => new Redis(node.url, { lazyConnect: true }));
  try {
    for (const [i, client] of clients.entries()) {
      const first = Math.floor((i * SLOTS) / clients.length);
      const last = Math.floor(((i + 1) * SLOTS) / clients.length) - 1;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', first, last);
      // Different epochs before they meet: else they settle the collision first.
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    }
    const [seed] = clients;
    for (const [i, node] of nodes.entries()) {
      if (i > 0) await seed?.call('CLUSTER', 'MEET', node.host, node.port, busPorts[i] ?? 0);
    }
    for (const client of clients) {
      await until(async () => await agrees(client, clients.length), {
        what: `cluster_state:ok with ${clients.length} nodes on port ${client.options.port}`,
        deadlineMs,
        everyMs: 20,
      });
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function agrees(client: Redis, count: number): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'));
  return (
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_slots_ok:${SLOTS}`) &&
    info.includes(`cluster_known_nodes:${count}`)
  );
}
