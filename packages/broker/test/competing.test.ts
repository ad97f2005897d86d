// 16 clients in 4 processes compete for the jobs of one queue, and go wrong at random; then their logs and what Redis
// holds are held against the history invariants. RELAY_COMPETING_JOBS sets the number of jobs, RELAY_COMPETING_SEED
// plays a run's plan again (who wins a race is still up to the machine).
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import {
  type Accepted,
  assertConsistent,
  gatherHistory,
  type HistoryEvent,
  historyProblems,
  type ManagedProcess,
  payloadOf,
  randomFrom,
  startProcess,
  startRedisServer,
  tokenProblems,
  until,
} from '@relay/testkit';
import { Broker, InvalidStateError, type Job } from '../src/index.ts';

const JOBS = Number(process.env.RELAY_COMPETING_JOBS ?? 20_000);
const SEED = Number(process.env.RELAY_COMPETING_SEED ?? Math.floor(Math.random() * 2 ** 31));
const PROCESSES = 4;
const CLIENTS = 4;
/** Processes that may die by plan, and are started again. */
const DEATHS = 8;
const DIED = 7;
const QUEUE = 'contested';

/** A process that is started again, under another name, when it has died by plan. */
class Restarting {
  readonly #start: (generation: number) => Promise<ManagedProcess>;
  /** The error that ended it for good, if one did. */
  readonly #ended: Promise<unknown>;
  #process: ManagedProcess | undefined;
  #stopping = false;

  constructor(start: (generation: number) => Promise<ManagedProcess>) {
    this.#start = start;
    this.#ended = this.#run().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#process?.stop();
    const error = await this.#ended;
    if (error !== undefined) throw error;
  }

  async #run(): Promise<void> {
    for (let generation = 0; !this.#stopping; generation++) {
      this.#process = await this.#start(generation);
      const { code, signal } = await this.#process.exit;
      if (code === DIED || (this.#stopping && code === 0)) continue;
      throw new Error(`it ended with ${signal ?? code}: ${this.#process.lines().join('\n')}`);
    }
  }
}

test(`${JOBS} jobs, ${PROCESSES * CLIENTS} clients that go wrong: every job is accounted for`, async () => {
  process.stdout.write(`competing: RELAY_COMPETING_SEED=${SEED} RELAY_COMPETING_JOBS=${JOBS}\n`);
  const random = randomFrom(SEED);
  const dir = await mkdtemp(join(tmpdir(), 'relay-competing-'));
  await using server = await startRedisServer();
  await using broker = new Broker({ redis: server.url });
  const keepAll = { maxCount: null, maxAgeMs: null };
  await broker.configure(QUEUE, { retention: { completed: keepAll } });
  let deaths = 0;
  const start = (place: number, generation: number): Promise<ManagedProcess> => {
    if (generation > 0) deaths++;
    const name = `p${place}-${generation}`;
    return startProcess({
      entry: fileURLToPath(new URL('fixtures/competitor.ts', import.meta.url)),
      env: {
        REDIS_URL: server.url,
        QUEUE,
        NAME: name,
        CLIENTS: String(CLIENTS),
        LOG: join(dir, `${name}.log`),
        SEED: String(SEED + place * 1_000 + generation),
        MAY_DIE: deaths < DEATHS ? '1' : '0',
      },
      readyPattern: /^ready$/,
    });
  };
  const processes = Array.from(
    { length: PROCESSES },
    (_, place) => new Restarting((generation) => start(place, generation)),
  );
  const accepted = new Map<string, Accepted>();
  let tending = true;
  try {
    const tended = (async () => {
      while (tending) {
        await broker.reap(QUEUE);
        await broker.promote(QUEUE);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await produce(broker, accepted, random);
    await until(
      async () => {
        const counts = (await broker.stats(QUEUE))?.counts;
        return counts && counts.ready + counts.scheduled + counts.active === 0;
      },
      { what: 'every job to end', deadlineMs: 120_000, everyMs: 50 },
    );
    tending = false;
    await tended;
  } finally {
    tending = false;
    await Promise.all(processes.map((one) => one.stop()));
  }
  const jobs = gatherHistory(await readLogs(dir));
  const problems = tokenProblems(jobs.values());
  const counts: Record<string, number> = {};
  const none = { claims: [], runs: new Map(), tries: [], extends: [] };
  for (const [id, job] of await readJobs(broker, [...accepted.keys()])) {
    const known = accepted.get(id);
    if (known) problems.push(...historyProblems(known, job, jobs.get(id) ?? none));
    for (const { outcome } of job?.history ?? []) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  for (const id of jobs.keys()) if (!accepted.has(id)) problems.push(`${id} was never accepted`);
  process.stdout.write(`competing: ${deaths} deaths, deliveries ${JSON.stringify(counts)}\n`);
  expect(problems).toEqual([]);
  expect(counts).toMatchObject({ crashed: expect.any(Number), failed: expect.any(Number) });
  const report = await assertConsistent(server.url, QUEUE);
  expect(report.jobs).toBe(accepted.size);
  await rm(dir, { recursive: true });
}, 180_000);

/** Enqueues in chunks, some jobs twice by their idempotency key, and cancels a few. */
async function produce(
  broker: Broker,
  accepted: Map<string, Accepted>,
  random: () => number,
): Promise<void> {
  for (let from = 0; from < JOBS; from += 500) {
    const requests = Array.from({ length: Math.min(500, JOBS - from) }, (_, i) => ({
      payload: payloadOf(from + i),
      priority: Math.floor(random() * 3),
      maxAttempts: 1 + Math.floor(random() * 4),
      maxCrashes: 1 + Math.floor(random() * 2),
      backoff: { type: 'fixed', baseMs: 20 } as const,
      delayMs: random() < 0.05 ? Math.floor(random() * 200) : 0,
      ...(random() < 0.02 ? { idempotencyKey: `key ${from + i}` } : {}),
    }));
    const twice = requests.filter((request) => 'idempotencyKey' in request);
    const outcomes = await broker.enqueueMany(QUEUE, requests);
    const ids = outcomes.map((outcome) => {
      if (!outcome.ok) throw outcome.error;
      return outcome.result.id;
    });
    for (const [i, id] of ids.entries())
      accepted.set(id, { delayMs: requests[i]?.delayMs ?? 0, cancelled: false });
    for (const outcome of await broker.enqueueMany(QUEUE, twice)) {
      if (!outcome.ok) throw outcome.error;
      expect([outcome.result.duplicate, accepted.has(outcome.result.id)]).toEqual([true, true]);
    }
    for (const id of ids) if (random() < 0.01) await cancel(broker, id, accepted);
  }
}

async function cancel(broker: Broker, id: string, accepted: Map<string, Accepted>): Promise<void> {
  try {
    await broker.cancel(QUEUE, id);
    const known = accepted.get(id);
    if (known) known.cancelled = true;
  } catch (error) {
    // It has ended before.
    if (!(error instanceof InvalidStateError)) throw error;
  }
}

async function readLogs(dir: string): Promise<HistoryEvent[][]> {
  const logs: HistoryEvent[][] = [];
  for (const file of await readdir(dir)) {
    const text = await readFile(join(dir, file), 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    logs.push(lines.map((line) => JSON.parse(line) as HistoryEvent));
  }
  return logs;
}

async function readJobs(broker: Broker, ids: readonly string[]): Promise<Map<string, Job | null>> {
  const jobs = new Map<string, Job | null>();
  for (let from = 0; from < ids.length; from += 500) {
    const page = ids.slice(from, from + 500);
    const found = await Promise.all(page.map((id) => broker.job(QUEUE, id)));
    for (const [i, id] of page.entries()) jobs.set(id, found[i] ?? null);
  }
  return jobs;
}
