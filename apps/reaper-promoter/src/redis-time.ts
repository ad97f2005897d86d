import { Redis } from 'ioredis';

/** A connection that only asks Redis what time it is. */
export interface RedisTime {
  /** Ms since the epoch. Rejects while Redis is away. */
  read(): Promise<number>;
  close(): void;
}

/** How long an answer may take, ms: a late one would be worth nothing. */
const ANSWER_MS = 1_000;

export function openRedisTime(url: string): RedisTime {
  const client = new Redis(url, {
    connectionName: 'relay-time',
    lazyConnect: true,
    enableOfflineQueue: true,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_MS,
  });
  // Whoever reads learns of it; an error event without a listener is printed.
  client.on('error', () => undefined);
  return {
    async read() {
      const [seconds, micros] = await client.time();
      return Number(seconds) * 1_000 + Number(micros) / 1_000;
    },
    close: () => client.disconnect(),
  };
}
