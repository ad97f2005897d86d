import { type Context, RedisUnderTest } from '../harness/context.ts';
import { RowRecorder } from '../harness/results.ts';
import { BULK, PAYLOAD_BYTES } from '../harness/run.ts';
import type { Case } from './case.ts';

const JOBS = 100_000;
const FIRST = 1_000;

/** Growth of `used_memory` a job, after the first thousand: connections and scripts are there by then. */
async function bytesOf(context: Context, contender: string): Promise<number> {
  await using redis = await RedisUnderTest.start();
  const agent = context.agent(contender);
  const queue = context.nextRun();
  const run = {
    url: redis.url,
    queue,
    run: queue,
    jobs: JOBS + FIRST,
    payloadBytes: PAYLOAD_BYTES,
  };
  try {
    await agent.call('open', run);
    await agent.call('produce', { ...BULK, from: 0, count: FIRST });
    const before = await redis.usedBytes();
    await agent.call('produce', { ...BULK, from: FIRST, count: JOBS });
    return ((await redis.usedBytes()) - before) / JOBS;
  } finally {
    await agent.call('close');
  }
}

/** What a waiting job with a payload of 170 bytes takes in Redis. It is not left to chance, so one round is enough. */
export const memory: Case = {
  name: 'memory',
  rows: ['memory'],
  async run(context) {
    const recorder = new RowRecorder('memory');
    // oxlint-disable-next-line no-await-in-loop -- one after the other.
    for (const contender of context.among(['relay', 'bullmq', 'bee-queue', 'groupmq']))
      recorder.add(contender, { bytes: await bytesOf(context, contender) });
    return recorder.series;
  },
};
