import type { Broker } from '@relay/broker';
import { until } from '@relay/testkit';
import type { Replicas } from './replicas.ts';

export interface StormOptions {
  readonly broker: Broker;
  readonly replicas: Replicas;
  readonly schedules: number;
  readonly seconds: number;
  /** How many replicas run at any time. */
  readonly size: number;
  /** Of the choice of victims. */
  readonly seed: number;
  readonly log?: (line: string) => void;
}

/** What became of the ticks. */
export interface StormReport {
  readonly ticks: number;
  readonly jobs: number;
  readonly kills: number;
  /** `<schedule> <tick>` of those without a job, and with more than one. */
  readonly missed: readonly string[];
  readonly repeated: readonly string[];
  /** From tick to enqueue, ms: the longest. */
  readonly latestMs: number;
}

const QUEUE = 'storm';
const SECOND = 1_000;

/** Schedules at one tick a second, fired by replicas of which one is killed every two seconds. */
export async function scheduleStorm(options: StormOptions): Promise<StormReport> {
  const { broker, replicas, schedules, seconds, size, log = () => undefined } = options;
  await broker.configure(QUEUE, { retention: { completed: { maxAgeMs: null, maxCount: null } } });
  for (let i = 0; i < size; i++) await replicas.start();
  const ids = Array.from({ length: schedules }, (_, i) => `storm-${i}`);
  const { now } = await broker.beat('replicas', { id: 'storm', info: {} });
  await broker.leave('replicas', 'storm');
  const startAt = Math.ceil(now / SECOND) * SECOND + SECOND;
  const endAt = startAt + (seconds - 1) * SECOND;
  for (const id of ids)
    await broker.schedules.upsert(id, {
      queue: QUEUE,
      cron: '* * * * * *',
      startAt,
      endAt,
      missed: 'last',
      job: { payload: '1' },
    });
  let random = options.seed;
  let kills = 0;
  const clock = performance.now() - now;
  while (performance.now() - clock < endAt) {
    random = (random * 48_271) % 2_147_483_647;
    const victim = replicas.all[random % replicas.all.length];
    if (victim === undefined) throw new Error('no replica runs');
    victim.kill('SIGKILL');
    await victim.exit;
    replicas.drop(victim);
    kills += 1;
    log(`kill ${kills}`);
    await replicas.start();
    const next = performance.now() + SECOND + (random % SECOND);
    await until(() => performance.now() >= next, { what: 'the next kill', everyMs: 20 });
  }
  const all = schedules * seconds;
  const found = new Map<string, number>();
  const ended = async () => {
    const open = await Promise.all(ids.map((id) => broker.schedules.find(id)));
    return open.every((one) => one?.nextRunAt === null);
  };
  await until(ended, { what: 'the end of all schedules', deadlineMs: 15_000, everyMs: 200 });
  // A decision of the last second may still be carried out.
  await until(async () => ((await broker.stats(QUEUE))?.counts.ready ?? 0) >= all, {
    what: 'all jobs',
    deadlineMs: 6_000,
    everyMs: 200,
  }).catch(() => log('some jobs are missing'));
  const { jobs, latestMs } = await collect(broker, found);
  const expected = new Set(
    ids.flatMap((id) =>
      Array.from(
        { length: seconds },
        (_, i) => `${id} ${new Date(startAt + i * SECOND).toISOString()}`,
      ),
    ),
  );
  return {
    ticks: all,
    jobs,
    kills,
    missed: [...expected].filter((tick) => !found.has(tick)),
    repeated: [...found].filter(([tick, n]) => n > 1 || !expected.has(tick)).map(([tick]) => tick),
    latestMs,
  };
}

/** Counts the jobs of each tick, by running them all. */
async function collect(
  broker: Broker,
  found: Map<string, number>,
): Promise<{ jobs: number; latestMs: number }> {
  let jobs = 0;
  let latestMs = 0;
  for (;;) {
    const { leases } = await broker.claim(QUEUE, { workerId: 'collector', max: 500 });
    if (leases.length === 0) return { jobs, latestMs };
    for (const { headers, createdAt } of leases) {
      const tick = `${headers['relay-schedule']} ${headers['relay-tick']}`;
      found.set(tick, (found.get(tick) ?? 0) + 1);
      latestMs = Math.max(latestMs, createdAt - Date.parse(headers['relay-tick'] ?? ''));
    }
    jobs += leases.length;
    await broker.settle(
      QUEUE,
      leases.map(({ id, token }) => ({ id, token, outcome: 'complete' })),
    );
  }
}
