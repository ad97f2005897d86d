import { setTimeout as delay } from 'node:timers/promises';
import { type Context, RedisUnderTest } from '../harness/context.ts';
import { RowRecorder, type Series } from '../harness/results.ts';
import { inTurns } from '../harness/rounds.ts';
import { PAYLOAD_BYTES, VoidRun, verify } from '../harness/run.ts';
import { percentile } from '../harness/statistics.ts';
import type { Case } from './case.ts';

interface LatencyOptions {
  readonly row: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly contenders: readonly string[];
}

/** From the call of add in one process to the start of the handler in another. */
async function measure(context: Context, options: LatencyOptions): Promise<Series[]> {
  const { row, contenders, perSecond, seconds } = options;
  const recorder = new RowRecorder(row);
  await using redis = await RedisUnderTest.start();
  const jobs = Math.round(perSecond * seconds);
  await inTurns(context, contenders, {
    async once(contender, _, counts) {
      const waits = await one(context, {
        redis,
        row,
        contender,
        jobs: counts ? jobs : Math.ceil(jobs / 4),
        perSecond,
      });
      if (counts)
        recorder.add(contender, { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) });
      return perSecond;
    },
    onVoid: (contender, why) => recorder.void(contender, ['p50', 'p99'], why),
  });
  return recorder.series;
}

async function one(
  context: Context,
  options: {
    readonly redis: RedisUnderTest;
    readonly row: string;
    readonly contender: string;
    readonly jobs: number;
    readonly perSecond: number;
  },
): Promise<Float64Array> {
  const { redis, row, contender, jobs, perSecond } = options;
  await redis.empty();
  const worker = context.agent(contender, 0);
  const producer = context.agent(contender, 1);
  const opening = {
    url: redis.url,
    queue: context.nextRun(),
    run: `run-${row}`,
    jobs,
    payloadBytes: PAYLOAD_BYTES,
  };
  try {
    await worker.call('open', opening);
    await producer.call('open', opening);
    await worker.call('prepare', { concurrency: 100 });
    await worker.call('start');
    // The worker has come to rest.
    await delay(200);
    await producer.call('produce', { from: 0, count: jobs, inFlight: 1, chunk: 0, perSecond });
    await untilDone(worker, jobs);
    const [waits = new Float64Array()] = await verify([worker], { jobs });
    return waits;
  } finally {
    await worker.call('close');
    await producer.call('close');
  }
}

async function untilDone(worker: ReturnType<Context['agent']>, jobs: number): Promise<void> {
  const late = performance.now() + 20_000;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- a look after the other.
    const { done } = await worker.call('progress');
    if (done >= jobs) return;
    if (performance.now() > late) throw new VoidRun(`${done} of ${jobs} jobs came`);
    // oxlint-disable-next-line no-await-in-loop
    await delay(20);
  }
}

const PEERS = ['bullmq', 'bee-queue', 'groupmq'];

export const latencyCases: readonly Case[] = [
  {
    name: 'latency-idle',
    rows: ['latency-idle'],
    run: (context) =>
      measure(context, {
        row: 'latency-idle',
        contenders: ['relay', ...PEERS],
        perSecond: 150,
        seconds: context.quick ? 1 : 3,
      }),
  },
  {
    name: 'latency-half-load',
    rows: ['latency-half-load'],
    slow: true,
    run: (context) =>
      measure(context, {
        row: 'latency-half-load',
        contenders: ['relay', ...PEERS],
        // About half of what the slowest of them can do on two cores: the same for all.
        perSecond: 4_000,
        seconds: 1.5,
      }),
  },
];
