import { Redis } from 'ioredis';
import { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
import { until } from './until.ts';

const NAME = 'relay';
/** How long a master must be silent, in ms, before the sentinel gives it up. */
const DOWN_AFTER_MS = 500;

/** A master with a replica, and a sentinel that promotes the replica when the master is gone. */
export interface RedisSentinel extends AsyncDisposable {
  /** `redis+sentinel://127.0.0.1:<port>/relay`, as the broker takes it. */
  readonly url: string;
  /** The master at the start. */
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** Port of the server that the sentinel names as the master now. */
  masterPort(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts a master, its replica and one sentinel that alone decides on a failover, half a second after the master's last
 * sign of life.
 *
 * @param options for the two servers
 * @throws {TestkitError} what {@link startRedisServer} throws, and `DEADLINE_PASSED` when the sentinel does not find
 *   the replica.
 */
export async function startRedisSentinel(options: RedisServerOptions = {}): Promise<RedisSentinel> {
  const servers: RedisServer[] = [];
  const clients: Redis[] = [];
  const stop = async (): Promise<void> => {
    for (const client of clients) client.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
  };
  const start = async (more: RedisServerOptions): Promise<RedisServer> => {
    const server = await startRedisServer(more);
    servers.push(server);
    return server;
  };
  try {
    // The first copy of the data at once, and not five seconds after the replica asks for it.
    const config = ['repl-diskless-sync-delay 0', ...(options.config ?? [])];
    const master = await start({ ...options, config });
    const following = `replicaof ${master.host} ${master.port}`;
    const replica = await start({ ...options, config: [...config, following] });
    const watching = [
      `sentinel monitor ${NAME} ${master.host} ${master.port} 1`,
      `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${NAME} 5000`,
    ];
    const sentinel = await start({ sentinel: true, config: watching });
    const client = new Redis(sentinel.url);
    clients.push(client);
    await until(async () => /slaves=1\b/.test(await client.info('sentinel')), {
      what: 'the sentinel to know the replica',
      deadlineMs: 20_000,
    });
    const above = new Redis(master.url);
    clients.push(above);
    await until(async () => (await above.info('replication')).includes('state=online'), {
      what: 'the replica to have the data',
      deadlineMs: 20_000,
    });
    const masterPort = async (): Promise<number> => {
      const answer = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
      return Number(Array.isArray(answer) ? answer[1] : 0);
    };
    const url = `redis+sentinel://${sentinel.host}:${sentinel.port}/${NAME}`;
    return { url, master, replica, masterPort, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
