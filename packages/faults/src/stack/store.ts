import {
  assertConsistent,
  type RedisServer,
  type RedisServerOptions,
  startRedisServer,
} from '@relay/testkit';
import { Redis } from 'ioredis';

/** The Redis of a run. */
export interface Store {
  readonly url: string;
  /** Where it is one server; undefined: a cluster. */
  readonly server: RedisServer | undefined;
  /** The server that holds the keys of this queue now, past all faults. Closed by the caller. */
  clientOf(queue: string): Promise<Redis>;
  stop(): Promise<void>;
}

export type StartStore = () => Promise<Store>;

export function standalone(options: RedisServerOptions = {}): StartStore {
  return async () => {
    const server = await startRedisServer(options);
    return {
      url: server.url,
      server,
      clientOf: async () => new Redis(server.url),
      stop: () => server.stop(),
    };
  };
}

/** Reads something of the server that holds a queue. */
export async function withClient<T>(
  store: Store,
  queue: string,
  use: (client: Redis) => Promise<T>,
): Promise<T> {
  const client = await store.clientOf(queue);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** The state invariants of a queue at rest: a line for each breach. */
export async function stateProblems(
  store: Store,
  queue: string,
  tampered = false,
): Promise<string[]> {
  return await withClient(store, queue, async (client) => {
    try {
      await assertConsistent(client, queue, { tampered });
      return [];
    } catch (error) {
      if (error instanceof Error && 'problems' in error) return error.problems as string[];
      throw error;
    }
  });
}
