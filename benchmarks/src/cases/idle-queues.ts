import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Broker } from '@relay/broker';
import { startRedisServer } from '@relay/testkit';
import { Redis } from 'ioredis';
import { RowRecorder } from '../harness/results.ts';
import { startReaperPromoter } from '../harness/services.ts';
import type { Case } from './case.ts';

const QUEUES = 10_000;
/** The kernel counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** Processor time of a process so far, ms; Linux only. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/**
 * From the start until measuring begins, ms: past the takeover of all queues and the first end of a minute, and until the
 * runtime has compiled what runs often. A service at rest runs so little that its compiler threads take three minutes.
 */
const SETTLE_MS = 180_000;
/** So long that it holds several of what comes once in half a minute, and of the collections of all memory, s. */
const WINDOW_S = 120;

/** What a system of many queues at rest costs, long after it has started. */
export const idleQueues: Case = {
  name: 'idle-queues',
  rows: ['idle-queues'],
  slow: true,
  async run({ quick }) {
    const seconds = quick ? 10 : WINDOW_S;
    await using server = await startRedisServer();
    await using broker = new Broker({ redis: server.url });
    const client = new Redis(server.url);
    const names = Array.from({ length: QUEUES }, (_, n) => `idle-${n}`);
    for (let from = 0; from < QUEUES; from += 200)
      await Promise.all(
        names.slice(from, from + 200).map((queue) => broker.enqueue(queue, { payload: '{}' })),
      );
    await using reaper = await startReaperPromoter(server.url);
    const redis = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
    await delay(quick ? 15_000 : SETTLE_MS);
    const before = [cpuMs(redis), cpuMs(reaper.pid)] as const;
    await delay(seconds * 1_000);
    const share = (pid: number, from: number): number => (cpuMs(pid) - from) / (seconds * 10);
    const recorder = new RowRecorder('idle-queues');
    recorder.add('redis', { core: share(redis, before[0]) });
    recorder.add('reaper-promoter', { core: share(reaper.pid, before[1]) });
    client.disconnect();
    reaper.kill('SIGTERM');
    return recorder.series;
  },
};
