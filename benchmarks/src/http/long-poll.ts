import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { post } from './post.ts';

const QUEUE = 'long-poll';
const WORKER = 'bench-long-poll';
/** From one job to the next, so that the claim surely waits when the job comes. */
const IDLE_MS = 25;

export interface LongPollOptions {
  /** Of the gateway. */
  readonly url: string;
  readonly payload: unknown;
  readonly jobs: number;
}

interface Claimed {
  readonly leases: readonly {
    readonly leaseToken: string;
    readonly job: { readonly id: string };
  }[];
}

/** ms from the moment an enqueue is sent until the claim that has been waiting has its job, one for each job. */
export async function longPollWaits({ url, payload, jobs }: LongPollOptions): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const waits: number[] = [];
  const send: Post = async (path, body) =>
    JSON.parse(await post(url + path, JSON.stringify(body), agent));
  try {
    for (let job = 0; job < jobs; job++) {
      // oxlint-disable-next-line no-await-in-loop -- one job after the other: the client is idle before each.
      waits.push(await oneWait(send, payload));
    }
  } finally {
    agent.destroy();
  }
  return waits;
}

type Post = (path: string, body: unknown) => Promise<unknown>;

async function oneWait(send: Post, payload: unknown): Promise<number> {
  const asked = { workerId: WORKER, queues: [QUEUE], max: 1, leaseMs: 30_000, waitMs: 30_000 };
  const claim = send('/v1/leases', asked).then((answer) => ({
    at: performance.now(),
    leases: (answer as Claimed).leases,
  }));
  await delay(IDLE_MS);
  const begun = performance.now();
  const created = send(`/v1/queues/${QUEUE}/jobs`, { payload });
  const [{ at, leases }, { id }] = await Promise.all([claim, created as Promise<{ id: string }>]);
  const [lease] = leases;
  if (leases.length !== 1 || lease?.job.id !== id)
    throw new Error(`job ${id} was not what the waiting claim got`);
  await send('/v1/leases/settle', {
    items: [{ leaseToken: lease.leaseToken, outcome: 'complete' }],
  });
  return at - begun;
}
