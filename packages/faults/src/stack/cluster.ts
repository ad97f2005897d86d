import { type RedisServer, startRedisCluster, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import type { StartStore, Store } from './store.ts';

/** A node, and a connection to it that errors when the node is away. */
interface Node {
  readonly server: RedisServer;
  readonly client: Redis;
}

/** Three masters and a replica of each. */
export interface ClusterStore extends Store {
  readonly nodes: readonly Node[];
  /** Who owns the slot of a queue, and who follows that one, as `asked` knows it. */
  ownersOf(
    queue: string,
  ): Promise<{ readonly slot: number; readonly master: Node; readonly replica: Node | undefined }>;
}

type SlotRange = readonly [first: number, last: number, ...nodes: (readonly [string, number])[]];

/** A {@link ClusterStore}. */
export function cluster(): StartStore {
  return async () => {
    const started = await startRedisCluster({ replicas: 1 });
    const nodes = started.nodes.map((server) => {
      const client = new Redis(server.url, { retryStrategy: () => 100, maxRetriesPerRequest: 0 });
      // It is away while its node is; the next call tells.
      client.on('error', () => undefined);
      return { server, client };
    });
    const hosts = started.startupNodes.map(({ host, port }) => `${host}:${port}`);
    const ownersOf: ClusterStore['ownersOf'] = async (queue) => {
      return await until(() => ownersIn(nodes, queue), {
        what: `an owner of ${queue}`,
        deadlineMs: 20_000,
      });
    };
    return {
      url: `redis+cluster://${hosts.join(',')}`,
      server: undefined,
      nodes,
      ownersOf,
      clientOf: async (queue) => new Redis((await ownersOf(queue)).master.server.url),
      async stop() {
        for (const { client } of nodes) client.disconnect();
        await started.stop();
      },
    } satisfies ClusterStore;
  };
}

/** Asks a node that runs; a master that is marked as failed still has its slots until somebody takes them over. */
async function ownersIn(nodes: readonly Node[], queue: string) {
  const asked = nodes.find(({ server, client }) => server.running && client.status === 'ready');
  if (asked === undefined) return null;
  const slot = await asked.client.cluster('KEYSLOT', `relay:{${queue}}:jobs`);
  const ranges = (await asked.client.call('CLUSTER', 'SLOTS')) as SlotRange[];
  const range = ranges.find(([first, last]) => slot >= first && slot <= last);
  const [, , ...owners] = range ?? [0, 0];
  const at = (i: number): Node | undefined =>
    nodes.find(({ server }) => server.port === owners[i]?.[1]);
  const master = at(0);
  return master?.server.running ? { slot, master, replica: at(1) } : null;
}
