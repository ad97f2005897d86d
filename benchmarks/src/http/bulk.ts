import { Agent } from 'node:http';
import { startRedisServer } from '@relay/testkit';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { post } from './post.ts';

/** Jobs a call. */
const CHUNK = 1_000;
/** Calls at once. */
const LANES = 4;

export interface BulkOptions {
  /** Of the gateway's bulk route. */
  readonly url: string;
  readonly payload: unknown;
  readonly pairs: number;
  /** Calls in one run. */
  readonly calls: number;
}

/** Jobs a second of each run. */
export interface BulkFigures {
  readonly own: readonly number[];
  readonly peer: readonly number[];
}

/** Runs both in turns; each has a Redis of its own. */
export async function bulkFigures(options: BulkOptions): Promise<BulkFigures> {
  const { url, payload, pairs, calls } = options;
  await using redis = await startRedisServer();
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  const queue = new Queue('bench', { connection });
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const body = JSON.stringify({ jobs: Array.from({ length: CHUNK }, () => ({ payload })) });
  const jobs = Array.from({ length: CHUNK }, () => ({ name: 'default', data: payload }));
  const own: number[] = [];
  const peer: number[] = [];
  const ours = async () => {
    const answer = await post(url, body, agent);
    if (!answer.includes(`"created":${CHUNK}`)) throw new Error(`refused: ${answer.slice(0, 500)}`);
  };
  const theirs = async () => {
    await queue.addBulk(jobs);
  };
  try {
    await rate(ours, 5);
    await rate(theirs, 5);
    for (let pair = 0; pair < pairs; pair++) {
      // oxlint-disable-next-line no-await-in-loop -- in turns, so that both meet the same neighbours.
      own.push(await rate(ours, calls));
      // oxlint-disable-next-line no-await-in-loop
      peer.push(await rate(theirs, calls));
    }
  } finally {
    agent.destroy();
    await queue.close();
    connection.disconnect();
  }
  return { own, peer };
}

/** Jobs a second of so many calls, some of them at once. */
async function rate(call: () => Promise<void>, calls: number): Promise<number> {
  let left = calls;
  const lane = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop
    while (left-- > 0) await call();
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: LANES }, lane));
  return (calls * CHUNK * 1_000) / (performance.now() - begun);
}
