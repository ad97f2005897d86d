import { Broker } from '@relay/broker';
import { startRedisServer } from '@relay/testkit';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Target } from './benchmark.ts';

const JOBS = 100_000;
const CHUNK = 1_000;
const PAYLOAD_BYTES = 170;
/** Of Relay's bytes a job to BullMQ's. */
const GOAL = 0.62;

/** JSON of exactly so many bytes, different for each job. */
function payload(n: number): { readonly n: string; readonly text: string } {
  const job = { n: String(n).padStart(6, '0'), text: '' };
  return { ...job, text: 'x'.repeat(PAYLOAD_BYTES - JSON.stringify(job).length) };
}

/** Adds one chunk of jobs, numbered from `from` on. */
type Add = (from: number) => Promise<void>;

interface Contender {
  readonly name: string;
  readonly open: (
    url: string,
  ) => Promise<{ readonly add: Add; readonly close: () => Promise<void> }>;
}

const numbers = (from: number): number[] => Array.from({ length: CHUNK }, (_, i) => from + i);

const relay: Contender = {
  name: 'Relay',
  async open(url) {
    const broker = new Broker({ redis: url });
    return {
      async add(from) {
        const jobs = numbers(from).map((n) => ({ payload: JSON.stringify(payload(n)) }));
        for (const outcome of await broker.enqueueMany('memory', jobs))
          if (!outcome.ok) throw outcome.error;
      },
      close: () => broker.close(),
    };
  },
};

const bullmq: Contender = {
  name: 'BullMQ',
  async open(url) {
    const connection = new Redis(url, { maxRetriesPerRequest: null });
    const queue = new Queue('memory', { connection });
    return {
      async add(from) {
        await queue.addBulk(numbers(from).map((n) => ({ name: 'default', data: payload(n) })));
      },
      async close() {
        await queue.close();
        connection.disconnect();
      },
    };
  },
};

/** Growth of `used_memory` a job, after the first chunk: connections and scripts are there by then. */
async function bytesPerJob({ open }: Contender): Promise<number> {
  await using server = await startRedisServer();
  const client = new Redis(server.url);
  const used = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  const contender = await open(server.url);
  try {
    await contender.add(0);
    const before = await used();
    for (let from = CHUNK; from <= JOBS; from += CHUNK) await contender.add(from);
    return ((await used()) - before) / JOBS;
  } finally {
    await contender.close();
    client.disconnect();
  }
}

/** What a waiting job takes in Redis. */
export async function memory(): Promise<readonly Target[]> {
  const figures: number[] = [];
  for (const contender of [relay, bullmq]) {
    const bytes = await bytesPerJob(contender);
    figures.push(bytes);
    console.log(`${contender.name.padEnd(8)} ${bytes.toFixed(0).padStart(5)} bytes a waiting job`);
  }
  const [own = 0, peer = 1] = figures;
  const ratio = own / peer;
  console.log(`ratio    ${ratio.toFixed(3)} (goal: at most ${GOAL})`);
  return [{ name: 'bytes a waiting job, of BullMQ’s', value: ratio, goal: `<= ${GOAL}` }];
}
