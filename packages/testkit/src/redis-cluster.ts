import { Redis } from 'ioredis';
import { messageOf, TestkitError } from './errors.ts';
import { freePort } from './free-port.ts';
import { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
import { until } from './until.ts';

const SLOTS = 16_384;

export interface RedisClusterOptions {
  /** Masters. Defaults to 3, the fewest that Redis lets form a cluster. */
  nodes?: number;
  /** Replicas of each master. Defaults to 0. */
  replicas?: number;
  /** More lines for each redis.conf. */
  config?: readonly string[];
  /** Milliseconds until every node must report `cluster_state:ok`. Defaults to 20,000. */
  startDeadlineMs?: number;
}

/** A cluster that {@link startRedisCluster} has started. */
export interface RedisCluster extends AsyncDisposable {
  /** The masters, each with an equal run of slots, in order; then as many replicas, in the order of their masters. */
  readonly nodes: readonly RedisServer[];
  /** For `new Cluster(startupNodes)` of ioredis. */
  readonly startupNodes: { host: string; port: number }[];
  stop(): Promise<void>;
}

/**
 * Starts a real Redis Cluster on free ports.
 *
 * @throws {TestkitError} `REDIS_CLUSTER_FAILED` when the nodes do not agree in time, and what
 *   {@link startRedisServer} throws.
 */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { nodes: masters = 3, replicas = 0, startDeadlineMs = 20_000 } = options;
  const count = masters * (1 + replicas);
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
    await join(nodes, busPorts, masters, startDeadlineMs);
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
      // A replica's first copy at once, and not five seconds after it asks for it.
      'repl-diskless-sync-delay 0',
      ...config,
    ],
  };
}

async function join(
  nodes: RedisServer[],
  busPorts: number[],
  masters: number,
  deadlineMs: number,
): Promise<void> {
  const clients = nodes.map((node) => new Redis(node.url, { lazyConnect: true }));
  try {
    for (const [i, client] of clients.entries()) {
      const first = Math.floor((i * SLOTS) / masters);
      const last = Math.floor(((i + 1) * SLOTS) / masters) - 1;
      if (i < masters) await client.call('CLUSTER', 'ADDSLOTSRANGE', first, last);
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
    await follow(clients, masters, deadlineMs);
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** The nodes behind the masters become their replicas, in turn. */
async function follow(
  clients: readonly Redis[],
  masters: number,
  deadlineMs: number,
): Promise<void> {
  for (const [i, client] of clients.entries()) {
    if (i < masters) continue;
    const master = String(await clients[i % masters]?.call('CLUSTER', 'MYID'));
    await client.call('CLUSTER', 'REPLICATE', master);
    await until(async () => (await client.info('replication')).includes('master_link_status:up'), {
      what: `the replica on port ${client.options.port} to have its master's data`,
      deadlineMs,
      everyMs: 20,
    });
  }
}

/** From where to where a slot is moved; `masters` are told of it. */
export interface SlotMove {
  readonly from: Redis;
  readonly to: Redis;
  readonly masters: readonly Redis[];
}

/**
 * Moves a slot as `redis-cli --cluster reshard` does, key by key, and answers how many keys that were.
 *
 * @param between awaited after each key
 */
export async function migrateSlot(
  slot: number,
  { from, to, masters }: SlotMove,
  between: () => Promise<void> = async () => undefined,
): Promise<number> {
  const id = (client: Redis): Promise<unknown> => client.call('CLUSTER', 'MYID');
  const [fromId, toId] = [String(await id(from)), String(await id(to))];
  const { host = '127.0.0.1', port = 0 } = to.options;
  await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  let moved = 0;
  for (;;) {
    const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    if (keys.length === 0) break;
    for (const key of keys) {
      await from.call('MIGRATE', host, port, key, 0, 5_000);
      moved++;
      await between();
    }
  }
  // The new owner first: it is the one that must not refuse.
  for (const client of [to, from, ...masters])
    await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  return moved;
}

async function agrees(client: Redis, count: number): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'));
  return (
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_slots_ok:${SLOTS}`) &&
    info.includes(`cluster_known_nodes:${count}`)
  );
}
