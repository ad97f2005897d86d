import { Cluster, Redis } from 'ioredis';
import { StoreUnsupportedError, ValidationError } from './errors.ts';

/**
 * Where Redis is: a client whose settings are taken over (it stays the caller's), or a URL.
 *
 * | form | for |
 * |---|---|
 * | `redis://user:password@host:6379/0`, `rediss://…` with TLS | one server |
 * | `redis+sentinel://user:password@host:26379,host:26379/name?db=0` | the master that the sentinels name |
 * | `redis+cluster://user:password@host:7000,host:7001` | a cluster |
 *
 * `rediss+sentinel` and `rediss+cluster` speak TLS.
 */
export type RedisSource = string | Redis | Cluster;

/** What the server said of itself. */
export interface ServerInfo {
  readonly product: 'redis' | 'valkey';
  readonly version: string;
  readonly mode: string;
  /** Null when the server does not say. */
  readonly evictionPolicy: string | null;
  /** Null when the server does not say. */
  readonly appendOnly: boolean | null;
}

const LONGEST_RECONNECT_PAUSE_MS = 500;

/**
 * Settings that the broker's own connections must have: nothing is resent or queued behind its back, since only the
 * caller of a script knows whether it may be repeated; what was under way fails at once when a connection closes.
 */
function settingsFor(name: string, queueOffline: boolean) {
  return {
    connectionName: name,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: queueOffline,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
    connectTimeout: 2_000,
    // How long a connection that was given up may take to close; it holds the process open for so long.
    disconnectTimeout: 250,
    retryStrategy: (times: number): number =>
      Math.min(LONGEST_RECONNECT_PAUSE_MS, 10 * 2 ** Math.min(times, 10)) *
      (0.75 + Math.random() / 2),
  };
}

type Settings = ReturnType<typeof settingsFor> & {
  readonly socketTimeout?: number;
  readonly autoResubscribe?: boolean;
  readonly commandTimeout?: undefined;
};

function open(source: RedisSource, settings: Settings): Redis | Cluster {
  if (typeof source === 'string') return openUrl(source, settings);
  return source instanceof Cluster
    ? source.duplicate([], clusterSettings(settings))
    : source.duplicate(settings);
}

function clusterSettings({ enableOfflineQueue, retryStrategy, ...redisOptions }: Settings) {
  return {
    enableOfflineQueue,
    lazyConnect: true,
    clusterRetryStrategy: retryStrategy,
    redisOptions,
  };
}

const MANY = /^(rediss?)\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;

function openUrl(url: string, settings: Settings): Redis | Cluster {
  const [, scheme, kind, credentials = '', hosts = '', path = '', query] = MANY.exec(url) ?? [];
  if (kind === undefined) {
    if (!/^rediss?:\/\//.test(url))
      throw badUrl('it must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://');
    return new Redis(url, settings);
  }
  const [username = '', password = ''] = credentials.split(':').map(decodeURIComponent);
  const common = {
    ...settings,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(scheme === 'rediss' ? { tls: {} } : {}),
  };
  const nodes = hosts
    .split(',')
    .map((text) => readHost(text, kind === 'sentinel' ? 26_379 : 6_379));
  if (kind === 'cluster') return new Cluster(nodes, clusterSettings(common));
  if (path === '') throw badUrl('redis+sentinel:// needs the name of the master as its path');
  const db = Number(new URLSearchParams(query).get('db') ?? 0);
  return new Redis({ ...common, sentinels: nodes, name: decodeURIComponent(path), db });
}

function readHost(text: string, defaultPort: number): { host: string; port: number } {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text);
  if (match?.[1] === undefined) throw badUrl(`"${text}" is not a host and port`);
  return { host: match[1].replace(/^\[|\]$/g, ''), port: Number(match[2] ?? defaultPort) };
}

/** The URL itself stays out of the message: it may hold a password. */
function badUrl(why: string): ValidationError {
  return new ValidationError([
    { path: '/redis', message: `the URL of Redis cannot be used: ${why}` },
  ]);
}

/**
 * The connection for script calls. It is not open yet, and while it is away every command fails at once: the caller
 * tries again.
 *
 * @param silenceMs the connection is given up when a command has had no answer for so long.
 */
export function openCallConnection(source: RedisSource, silenceMs: number): Redis | Cluster {
  return open(source, { ...settingsFor('relay', false), socketTimeout: silenceMs });
}

/** A connection that waits for something: a blocking command, or messages. It may be silent for ever. */
export function openListenConnection(source: RedisSource, name: string): Redis | Cluster {
  // Subscriptions are renewed by who made them, see subscribing.ts. A client that is taken over may be impatient.
  const settings = { autoResubscribe: false, commandTimeout: undefined };
  const client = open(source, { ...settingsFor(name, true), ...settings });
  // It comes back by itself, and whoever waits on it learns of the outage from its other calls: but an error event
  // that nobody listens to is printed.
  client.on('error', () => undefined);
  return client;
}

/**
 * Resolves when a command would leave at once: one that waits inside the client for a connection cannot be taken back.
 *
 * @throws the reason of the signal, or why an attempt to connect has just failed; the client goes on trying.
 */
export async function untilReady(client: Redis, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (client.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    let why = new Error('the connection was closed before it was ready');
    const note = (error: Error): void => {
      why = error;
    };
    const over = (): void => {
      client.off('error', note);
      for (const event of ['ready', 'close', 'end']) client.off(event, over);
      signal.removeEventListener('abort', over);
      if (signal.aborted || client.status === 'ready') resolve();
      else reject(why);
    };
    client.on('error', note);
    for (const event of ['ready', 'close', 'end']) client.on(event, over);
    signal.addEventListener('abort', over);
    // The events tell what becomes of it.
    if (client.status === 'wait' || client.status === 'end')
      client.connect().catch(() => undefined);
  });
  signal.throwIfAborted();
}

/** How full the server is. */
export interface ServerMemory {
  readonly usedBytes: number;
  /** Null: no limit is set. */
  readonly maxBytes: number | null;
  /** Keys that it threw away to make room; with Relay's policy there are none. */
  readonly evictedKeys: number;
}

/** Reads `INFO`: managed services hide CONFIG, but not this. */
export function parseServerInfo(info: string): ServerInfo {
  const fields = fieldsOf(info);
  const valkey = fields.get('valkey_version');
  const aof = fields.get('aof_enabled');
  return {
    product: valkey === undefined ? 'redis' : 'valkey',
    version: valkey ?? fields.get('redis_version') ?? '0',
    mode: fields.get('redis_mode') ?? fields.get('server_mode') ?? 'standalone',
    evictionPolicy: fields.get('maxmemory_policy') ?? null,
    appendOnly: aof === undefined ? null : aof === '1',
  };
}

/** Reads `INFO`. */
export function parseServerMemory(info: string): ServerMemory {
  const fields = fieldsOf(info);
  const max = Number(fields.get('maxmemory') ?? 0);
  return {
    usedBytes: Number(fields.get('used_memory') ?? 0),
    maxBytes: max > 0 ? max : null,
    evictedKeys: Number(fields.get('evicted_keys') ?? 0),
  };
}

function fieldsOf(info: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of info.split('\r\n')) {
    const at = line.indexOf(':');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1));
  }
  return fields;
}

/** @throws StoreUnsupportedError when Relay must not use this server. */
export function assertSupported({ product, version, evictionPolicy }: ServerInfo): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = product === 'valkey' ? major > 7 || (major === 7 && minor >= 2) : major >= 7;
  if (!enough) {
    throw new StoreUnsupportedError(
      `${product} ${version} is too old: Relay needs Redis 7.0 or Valkey 7.2, or newer`,
    );
  }
  if (evictionPolicy !== null && evictionPolicy !== 'noeviction') {
    throw new StoreUnsupportedError(
      `maxmemory-policy is "${evictionPolicy}", under which Redis may delete jobs: set it to "noeviction"`,
    );
  }
}
