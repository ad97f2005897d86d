import { Redis } from 'ioredis';

const PLACES = ['ready', 'scheduled', 'active', 'completed', 'cancelled', 'dead'] as const;
type Place = (typeof PLACES)[number];

const RECORD = /^(\d+) (\d+) (-?\d+) (\d+) (\d+) [EeFf] (\d+) (\d+) (\d+) (\d+) (\S+)\n[^\n]*\n/;
const LEASE = /^(\S+) (\d+) (\d+) [01] (\d+) (\S+) -?\d+ \d+ \d+ [EeFf] /;
const READY_BAND = 2 ** 42;
const DUE_UNIT = 2048;

/** Keys that may hold more than the state of jobs, by what follows the tag. */
const TEMPORARY = /^(idem|call):/;

export interface ConsistencyOptions {
  /** Defaults to `relay`. */
  readonly namespace?: string;
  /** Leaves out the check of the totals: for tests that changed keys behind the broker's back. */
  readonly tampered?: boolean;
}

/** What the check counted, for a test's own assertions. */
export interface ConsistencyReport {
  readonly jobs: number;
  readonly counts: Readonly<Record<Place, number>>;
}

/** Everything that Redis holds of a queue, read while nothing runs. */
export interface QueueSnapshot {
  readonly places: Readonly<Record<Place, ReadonlyMap<string, number>>>;
  readonly jobs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly leases: Readonly<Record<string, string>>;
  readonly expiry: ReadonlyMap<string, number>;
  readonly config: Readonly<Record<string, string>>;
  readonly stats: Readonly<Record<string, string>>;
  readonly wakeTokens: number;
  readonly limiter: Readonly<Record<string, string>>;
}

/** The queue's keys break an invariant; `problems` has a line for each. */
export class InconsistentError extends Error {
  readonly problems: readonly string[];
  constructor(queue: string, problems: readonly string[]) {
    super(`queue "${queue}" is inconsistent:\n  ${problems.slice(0, 20).join('\n  ')}`);
    this.problems = problems;
  }
}

/**
 * Checks the state invariants of a queue (I2–I5, I14, I18, I29) by reading all its keys. Call it when nothing runs.
 *
 * @param store URL of the server, or a client that stays open.
 * @throws InconsistentError with every problem found.
 */
export async function assertConsistent(
  store: string | Redis,
  queue: string,
  { namespace = 'relay', tampered = false }: ConsistencyOptions = {},
): Promise<ConsistencyReport> {
  const client = typeof store === 'string' ? new Redis(store) : store;
  try {
    const prefix = `${namespace}:{${queue}}:`;
    const snapshot = await readSnapshot(client, prefix);
    const problems = [
      ...consistencyProblems(snapshot, tampered),
      ...(await temporaryKeyProblems(client, prefix)),
    ];
    if (problems.length > 0) throw new InconsistentError(queue, problems);
    const counts = Object.fromEntries(PLACES.map((place) => [place, snapshot.places[place].size]));
    return { jobs: Object.keys(snapshot.jobs).length, counts: counts as Record<Place, number> };
  } finally {
    if (typeof store === 'string') client.disconnect();
  }
}

/** The check of {@link assertConsistent} without its reading: for who has a snapshot already. Leaves out I14. */
export function consistencyProblems(snapshot: QueueSnapshot, tampered = false): string[] {
  return [
    ...placeProblems(snapshot),
    ...scoreProblems(snapshot),
    ...leaseProblems(snapshot),
    ...stateProblems(snapshot),
    ...wakeProblems(snapshot),
    ...(tampered ? [] : totalProblems(snapshot)),
  ];
}

async function readZset(client: Redis, key: string): Promise<Map<string, number>> {
  const cells = await client.zrange(key, '0', '-1', 'WITHSCORES');
  const members = new Map<string, number>();
  for (let i = 0; i + 1 < cells.length; i += 2) members.set(cells[i] ?? '', Number(cells[i + 1]));
  return members;
}

async function readSnapshot(client: Redis, prefix: string): Promise<QueueSnapshot> {
  const places = {} as Record<Place, Map<string, number>>;
  for (const place of PLACES) places[place] = await readZset(client, `${prefix}${place}`);
  return {
    places,
    jobs: await client.hgetall(`${prefix}jobs`),
    state: await client.hgetall(`${prefix}state`),
    leases: await client.hgetall(`${prefix}leases`),
    expiry: await readZset(client, `${prefix}expiry`),
    config: await client.hgetall(`${prefix}config`),
    stats: await client.hgetall(`${prefix}stats`),
    wakeTokens: await client.llen(`${prefix}wake`),
    limiter: await client.hgetall(`${prefix}limiter`),
  };
}

/** I2, I4: each id is in exactly one place and has a record; each record's id is in a place. */
function placeProblems({ places, jobs, expiry }: QueueSnapshot): string[] {
  const problems: string[] = [];
  const found = new Map<string, Place>();
  for (const place of PLACES) {
    for (const id of places[place].keys()) {
      const other = found.get(id);
      if (other !== undefined) problems.push(`I2: ${id} is in ${other} and in ${place}`);
      if (!(id in jobs)) problems.push(`I4: ${id} in ${place} has no record`);
      found.set(id, place);
    }
  }
  for (const id of Object.keys(jobs))
    if (!found.has(id)) problems.push(`I4: the record of ${id} is in no place`);
  for (const id of expiry.keys()) {
    const place = found.get(id);
    if (place !== 'ready' && place !== 'scheduled')
      problems.push(`expiry holds ${id}, which is ${place ?? 'gone'}`);
  }
  return problems;
}

/** I3: what a record says agrees with where its id stands. */
function scoreProblems({ places, jobs }: QueueSnapshot): string[] {
  const problems: string[] = [];
  const seqs = new Set<number>();
  for (const [id, record] of Object.entries(jobs)) {
    const match = RECORD.exec(record);
    if (match === null) {
      if (!places.dead.has(id))
        problems.push(`I3: the record of ${id} is not one of Relay's and it is not dead`);
      continue;
    }
    const inverse = 1000 - Number(match[3]);
    const ready = places.ready.get(id);
    const scheduled = places.scheduled.get(id);
    if (ready !== undefined) {
      if (Math.floor(ready / READY_BAND) !== inverse)
        problems.push(`I3: ready score of ${id} has another priority`);
      if (seqs.has(ready)) problems.push(`two ready jobs share the place ${ready}`);
      seqs.add(ready);
    }
    if (scheduled !== undefined && scheduled % DUE_UNIT !== inverse) {
      problems.push(`I3: scheduled score of ${id} has another priority`);
    }
  }
  return problems;
}

/** I5: active if and only if there is a lease. */
function leaseProblems({ places, leases }: QueueSnapshot): string[] {
  const problems: string[] = [];
  const tokens = new Set<string>();
  for (const id of places.active.keys())
    if (!(id in leases)) problems.push(`I5: ${id} is active without a lease`);
  for (const [id, lease] of Object.entries(leases)) {
    if (!places.active.has(id)) problems.push(`I5: ${id} has a lease and is not active`);
    const match = LEASE.exec(lease);
    if (match === null) problems.push(`I5: the lease of ${id} lacks token, start or owner`);
    else if (tokens.has(match[1] ?? '')) problems.push(`I6: two leases share a token`);
    tokens.add(match?.[1] ?? '');
  }
  return problems;
}

/** I20 as far as it is state: what is dead says why; nothing is noted of a job that is gone. */
function stateProblems({ places, jobs, state }: QueueSnapshot): string[] {
  const problems: string[] = [];
  for (const [id, text] of Object.entries(state)) {
    if (!(id in jobs)) problems.push(`I4: there is a state of ${id}, which has no record`);
    if (!/^\d+ \d+ \d+ \d+(\n|$)/.test(text)) problems.push(`the state of ${id} has no counters`);
    // The result comes last and may hold any bytes.
    if (!places.dead.has(id) && /\nx/.test(text.replace(/\nr[\s\S]*$/, '')))
      problems.push(`${id} has a reason and is not dead`);
  }
  for (const id of places.dead.keys()) {
    if (!/^[^\n]*\nx\S/.test(state[id] ?? '')) problems.push(`I20: ${id} is dead without a reason`);
  }
  return problems;
}

/** I29: at most one wake token; one if and only if a claim could take something. */
function wakeProblems({ places, config, wakeTokens, limiter }: QueueSnapshot): string[] {
  if (wakeTokens > 1) return [`I29: there are ${wakeTokens} wake tokens`];
  const full = config.concurrency !== undefined && places.active.size >= Number(config.concurrency);
  const open = places.ready.size > 0 && config.paused !== '1' && !full;
  if (wakeTokens === 1 && !open) return ['I29: there is a wake token, but nothing can be claimed'];
  // The bucket fills by itself: only what the last script could see can be held against it.
  const limited = config.rate !== undefined && limiter.tokens !== undefined;
  if (wakeTokens === 0 && open && !limited)
    return ['I29: there is work to claim and no wake token'];
  return [];
}

/** I18: the totals account for every job that was accepted. */
function totalProblems({ places, stats }: QueueSnapshot): string[] {
  const total = (name: string): number => Number(stats[name] ?? 0);
  const problems = Object.entries(stats)
    .filter(([, value]) => Number(value) < 0)
    .map(([name, value]) => `I18: total ${name} is ${value}`);
  const here = places.ready.size + places.scheduled.size + places.active.size;
  const ended = total('completed') + total('cancelled') + total('dead') - total('requeued');
  const accounted = here + ended + total('ghosts') + total('deleted');
  if (total('enqueued') !== accounted) {
    problems.push(`I18: ${total('enqueued')} jobs were enqueued, ${accounted} are accounted for`);
  }
  if (total('dead') - total('requeued') - total('deadRemoved') !== places.dead.size) {
    problems.push(
      `I18: the totals speak of ${total('dead') - total('requeued')} dead jobs, there are ${places.dead.size}`,
    );
  }
  return problems;
}

/** I14: idempotency and call keys live for a time only. */
async function temporaryKeyProblems(client: Redis, prefix: string): Promise<string[]> {
  const problems: string[] = [];
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(
      cursor,
      'MATCH',
      `${prefix.replace(/[[\]*?]/g, '\\$&')}*`,
      'COUNT',
      1000,
    );
    for (const key of keys) {
      if (TEMPORARY.test(key.slice(prefix.length)) && (await client.pttl(key)) === -1)
        problems.push(`I14: ${key} lives for ever`);
    }
    cursor = next;
  } while (cursor !== '0');
  return problems;
}
