import { startRedisCluster } from '@relay/testkit';
import { Redis } from 'ioredis';
import { type Context, cpuUsOf } from '../harness/context.ts';
import { RowRecorder, type Series } from '../harness/results.ts';
import { inTurns } from '../harness/rounds.ts';
import { BULK, PAYLOAD_BYTES, verify, workOff } from '../harness/run.ts';
import type { Case } from './case.ts';

/** Their hash tags lie in different slots, so that each node has at least one. */
const QUEUES = ['alpha', 'bravo', 'charlie', 'delta'];

/** Four queues on a cluster of three masters, each filled and emptied by a process of its own. */
async function measure(context: Context): Promise<Series[]> {
  const recorder = new RowRecorder('cluster-4-queues');
  await using cluster = await startRedisCluster();
  const clients = cluster.nodes.map((node) => new Redis(node.url));
  const cpuUs = async (): Promise<number> => {
    const infos = await Promise.all(clients.map((client) => client.info('cpu')));
    return infos.reduce((sum, info) => sum + cpuUsOf(info), 0);
  };
  const once = async (contender: string, jobs: number, counts: boolean): Promise<number> => {
    await Promise.all(clients.map((client) => client.flushall('SYNC')));
    const each = Math.ceil(jobs / QUEUES.length);
    const agents = QUEUES.map((_, n) => context.agent(contender, n));
    const run = context.nextRun();
    try {
      await Promise.all(
        agents.map(async (agent, n) => {
          const queue = `${QUEUES[n]}-${run}`;
          const opening = { url: cluster.nodes[0]?.url ?? '', nodes: cluster.startupNodes, queue };
          await agent.call('open', { ...opening, run, jobs: each, payloadBytes: PAYLOAD_BYTES });
          await agent.call('produce', { ...BULK, from: 0, count: each });
          await agent.call('prepare', { concurrency: 100 });
        }),
      );
      const before = await cpuUs();
      const { ms, cpuUs: client } = await workOff(agents, each * agents.length);
      const redis = ((await cpuUs()) - before) / jobs;
      // Each has a queue, and so books, of its own.
      await Promise.all(agents.map((agent) => verify([agent], { jobs: each })));
      const rate = (each * agents.length * 1_000) / ms;
      if (counts) recorder.add(contender, { rate, redis, client: client / jobs });
      return rate;
    } finally {
      await Promise.all(agents.map((agent) => agent.call('close')));
    }
  };
  try {
    await inTurns(context, ['relay', 'bullmq'], {
      once,
      onVoid: (contender, why) => recorder.void(contender, ['rate', 'redis', 'client'], why),
    });
  } finally {
    for (const client of clients) client.disconnect();
  }
  return recorder.series;
}

export const cluster: Case = {
  name: 'cluster-4-queues',
  rows: ['cluster-4-queues'],
  slow: true,
  run: measure,
};
