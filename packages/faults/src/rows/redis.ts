import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisServer } from '@relay/testkit';
import { Redis } from 'ioredis';
import type { Scene } from './row.ts';

/** The one server of a run. */
export function serverOf({ stack }: Scene): RedisServer {
  const { server } = stack.store;
  if (server === undefined) throw new Error('this row needs one server');
  return server;
}

/** A connection past all faults of the network. */
export async function withRedis<T>(scene: Scene, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(scene.stack.store.url);
  // The call that meets it tells.
  client.on('error', () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** Redis's clock, whole ms. */
export async function redisNow(client: Redis): Promise<number> {
  const [seconds = 0, micros = 0] = await client.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** The file that the server appends to. */
export function aofOf({ dir }: RedisServer): string {
  const folder = join(dir, 'appendonlydir');
  const name = readdirSync(folder).findLast((one) => one.endsWith('.incr.aof'));
  if (name === undefined) throw new Error(`${folder} holds no file that is appended to`);
  return join(folder, name);
}
