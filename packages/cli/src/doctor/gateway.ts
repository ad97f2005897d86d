import {
  type Overview,
  type Relay,
  RelayError,
  type VersionAnswer,
  type WorkerSummary,
} from '@relay/sdk';
import { EXIT, exitCodeOf } from '../exit.ts';
import { counted, duration } from '../format.ts';
import { type Finding, fail, ok, skipped, some, warn } from './finding.ts';

export interface GatewayOptions {
  readonly url: string;
  /** A client that does not try again. `fetch` is the one that it is to use. */
  readonly client: (fetch: typeof globalThis.fetch) => Relay;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Clocks may differ by so much, ms. */
  readonly maxSkewMs: number;
  /** How late the background loops may be, ms. */
  readonly maxLagMs: number;
  /** How long a ready job may wait, ms, before it is worth a word. */
  readonly maxWaitMs: number;
  /** Of this program. */
  readonly version: string;
}

/** What can be known through the gateway: itself, Redis as it sees it, workers, background loops, queues. */
export async function examineGateway(options: GatewayOptions): Promise<Finding[]> {
  const { url, signal } = options;
  let date: string | null = null;
  const relay = options.client(async (input, init) => {
    const response = await fetch(input, init);
    date = response.headers.get('date') ?? date;
    return response;
  });
  let version: VersionAnswer;
  try {
    version = await relay.check({ signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RelayError)) throw error;
    const advice = 'start the gateway, or set --url or RELAY_URL to its address';
    return [
      fail('gateway.reachable', error.message, advice),
      skipped('gateway.auth', 'the gateway does not respond'),
    ];
  }
  const reachable = ok('gateway.reachable', `version ${version.version} at ${url}`);
  const clock = clockFinding('gateway.clock', date === null ? null : Date.parse(date), options);
  try {
    const overview = await relay.overview({ signal });
    const workers: WorkerSummary[] = [];
    for await (const worker of relay.workers({ signal })) workers.push(worker);
    return [
      reachable,
      ok('gateway.auth', 'the API key is accepted, or none is required'),
      clock,
      ...redisFindings(overview),
      loopsFinding(overview, options.maxLagMs),
      workersFinding(overview, workers),
      versionsFinding(version, workers, options.version),
      ...queueFindings(overview, options.maxWaitMs),
    ];
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RelayError)) throw error;
    return [reachable, authFinding(error), clock];
  }
}

function authFinding(error: RelayError): Finding {
  return exitCodeOf(error) === EXIT.denied
    ? fail(
        'gateway.auth',
        error.message,
        'set RELAY_API_KEY to a key with the role viewer or operator',
      )
    : fail('gateway.store', error.message, 'check Redis, and the log of the gateway');
}

/** The Date header has whole seconds. */
export function clockFinding(
  id: string,
  theirs: number | null,
  { now, maxSkewMs }: Pick<GatewayOptions, 'now' | 'maxSkewMs'>,
): Finding {
  if (theirs === null) return skipped(id, 'its responses have no date');
  const skew = now() - theirs;
  if (Math.abs(skew) <= maxSkewMs + 1_000) return ok(id, 'its clock agrees with this one');
  const where = skew > 0 ? 'behind' : 'ahead of';
  return fail(
    id,
    `its clock is ${duration(Math.abs(skew))} ${where} this machine's`,
    'synchronise all clocks with NTP: times given by clients are compared with the clock of Redis',
  );
}

function redisFindings({ redis }: Overview): Finding[] {
  const { product, version, evictionPolicy, appendOnly, memoryUsedBytes, memoryMaxBytes } = redis;
  return [
    ok('redis.version', `${product} ${version}`),
    policyFinding(evictionPolicy),
    persistenceFinding(appendOnly),
    memoryFinding(memoryUsedBytes, memoryMaxBytes),
  ];
}

export function policyFinding(policy: string | null): Finding {
  if (policy === null)
    return warn(
      'redis.policy',
      'Redis does not report its maxmemory-policy',
      'make sure it is noeviction',
    );
  if (policy === 'noeviction') return ok('redis.policy', 'maxmemory-policy is noeviction');
  return fail(
    'redis.policy',
    `maxmemory-policy is ${policy}: Redis evicts jobs when its memory is full`,
    'run CONFIG SET maxmemory-policy noeviction, and set it in the configuration file as well',
  );
}

export function persistenceFinding(appendOnly: boolean | null): Finding {
  if (appendOnly === true) return ok('redis.persistence', 'the append-only file is enabled');
  const said =
    appendOnly === null
      ? 'Redis does not report whether it persists'
      : 'the append-only file is disabled';
  return warn(
    'redis.persistence',
    `${said}: jobs since the last snapshot are lost when Redis crashes`,
    'set appendonly yes (and appendfsync everysec), as deployments/redis/redis.conf does',
  );
}

export function memoryFinding(used: number | null, max: number | null): Finding {
  if (used === null || max === null) return ok('redis.memory', 'no limit is set');
  const percent = Math.round((used / max) * 100);
  const said = `${percent}% of maxmemory is in use`;
  if (percent < 80) return ok('redis.memory', said);
  return warn('redis.memory', said, 'give Redis more memory, or it will refuse new jobs');
}

function loopsFinding({ at, loops }: Overview, maxLagMs: number): Finding {
  const { replicas, lastSeenAt } = loops;
  const advice = 'start apps/reaper-promoter, two of them for availability';
  if (lastSeenAt === null) {
    return fail(
      'reaper.alive',
      'no reaper-promoter is running: crashed, delayed and failed jobs wait forever',
      advice,
    );
  }
  const silentMs = Date.parse(at) - Date.parse(lastSeenAt);
  // They give one every half second.
  if (silentMs > maxLagMs + 1_000) {
    return fail(
      'reaper.alive',
      `no reaper-promoter has sent a heartbeat for ${duration(silentMs)}`,
      advice,
    );
  }
  return ok('reaper.alive', counted(replicas.length, 'live reaper-promoter'));
}

function workersFinding(
  { attention, tiles }: Overview,
  workers: readonly WorkerSummary[],
): Finding {
  if (workers.length === 0) {
    const said = 'no worker is running';
    const advice = 'start a worker: see docs/getting-started.md';
    return tiles.ready > 0
      ? fail('workers.alive', `${said}, with ${counted(tiles.ready, 'job')} waiting`, advice)
      : warn('workers.alive', said, advice);
  }
  const alone = attention.withoutWorkers.map(({ queue }) => queue);
  if (alone.length === 0) return ok('workers.alive', counted(workers.length, 'live worker'));
  return fail(
    'workers.alive',
    `jobs are waiting in queues that no worker serves: ${some(alone)}`,
    'add these queues to RELAY_QUEUES of a worker',
  );
}

function versionsFinding(
  gateway: VersionAnswer,
  workers: readonly WorkerSummary[],
  own: string,
): Finding {
  const versions = new Set([gateway.version, own]);
  for (const { version } of workers) if (version !== null) versions.add(version);
  if (versions.size === 1) return ok('versions', `all are ${own}`);
  return warn(
    'versions',
    `different versions are running: ${[...versions].toSorted().join(', ')}`,
    'fine during an upgrade; finish it soon',
  );
}

function queueFindings({ attention }: Overview, maxWaitMs: number): Finding[] {
  const late = attention.oldest.filter(({ oldestReadyMs }) => oldestReadyMs > maxWaitMs);
  const paused = attention.pausedWithBacklog.map(({ queue, ready }) => `${queue} (${ready})`);
  const dying = attention.deadGrowing.map(({ queue, dead }) => `${queue} (${dead})`);
  return [
    late.length === 0
      ? ok('queues.wait', `no ready job has waited for longer than ${duration(maxWaitMs)}`)
      : warn(
          'queues.wait',
          `jobs have been waiting for long: ${some(late.map((one) => `${one.queue} ${duration(one.oldestReadyMs)}`))}`,
          'add workers or slots, or check the limits of these queues',
        ),
    paused.length === 0
      ? ok('queues.paused', 'no paused queue has jobs waiting')
      : warn('queues.paused', `paused with jobs waiting: ${some(paused)}`, 'relay resume <queue>'),
    dying.length === 0
      ? ok('queues.dead', 'no new dead letters')
      : warn('queues.dead', `new dead letters: ${some(dying)}`, 'relay dead-letters groups'),
  ];
}
