import { Redis } from 'ioredis';
import type { Payload } from '../harness/payload.ts';
import type { Client, OpenOptions, WorkOptions } from './contender.ts';

/** Order and payloads, and nothing else: what a crash takes along is lost. */
const ENQUEUE = `
for i = 1, #ARGV, 2 do
  redis.call('RPUSH', KEYS[1], ARGV[i])
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
`;
const TAKE = `
local ids = redis.call('LPOP', KEYS[1], ARGV[1])
if not ids then return {} end
local jobs = redis.call('HMGET', KEYS[2], unpack(ids))
redis.call('HDEL', KEYS[2], unpack(ids))
return jobs
`;

/** The yardstick of the scripts: a list, a hash, three commands a batch, without leases or any safety. */
export async function openMinimal({ url, queue }: OpenOptions): Promise<Client> {
  const redis = new Redis(url);
  const keys = [`${queue}:ready`, `${queue}:jobs`] as const;
  const add = async (jobs: readonly Payload[]) => {
    const args = jobs.flatMap((job) => [
      `job-${String(job.n).padStart(16, '0')}`,
      JSON.stringify(job),
    ]);
    await redis.eval(ENQUEUE, 2, ...keys, ...args);
  };
  return {
    add: (job) => add([job]),
    addBulk: add,
    worker: async ({ concurrency, handle }: WorkOptions) => {
      let stopped = false;
      let running: Promise<void> | undefined;
      const take = async (): Promise<void> => {
        while (!stopped) {
          // oxlint-disable-next-line no-await-in-loop -- one call after the other is what is measured.
          const jobs = (await redis.eval(TAKE, 2, ...keys, concurrency)) as string[];
          for (const job of jobs) void handle(JSON.parse(job) as Payload);
          // oxlint-disable-next-line no-await-in-loop
          if (jobs.length === 0) await new Promise((go) => setTimeout(go, 1));
        }
      };
      return {
        start() {
          running = take();
        },
        async stop() {
          stopped = true;
          await running;
        },
      };
    },
    left: () => redis.hlen(keys[1]),
    async close() {
      redis.disconnect();
    },
  };
}
