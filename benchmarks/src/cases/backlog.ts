import { Broker } from '@relay/broker';
import { type Context, RedisUnderTest } from '../harness/context.ts';
import { payloadOf } from '../harness/payload.ts';
import { RowRecorder } from '../harness/results.ts';
import { PAYLOAD_BYTES } from '../harness/run.ts';
import type { Case } from './case.ts';

const SIZES = { 'relay-1k': 1_000, 'relay-100k': 100_000, 'relay-1m': 1_000_000 } as const;
const BATCH = 100;
const QUEUE = 'backlog';

/** Redis CPU a job from enqueue to done, in full batches, while so many others wait: µs. */
async function costAt(context: Context, waiting: number): Promise<number[]> {
  await using redis = await RedisUnderTest.start();
  await using broker = new Broker({ redis: redis.url });
  let next = 0;
  const add = async (count: number): Promise<void> => {
    const requests = Array.from({ length: count }, () => ({
      payload: JSON.stringify(payloadOf(next++, QUEUE, PAYLOAD_BYTES)),
    }));
    for (const outcome of await broker.enqueueMany(QUEUE, requests))
      if (!outcome.ok) throw outcome.error;
  };
  await broker.configure(QUEUE, { retention: { completed: { maxCount: 0 } } });
  for (let at = 0; at < waiting; at += 1_000) await add(1_000);
  let ended: { id: string; token: string; outcome: 'complete' }[] = [];
  let taken = 0;
  const step = async (max: number): Promise<void> => {
    const { leases } = await broker.settleAndClaim(QUEUE, ended, { workerId: 'bench', max });
    ended = leases.map(({ id, token }) => ({ id, token, outcome: 'complete' }));
    taken += leases.length;
  };
  const costs: number[] = [];
  for (let round = 0; round < context.rounds; round++) {
    const before = { cpu: await redis.cpuUs(), taken };
    for (let i = 0; i < (context.quick ? 100 : 200); i++) {
      await add(BATCH);
      await step(BATCH);
    }
    costs.push(((await redis.cpuUs()) - before.cpu) / (taken - before.taken));
  }
  await step(0);
  return costs;
}

export const backlog: Case = {
  name: 'backlog',
  rows: ['backlog'],
  async run(context) {
    const recorder = new RowRecorder('backlog');
    // oxlint-disable-next-line no-await-in-loop -- one after the other.
    for (const name of context.among(Object.keys(SIZES)))
      for (const redis of await costAt(context, SIZES[name as keyof typeof SIZES]))
        recorder.add(name, { redis });
    return recorder.series;
  },
};
