import { afterAll } from '@jest/globals';
import { Broker } from '@relay/broker';
import { type RedisServer, type RedisServerOptions, startRedisServer } from '@relay/testkit';

export interface Store {
  readonly redis: RedisServer;
  readonly broker: Broker;
}

/** A Redis of their own for all tests of a file, and a broker over it. */
export async function openStore(options: RedisServerOptions = {}): Promise<Store> {
  const redis = await startRedisServer(options);
  const broker = new Broker({ redis: redis.url });
  afterAll(async () => {
    await broker.close();
    await redis.stop();
  });
  return { redis, broker };
}
