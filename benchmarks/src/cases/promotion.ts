import { Broker } from '@relay/broker';
import { startRedisServer, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { RowRecorder, type Series } from '../harness/results.ts';
import { startReaperPromoter } from '../harness/services.ts';
import type { Case } from './case.ts';

const QUEUE = 'due-at-once';
const CHUNK = 1_000;
/** Until they are due: all are enqueued by then. */
const LEAD_MS = 15_000;

async function measure(quick: boolean): Promise<Series[]> {
  const jobs = quick ? 20_000 : 100_000;
  await using server = await startRedisServer({ config: ['latency-monitor-threshold 10'] });
  await using broker = new Broker({ redis: server.url });
  const client = new Redis(server.url);
  const runAt = Date.now() + LEAD_MS;
  for (let from = 0; from < jobs; from += CHUNK) {
    const requests = Array.from({ length: CHUNK }, (_, n) => ({
      payload: '{}',
      runAt,
      priority: (from + n) % 7,
    }));
    for (const outcome of await broker.enqueueMany(QUEUE, requests))
      if (!outcome.ok) throw outcome.error;
  }
  await using reaper = await startReaperPromoter(server.url);
  await client.call('LATENCY', 'RESET');
  await client.config('RESETSTAT');
  await until(async () => (await broker.stats(QUEUE))?.counts.scheduled === 0, {
    what: 'the promotion of all',
    deadlineMs: LEAD_MS + 60_000,
    everyMs: 50,
  });
  const tookMs = Date.now() - runAt;
  const latest = (await client.call('LATENCY', 'LATEST')) as [string, number, number, number][];
  const slowest = Math.max(0, ...latest.map(([, , , most]) => most));
  const calls = Number(
    /cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? Number.NaN,
  );
  reaper.kill('SIGTERM');
  client.disconnect();
  console.log(
    `  ${jobs} jobs ready ${tookMs} ms after they were due, in ${calls} script calls; commands over 10 ms: ${latest.length === 0 ? 'none' : latest.map(([event, , , most]) => `${event} ${most} ms`).join(', ')}`,
  );
  const recorder = new RowRecorder('promotion');
  // 0: none was longer than 10 ms, below which Redis does not note them.
  recorder.add('relay', { longest: slowest });
  return recorder.series;
}

/** Many jobs that become due in the same millisecond: how long the longest command on Redis takes meanwhile. */
export const promotion: Case = {
  name: 'promotion',
  rows: ['promotion'],
  slow: true,
  run: ({ quick }) => measure(quick),
};
