import type { Context } from '../context.ts';
import { VERSION } from '../version.ts';
import { type Finding, skipped } from './finding.ts';
import { examineGateway } from './gateway.ts';

export interface DoctorOptions {
  /** Undefined: only what the gateway tells. */
  readonly redis: string | undefined;
  readonly namespace: string;
  readonly maxLagMs: number;
  readonly maxSkewMs: number;
  readonly maxWaitMs: number;
}

/** Looks at everything it can reach, and changes nothing. */
export async function examine(context: Context, options: DoctorOptions): Promise<Finding[]> {
  const { signal, now } = context.io;
  const { url, timeoutMs } = context;
  const gateway = await examineGateway({
    ...options,
    url,
    signal,
    now,
    version: VERSION,
    client: (fetch) => context.relay({ fetch, retry: false }),
  });
  const { redis } = options;
  if (redis === undefined) {
    return [
      ...gateway,
      skipped('redis.reachable', 'set REDIS_URL to check Redis and the queues too'),
    ];
  }
  // Loaded when it is needed: no other command carries a client of Redis.
  const { examineRedis } = await import('./redis.ts');
  const own = await examineRedis({ ...options, url: redis, timeoutMs, signal, now });
  // Where both have looked, what Redis itself says counts.
  const known = new Set(own.map(({ id }) => id));
  return [...gateway.filter(({ id }) => !known.has(id)), ...own];
}
