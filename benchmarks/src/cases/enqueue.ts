import { type Context, RedisUnderTest } from '../harness/context.ts';
import { RowRecorder, type Series } from '../harness/results.ts';
import { inTurns } from '../harness/rounds.ts';
import { type RunOptions, run } from '../harness/run.ts';
import type { Case } from './case.ts';

const CONTENDERS = ['relay', 'bullmq', 'bee-queue', 'groupmq'];

/** What enqueueing costs. Each run is worked off too, so that it is known that every job was there. */
function enqueueCase(row: string, fill: RunOptions['fill'], slow: boolean): Case {
  return { name: row, rows: [row], slow, run: (context) => measure(context, row, fill) };
}

async function measure(context: Context, row: string, fill: RunOptions['fill']): Promise<Series[]> {
  const recorder = new RowRecorder(row);
  await using redis = await RedisUnderTest.start();
  await inTurns(context, CONTENDERS, {
    async once(contender, jobs, counts) {
      const figures = await run(context, {
        row,
        contender,
        jobs,
        redis,
        warmUp: !counts,
        work: { concurrency: 100 },
        ...(fill === undefined ? {} : { fill }),
      });
      if (counts) recorder.add(contender, { ...figures.enqueue });
      return figures.enqueue.rate;
    },
    onVoid: (contender, why) => recorder.void(contender, ['rate', 'redis', 'client'], why),
  });
  return recorder.series;
}

export const enqueueCases: readonly Case[] = [
  enqueueCase('enqueue-c1', { inFlight: 1, chunk: 0 }, true),
  enqueueCase('bulk', { inFlight: 1, chunk: 1_000 }, false),
];
