import type { QueueSnapshot } from '@relay/testkit';
import type { Redis } from 'ioredis';
import { callKey, idempotencyKey, queueKeys } from '../../src/keys.ts';
import { shortHash } from '../../src/request.ts';
import type { Memory } from './reference.ts';

const NAMESPACE = 'relay';
const ZSETS = ['ready', 'scheduled', 'active', 'completed', 'cancelled', 'dead', 'expiry'] as const;
const HASHES = ['jobs', 'state', 'leases', 'config', 'stats', 'limiter'] as const;

/** Reads everything in one call: a history is mostly made of looks. */
const DUMP = `
local reply = {}
for i = 1, 7 do reply[i] = redis.call('ZRANGE', KEYS[i], 0, -1, 'WITHSCORES') end
for i = 8, 13 do reply[i] = redis.call('HGETALL', KEYS[i]) end
reply[14] = redis.call('LLEN', KEYS[14])
for i = 15, #KEYS do
  reply[#reply + 1] = redis.call('GET', KEYS[i])
  reply[#reply + 1] = redis.call('PTTL', KEYS[i])
end
return reply`;

interface DumpClient extends Redis {
  dumpQueue(keys: number, ...names: string[]): Promise<unknown[]>;
}

/** An idempotency key as Redis holds it. */
interface KeyEntry {
  readonly id: string;
  readonly ttlMs: number;
}

/** All that Redis holds of a queue, as one moment. */
export interface RedisView {
  readonly snapshot: QueueSnapshot;
  /** By the key's own text. */
  readonly keys: ReadonlyMap<string, KeyEntry>;
}

/** A reader of one queue after the other. */
export class QueueReader {
  readonly #client: DumpClient;
  readonly #idempotencyKeys: readonly string[];

  constructor(client: Redis, idempotencyKeys: readonly string[]) {
    client.defineCommand('dumpQueue', { lua: DUMP });
    this.#client = client as DumpClient;
    this.#idempotencyKeys = idempotencyKeys;
  }

  /** The key in Redis of something that it forgets by itself. */
  nameOf(queue: string, { kind, name }: Memory): string {
    const hash = shortHash(name);
    if (kind === 'key') return idempotencyKey(NAMESPACE, queue, hash);
    return callKey(NAMESPACE, queue, kind === 'call' ? `id-${hash}` : hash);
  }

  async read(queue: string): Promise<RedisView> {
    const names = [...ZSETS, ...HASHES, 'wake' as const].map((key) =>
      queueKeys[key](NAMESPACE, queue),
    );
    for (const key of this.#idempotencyKeys)
      names.push(this.nameOf(queue, { kind: 'key', name: key }));
    const cells = await this.#client.dumpQueue(names.length, ...names);
    const [ready, scheduled, active, completed, cancelled, dead, expiry] = cells.map(toScores);
    const [jobs, state, leases, config, stats, limiter] = cells.slice(7, 13).map(toRecord);
    const keys = new Map<string, KeyEntry>();
    this.#idempotencyKeys.forEach((key, i) => {
      const entry = cells[14 + i * 2];
      const id = typeof entry === 'string' ? entry.split(' ')[1] : undefined;
      if (id !== undefined) keys.set(key, { id, ttlMs: Number(cells[15 + i * 2]) });
    });
    const snapshot: QueueSnapshot = {
      places: {
        ready: ready!,
        scheduled: scheduled!,
        active: active!,
        completed: completed!,
        cancelled: cancelled!,
        dead: dead!,
      },
      jobs: jobs!,
      state: state!,
      leases: leases!,
      expiry: expiry!,
      config: config!,
      stats: stats!,
      limiter: limiter!,
      wakeTokens: Number(cells[13]),
    };
    return { snapshot, keys };
  }
}

function toScores(cell: unknown): Map<string, number> {
  const scores = new Map<string, number>();
  if (!Array.isArray(cell)) return scores;
  for (let i = 0; i + 1 < cell.length; i += 2) scores.set(String(cell[i]), Number(cell[i + 1]));
  return scores;
}

function toRecord(cell: unknown): Record<string, string> {
  const record: Record<string, string> = {};
  if (!Array.isArray(cell)) return record;
  for (let i = 0; i + 1 < cell.length; i += 2) record[String(cell[i])] = String(cell[i + 1]);
  return record;
}
