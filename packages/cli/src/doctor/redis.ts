import {
  assertSupported,
  Broker,
  type QueueInspection,
  type ServerInfo,
  type ServerMemory,
} from '@relay/broker';
import { codeOf } from '../exit.ts';
import { counted, duration } from '../format.ts';
import { type Finding, fail, ok, skipped, some, warn } from './finding.ts';
import { clockFinding, memoryFinding, persistenceFinding, policyFinding } from './gateway.ts';

export interface RedisOptions {
  readonly url: string;
  readonly namespace: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly maxSkewMs: number;
  /** How long a due job or a lease that has run out may wait for the background loops, ms. */
  readonly maxLagMs: number;
}

/** Redis answers slower than this, ms: each claim and each settlement feels it. */
const SLOW_MS = 20;
const PINGS = 5;
/** A doctor looks at the first so many queues. */
const MOST_QUEUES = 1_000;

/** What Redis itself says: whether it may be used, and whether the queues are sound and looked after. */
export async function examineRedis(options: RedisOptions): Promise<Finding[]> {
  const { url, namespace, timeoutMs, signal } = options;
  await using broker = new Broker({ redis: url, namespace, deadlineMs: timeoutMs });
  let server: ServerInfo & ServerMemory;
  try {
    server = await broker.server({ signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!codeOf(error).startsWith('store-') && codeOf(error) !== 'validation') throw error;
    const advice = 'set REDIS_URL to the address of Redis, with its password if it has one';
    return [fail('redis.reachable', (error as Error).message, advice)];
  }
  const latency = await latencyFinding(broker);
  const findings = [
    ok('redis.reachable', `${server.product} ${server.version}, ${server.mode}`),
    versionFinding(server),
    latency,
    policyFinding(server.evictionPolicy),
    persistenceFinding(server.appendOnly),
    memoryFinding(server.usedBytes, server.maxBytes),
    evictedFinding(server),
    await wakeFinding(broker),
  ];
  return [...findings, ...(await examineQueues(broker, options))];
}

/** By its version alone: what else is wrong with it is told apart. */
function versionFinding(server: ServerInfo): Finding {
  try {
    assertSupported({ ...server, evictionPolicy: null });
    return ok('redis.version', `${server.product} ${server.version}`);
  } catch (error) {
    const advice = 'use Redis 7.0 or Valkey 7.2, or newer';
    return fail('redis.version', (error as Error).message, advice);
  }
}

async function latencyFinding(broker: Broker): Promise<Finding> {
  const times: number[] = [];
  for (let i = 0; i < PINGS; i += 1) {
    const start = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured.
    await broker.ping();
    times.push(performance.now() - start);
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(PINGS / 2)] ?? 0;
  const said = `answers within ${median.toFixed(1)} ms`;
  if (median < SLOW_MS) return ok('redis.latency', said);
  return warn(
    'redis.latency',
    said,
    'move the services closer to Redis, or find out what slows it down',
  );
}

/** A queue that nobody has: a wake token of a real one would be taken from its workers. */
const NO_QUEUE = 'relay-doctor';

async function wakeFinding(broker: Broker): Promise<Finding> {
  await using listener = broker.wakeListener();
  try {
    await listener.wait([NO_QUEUE], 10);
    return ok('redis.wake', 'this user may wait for jobs (BLPOP)');
  } catch (error) {
    return warn(
      'redis.wake',
      (error as Error).message,
      'allow workers and the gateway to call BLPOP on queue keys (users.acl.template): without it they only poll; the reaper-promoter does not need it',
    );
  }
}

function evictedFinding({ evictedKeys }: ServerMemory): Finding {
  if (evictedKeys === 0) return ok('redis.evicted', 'no keys have been evicted');
  return fail(
    'redis.evicted',
    `Redis has evicted ${evictedKeys} keys since it started: jobs may be among them`,
    'set maxmemory-policy to noeviction, and look for jobs without a record below',
  );
}

async function examineQueues(broker: Broker, options: RedisOptions): Promise<Finding[]> {
  const { signal, maxLagMs } = options;
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    // oxlint-disable-next-line no-await-in-loop -- each page names the next.
    const page = await broker.queues(
      { limit: 200, ...(cursor === undefined ? {} : { cursor }) },
      { signal },
    );
    names.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && names.length < MOST_QUEUES);
  if (names.length === 0) {
    const none = `there are no queues in the namespace ${options.namespace}`;
    return [skipped('queues.sound', none), skipped('reaper.lag', none)];
  }
  const seen = await Promise.all(names.map((name) => broker.inspect(name, { signal })));
  const [first] = seen;
  return [
    clockFinding('redis.clock', first?.at ?? null, options),
    soundFinding(seen),
    lagFinding(seen, maxLagMs),
  ];
}

/** The wake token against what can be claimed, records against states, leases against active jobs. */
function soundFinding(seen: readonly QueueInspection[]): Finding {
  const problems = seen.flatMap((one) => one.problems.map((said) => `${one.queue}: ${said}`));
  if (problems.length === 0) return ok('queues.sound', `sound: ${counted(seen.length, 'queue')}`);
  return fail(
    'queues.sound',
    some(problems),
    'keys of Relay were changed or lost: see docs/architecture.md, and restore what is missing',
  );
}

function lagFinding(seen: readonly QueueInspection[], maxLagMs: number): Finding {
  const late = seen.flatMap(({ queue, at, firstDueAt, firstDeadlineAt }) => {
    const lag = at - Math.min(firstDueAt ?? at, firstDeadlineAt ?? at);
    return lag > maxLagMs ? [`${queue} by ${duration(lag)}`] : [];
  });
  if (late.length === 0) return ok('reaper.lag', 'due and crashed jobs are handled in time');
  return fail(
    'reaper.lag',
    `due or crashed jobs are waiting for the reaper-promoter: ${some(late)}`,
    'check that a reaper-promoter is running, and its log',
  );
}
