/**
 * The keys of a queue, one function each: no other file builds one. All keys of a queue carry its hash tag, so that
 * they live in one slot of a Redis Cluster and one script may touch them all.
 */
const key =
  (suffix: string) =>
  (namespace: string, queue: string): string =>
    `${namespace}:{${queue}}:${suffix}`;

export const queueKeys = {
  /** ZSET: id → (1000 − priority)·2^42 + seq. */
  ready: key('ready'),
  /** ZSET: id → due ms · 2048 + (1000 − priority). */
  scheduled: key('scheduled'),
  /** ZSET: id → lease deadline, ms. */
  active: key('active'),
  /** Hash: id → lease, see `lua/lib/lease.lua`. */
  leases: key('leases'),
  /** Hash: id → record, see `lua/lib/spec.lua`. */
  jobs: key('jobs'),
  /** Hash: id → what has happened to the job, see `lua/lib/state.lua`. */
  state: key('state'),
  /** ZSET: id → ms at which it completed. */
  completed: key('completed'),
  /** ZSET: id → ms at which it was cancelled. */
  cancelled: key('cancelled'),
  /** ZSET: id → ms of death. */
  dead: key('dead'),
  /** ZSET: id → ms at which a job that was never started dies. */
  expiry: key('expiry'),
  /** Hash: settings, and `due`, the earliest time that the background loops know of. */
  config: key('config'),
  /** Hash: tokens and time of the token bucket. */
  limiter: key('limiter'),
  /** Hash: totals. */
  stats: key('stats'),
  /** String: the last order number given in this queue. */
  seq: key('seq'),
  /** ZSET: "<minute> <totals>" → minute, for 25 hours; see `lua/rollup.lua`. */
  series: key('series'),
  /** Hash: ids whose end somebody waits for. */
  waiters: key('waiters'),
  /** List: one token while there is work for a waiting worker, see `lua/lib/wake.lua`. */
  wake: key('wake'),
} as const;

/**
 * The fixed keys that a script may declare: of a queue; `call`, that of the caller's session; and, outside all queues,
 * `queues`, the registry of them, `members`, a registry of workers or replicas, `operations`, and those of schedules.
 */
export type KeyName =
  | keyof typeof queueKeys
  | keyof typeof scheduleKeys
  | 'call'
  | 'queues'
  | 'members'
  | 'operations';

/**
 * The keys of all schedules of a namespace. Their tag is the name of no queue, and the same for all: one script may
 * touch them.
 */
export const scheduleKeys = {
  schedules: schedulesKey,
  scheduleStates: scheduleStatesKey,
  scheduleTimes: scheduleTimesKey,
  scheduleNames: scheduleNamesKey,
} as const;

/** Hash: name → definition of a schedule. */
export function schedulesKey(namespace: string): string {
  return `${namespace}:{.schedules}:definitions`;
}

/** Hash: name → revision and state of a schedule, see `lua/lib/schedule.lua`. */
export function scheduleStatesKey(namespace: string): string {
  return `${namespace}:{.schedules}:states`;
}

/** ZSET: name → ms at which the loop must look at a schedule. */
export function scheduleTimesKey(namespace: string): string {
  return `${namespace}:{.schedules}:times`;
}

/** ZSET of all schedules, each with score 0: it lists them by name. */
export function scheduleNamesKey(namespace: string): string {
  return `${namespace}:{.schedules}:names`;
}

/** String with TTL: the outcome of a session's last call. */
export function callKey(namespace: string, queue: string, session: string): string {
  return `${namespace}:{${queue}}:call:${session}`;
}

/** String with TTL: fingerprint and id of the job that used an idempotency key. */
export function idempotencyKey(namespace: string, queue: string, keyHash: string): string {
  return `${namespace}:{${queue}}:idem:${keyHash}`;
}

/** ZSET of all queues, each with score 0: it lists them by name. */
export function queuesKey(namespace: string): string {
  return `${namespace}:queues`;
}

/** String: version of the shape of all that is in the namespace, see `src/schema.ts`. */
export function schemaKey(namespace: string): string {
  return `${namespace}:schema`;
}

/** Hash: id → sign of life, see `lua/beat.lua`. `registry` is `workers` or what else keeps one. */
export function membersKey(namespace: string, registry: string): string {
  return `${namespace}:members:${registry}`;
}

/** Hash: operations in the background, see `lua/operation.lua`. */
export function operationsKey(namespace: string): string {
  return `${namespace}:operations`;
}

/** String with TTL: what a caller noted for whoever repeats its request. */
export function noteKey(namespace: string, hash: string): string {
  return `${namespace}:note:${hash}`;
}

/** Channel on which the ends of jobs that somebody waits for are published: `<queue> <id> <state>`. */
export function endedChannel(namespace: string): string {
  return `${namespace}:ended`;
}

/** Channel on which due times are published: `<queue> <ms>`. */
export function dueChannel(namespace: string): string {
  return `${namespace}:due`;
}

/** Channel on which the times of schedules are published: `<name> <ms>`. */
export function scheduleChannel(namespace: string): string {
  return `${namespace}:schedule`;
}
