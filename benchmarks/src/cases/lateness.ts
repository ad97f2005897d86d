import { setTimeout as delay } from 'node:timers/promises';
import { Broker } from '@relay/broker';
import { Worker } from '@relay/consumer';
import { until } from '@relay/testkit';
import { type Context, RedisUnderTest } from '../harness/context.ts';
import { RowRecorder, type Series } from '../harness/results.ts';
import { PAYLOAD_BYTES, VoidRun, verify } from '../harness/run.ts';
import { startReaperPromoter } from '../harness/services.ts';
import { percentile } from '../harness/statistics.ts';
import type { Case } from './case.ts';

const PER_SECOND = 200;
/** Until the first job is due: all are enqueued by then. */
const LEAD_MS = 1_500;

/** How late each of the jobs started, ms, on an idle worker. Relay's are promoted by a service of its own. */
async function latenessOf(
  context: Context,
  contender: string,
  seconds: number,
): Promise<Float64Array> {
  await using redis = await RedisUnderTest.start();
  await using reaper = contender === 'relay' ? await startReaperPromoter(redis.url) : null;
  const agent = context.agent(contender);
  const queue = context.nextRun();
  const jobs = PER_SECOND * seconds;
  const opening = { url: redis.url, queue, run: queue, jobs, payloadBytes: PAYLOAD_BYTES };
  try {
    await agent.call('open', { ...opening, delayed: true });
    await agent.call('prepare', { concurrency: 10 });
    await agent.call('start');
    const spread = { leadMs: LEAD_MS, overMs: seconds * 1_000 };
    await agent.call('produce', { from: 0, count: jobs, inFlight: 100, chunk: 0, spread });
    const late = performance.now() + LEAD_MS + seconds * 1_000 + 20_000;
    while ((await agent.call('progress')).done < jobs) {
      if (performance.now() > late) throw new VoidRun('not all jobs came');
      await delay(50);
    }
    const [waits = new Float64Array()] = await verify([agent], { jobs });
    return waits;
  } finally {
    await agent.call('close');
    reaper?.kill('SIGTERM');
  }
}

/** The same over so many queues, on one worker; for Relay alone. */
async function latenessOver(
  queues: readonly string[],
  jobs: number,
  overMs: number,
): Promise<number[]> {
  await using redis = await RedisUnderTest.start();
  await using reaper = await startReaperPromoter(redis.url);
  await using broker = new Broker({ redis: redis.url });
  const late: number[] = [];
  const first = Date.now() + 5_000;
  await Promise.all(
    Array.from({ length: jobs }, (_, n) => {
      const runAt = first + Math.floor((n * overMs) / jobs);
      return broker.enqueue(queues[n % queues.length] ?? '', { payload: String(runAt), runAt });
    }),
  );
  await using worker = new Worker({
    broker,
    queues: queues.map((name) => ({ name })),
    concurrency: 10,
    handlers: (job: { readonly payloadText: string }) => {
      late.push(Date.now() - Number(job.payloadText));
    },
  });
  worker.start();
  await until(() => late.length === jobs, { what: 'all jobs', deadlineMs: 60_000, everyMs: 100 });
  reaper.kill('SIGTERM');
  return late;
}

async function measure(context: Context): Promise<Series[]> {
  const recorder = new RowRecorder('lateness');
  const [rounds, seconds] = context.quick ? [1, 2] : [5, 3];
  for (let round = 0; round < rounds; round++) {
    for (const contender of context.among(['relay', 'bullmq', 'bee-queue', 'groupmq'])) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- in turns.
        const late = await latenessOf(context, contender, seconds);
        recorder.add(contender, { p50: percentile(late, 0.5), p99: percentile(late, 0.99) });
      } catch (error) {
        recorder.void(contender, ['p50', 'p99'], String(error));
      }
    }
  }
  return recorder.series;
}

export const latenessCases: readonly Case[] = [
  { name: 'lateness', rows: ['lateness'], run: measure },
  {
    name: 'lateness-500',
    rows: ['lateness-500'],
    slow: true,
    async run({ quick }) {
      const recorder = new RowRecorder('lateness-500');
      const queues = Array.from({ length: 500 }, (_, n) => `late-${n}`);
      const late = quick
        ? await latenessOver(queues, 500, 3_000)
        : await latenessOver(queues, 2_000, 10_000);
      recorder.add('relay', { p50: percentile(late, 0.5), p99: percentile(late, 0.99) });
      return recorder.series;
    },
  },
];
