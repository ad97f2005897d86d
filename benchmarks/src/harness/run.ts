import { setTimeout as delay } from 'node:timers/promises';
import type { OpenOptions } from '../contenders/contender.ts';
import type { Agent } from './agent.ts';
import type { PrepareOptions, ProduceOptions } from './agent-protocol.ts';
import type { Context, RedisUnderTest } from './context.ts';
import { verdictOf } from './ledger.ts';

/** How often the progress of a run is looked at, ms; its end is read from the processes, not from this clock. */
const LOOK_MS = 20;
/** A run that makes no progress for so long, ms, is over. */
const STUCK_MS = 20_000;

export interface RunOptions {
  readonly row: string;
  readonly contender: string;
  readonly jobs: number;
  readonly redis: RedisUnderTest;
  readonly work: PrepareOptions;
  readonly payloadBytes?: number;
  /** Processes that work; the first also produces. Defaults to 1. */
  readonly processes?: number;
  /** How the queue is filled before the work begins. Defaults to bulk calls. */
  readonly fill?: Pick<ProduceOptions, 'inFlight' | 'chunk' | 'priorities'>;
  readonly open?: Pick<OpenOptions, 'nodes' | 'delayed'>;
  /** Deliveries of each job that are right. Defaults to 1. */
  readonly times?: number;
  /** A warm-up: never profiled. */
  readonly warmUp?: boolean;
  /** Processor time of Redis so far, µs. Defaults to that of `redis`. */
  readonly redisCpuUs?: () => Promise<number>;
}

/** Per job where it says so. */
export interface RunFigures {
  readonly enqueue: Figures;
  readonly process: Figures;
}

interface Figures {
  /** Jobs a second. */
  readonly rate: number;
  /** µs of Redis's processor time a job. */
  readonly redis: number;
  /** µs of all client processes' time a job. */
  readonly client: number;
}

export const BULK = { inFlight: 4, chunk: 1_000 } as const;
export const PAYLOAD_BYTES = 170;

/** A run whose figures count for nothing. */
export class VoidRun extends Error {}

/**
 * Fills a queue, then lets the workers empty it, and verifies that each job was handed over exactly as often as it
 * should be, with its payload whole.
 *
 * @throws VoidRun when it was not.
 */
export async function run(context: Context, options: RunOptions): Promise<RunFigures> {
  const { contender, jobs, redis, work, processes = 1, times = 1 } = options;
  const cpuOfRedis = options.redisCpuUs ?? (() => redis.cpuUs());
  await redis.empty();
  const agents = Array.from({ length: processes }, (_, n) => context.agent(contender, n));
  const [first] = agents;
  if (first === undefined) throw new Error('a run needs a process');
  const opening = {
    url: redis.url,
    queue: context.nextRun(),
    run: `run-${options.row}`,
    jobs,
    payloadBytes: options.payloadBytes ?? PAYLOAD_BYTES,
    ...options.open,
  };
  try {
    // The first alone: what is set up once for a queue is set up then.
    await first.call('open', opening);
    await Promise.all(agents.slice(1).map((agent) => agent.call('open', opening)));
    const of = options.warmUp ? null : { row: options.row, contender, redis };
    return await context.profiled(of, async () => {
      const redisAt = [await cpuOfRedis()];
      const fill = { ...(options.fill ?? BULK), from: 0, count: jobs };
      const cost = await first.call('produce', fill);
      redisAt.push(await cpuOfRedis());
      const enqueue = {
        rate: (jobs / cost.ms) * 1_000,
        redis: ((redisAt[1] ?? 0) - (redisAt[0] ?? 0)) / jobs,
        client: cost.cpuUs / jobs,
      };
      await Promise.all(agents.map((agent) => agent.call('prepare', work)));
      redisAt.push(await cpuOfRedis());
      const done = await workOff(agents, jobs * times);
      redisAt.push(await cpuOfRedis());
      await verify(agents, { jobs, times });
      const process = {
        rate: (jobs / done.ms) * 1_000,
        redis: ((redisAt[3] ?? 0) - (redisAt[2] ?? 0)) / jobs,
        client: done.cpuUs / jobs,
      };
      return { enqueue, process };
    });
  } finally {
    await Promise.all(agents.map((agent) => agent.call('close')));
  }
}

/** Starts the workers and waits until they have had so many deliveries. */
export async function workOff(
  agents: readonly Agent[],
  deliveries: number,
): Promise<{ readonly ms: number; readonly cpuUs: number }> {
  const begun = await Promise.all(agents.map((agent) => agent.call('start')));
  let before = -1;
  let stuckSince = performance.now();
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- a look after the other.
    await delay(LOOK_MS);
    // oxlint-disable-next-line no-await-in-loop
    const looks = await Promise.all(agents.map((agent) => agent.call('progress')));
    const done = looks.reduce((sum, look) => sum + look.done, 0);
    if (done >= deliveries) {
      const lastAt = Math.max(...looks.map((look) => look.lastAt));
      const cpuUs = looks.reduce((sum, look) => sum + look.cpuUs, 0);
      return { ms: lastAt - Math.min(...begun), cpuUs };
    }
    if (done !== before) {
      before = done;
      stuckSince = performance.now();
    } else if (performance.now() - stuckSince > STUCK_MS) {
      throw new VoidRun(`stuck after ${done} of ${deliveries} deliveries`);
    }
  }
}

/** @throws VoidRun when a job was lost, doubled or damaged, or is still in the queue. */
export async function verify(
  agents: readonly Agent[],
  expected: { readonly jobs: number; readonly times?: number },
): Promise<Float64Array[]> {
  const outcomes = await Promise.all(agents.map((agent) => agent.call('stop')));
  const left = (await agents[0]?.call('left')) ?? 0;
  const why = verdictOf(outcomes, expected.jobs, { times: expected.times ?? 1, left });
  if (why !== null) throw new VoidRun(why);
  return outcomes.map(({ waits }) => waits);
}
