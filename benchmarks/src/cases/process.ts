import { type Context, RedisUnderTest } from '../harness/context.ts';
import { type Metric, RowRecorder, type Series } from '../harness/results.ts';
import { inTurns } from '../harness/rounds.ts';
import { type RunOptions, run } from '../harness/run.ts';
import { startReaperPromoter } from '../harness/services.ts';
import type { Case } from './case.ts';

const ALL = ['relay', 'relay-kept', 'bullmq', 'bee-queue', 'groupmq'] as const;
/** Of rows without goals. */
const FEWER = ['relay', 'bullmq', 'bee-queue', 'groupmq'] as const;
const SHORT_MS = 350;
const YARDSTICKS = ['ceiling', 'minimal'] as const;
const COSTS: readonly Metric[] = ['rate', 'redis', 'client'];

/** What one case of processing varies. */
interface ProcessCase
  extends Pick<RunOptions, 'processes' | 'payloadBytes' | 'fill' | 'open' | 'times'> {
  readonly row: string;
  readonly work: RunOptions['work'];
  readonly contenders?: readonly string[];
  readonly most?: number;
  readonly slow?: boolean;
  readonly rounds?: number;
  readonly redis?: { readonly config?: readonly string[]; readonly appendonly?: boolean };
}

function processCase(options: ProcessCase): Case {
  const { row, slow = true } = options;
  return { name: row, rows: [row], slow, run: (context) => measure(context, options) };
}

async function measure(context: Context, options: ProcessCase): Promise<Series[]> {
  const { row, slow = true, most, redis: server = {}, rounds, ...rest } = options;
  const contenders = rest.contenders ?? (slow ? FEWER : ALL);
  const recorder = new RowRecorder(row);
  await using redis = await RedisUnderTest.start(server.config, server.appendonly);
  await inTurns(context, contenders, {
    ...(most === undefined ? {} : { most, probe: Math.min(most, 1_500) }),
    ...(rounds === undefined ? {} : { rounds }),
    ...(slow ? { runMs: SHORT_MS } : {}),
    async once(contender, jobs, counts) {
      // The peers' workers promote by themselves.
      const promotes = rest.open?.delayed === true && contender.startsWith('relay');
      await using _ = promotes ? await startReaperPromoter(redis.url) : null;
      const figures = await run(context, { ...rest, row, contender, jobs, redis, warmUp: !counts });
      if (counts) recorder.add(contender, { ...figures.process });
      return figures.process.rate;
    },
    onVoid: (contender, why) => recorder.void(contender, COSTS, why),
  });
  return recorder.series;
}

/** Enqueue with 100 under way, then process with 100 at once: three rows from the same runs. */
const main: Case = {
  name: 'main',
  rows: ['enqueue-c100', 'process-c100', 'enqueue-to-done'],
  async run(context) {
    const [enqueue, process, whole] = this.rows.map((row) => new RowRecorder(row));
    if (!enqueue || !process || !whole) throw new Error('a row is missing');
    await using redis = await RedisUnderTest.start();
    await inTurns(context, [...ALL, ...YARDSTICKS], {
      async once(contender, jobs, counts) {
        const figures = await run(context, {
          row: 'process-c100',
          contender,
          jobs,
          redis,
          warmUp: !counts,
          work: { concurrency: 100 },
          fill: { inFlight: 100, chunk: 0 },
        });
        if (counts) {
          enqueue.add(contender, { ...figures.enqueue });
          process.add(contender, { ...figures.process });
          whole.add(contender, {
            redis: figures.enqueue.redis + figures.process.redis,
            client: figures.enqueue.client + figures.process.client,
          });
        }
        return figures.process.rate;
      },
      onVoid(contender, why) {
        enqueue.void(contender, COSTS, why);
        process.void(contender, COSTS, why);
        whole.void(contender, ['redis', 'client'], why);
      },
    });
    // The yardsticks only process: they are filled by Relay, or without any safety.
    const bare = enqueue.series.filter((series) => series.contender !== 'ceiling');
    return [
      ...bare,
      ...process.series,
      ...whole.series.filter((series) => series.contender !== 'ceiling'),
    ];
  },
};

const retries = { delayed: true };

export const processCases: readonly Case[] = [
  main,
  processCase({ row: 'process-c1', work: { concurrency: 1 }, slow: false }),
  processCase({ row: 'process-c8', work: { concurrency: 8 } }),
  processCase({ row: 'process-c1000', work: { concurrency: 1_000 } }),
  processCase({ row: 'process-4p-c100', work: { concurrency: 100 }, processes: 4, slow: false }),
  processCase({ row: 'process-4p-c1', work: { concurrency: 1 }, processes: 4 }),
  processCase({ row: 'process-4p-c8', work: { concurrency: 8 }, processes: 4 }),
  processCase({ row: 'process-4p-c1000', work: { concurrency: 1_000 }, processes: 4 }),
  processCase({ row: 'process-wait-1ms', work: { concurrency: 100, waitMs: 1 } }),
  processCase({ row: 'payload-100b', work: { concurrency: 100 }, payloadBytes: 100 }),
  processCase({
    row: 'payload-10kb',
    work: { concurrency: 100 },
    payloadBytes: 10_240,
    fill: { inFlight: 4, chunk: 100 },
    most: 10_000,
  }),
  processCase({
    row: 'payload-100kb',
    work: { concurrency: 100 },
    payloadBytes: 102_400,
    fill: { inFlight: 4, chunk: 10 },
    most: 1_500,
  }),
  processCase({
    row: 'priorities',
    contenders: ['relay', 'bullmq'],
    work: { concurrency: 100 },
    fill: { inFlight: 100, chunk: 0, priorities: true },
  }),
  processCase({
    row: 'rate-limited',
    contenders: ['relay', 'bullmq'],
    // A limit that never holds anything back: what it costs to ask.
    work: { concurrency: 100, perSecond: 1_000_000 },
  }),
  processCase({
    row: 'fsync-always',
    contenders: ['relay', 'bullmq', 'bee-queue', 'groupmq'],
    work: { concurrency: 100 },
    redis: { appendonly: true },
  }),
  processCase({
    row: 'retries',
    contenders: ['relay', 'bullmq', 'bee-queue'],
    work: { concurrency: 100, failFirst: true },
    open: retries,
    times: 2,
    most: 3_000,
  }),
];
