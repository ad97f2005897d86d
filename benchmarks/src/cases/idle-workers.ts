import { setTimeout as delay } from 'node:timers/promises';
import { RedisUnderTest } from '../harness/context.ts';
import { RowRecorder } from '../harness/results.ts';
import type { Case } from './case.ts';

const WORKERS = 100;

/** What 100 workers with connections of their own ask of Redis while there is nothing to do. */
export const idleWorkers: Case = {
  name: 'idle-workers',
  rows: ['idle-workers'],
  async run(context) {
    const recorder = new RowRecorder('idle-workers');
    const seconds = context.quick ? 5 : 10;
    for (const contender of context.quick
      ? ['relay']
      : ['relay', 'bullmq', 'bee-queue', 'groupmq']) {
      await using redis = await RedisUnderTest.start();
      const agent = context.agent(contender);
      const queue = context.nextRun();
      await agent.call('open', { url: redis.url, queue, run: queue, jobs: 1, payloadBytes: 170 });
      await agent.call('prepare', { concurrency: 10, workers: WORKERS });
      await agent.call('start');
      // Until they have come to rest.
      await delay(2_000);
      const commands = await redis.commandsWithin(seconds * 1_000);
      recorder.add(contender, { commands: commands / seconds / WORKERS });
      await agent.call('stop');
      await agent.call('close');
    }
    return recorder.series;
  },
};
