import { expect, test } from '@jest/globals';
import { startRedisServer } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker } from '../src/index.ts';

// Measured: 426 bytes on Redis 7.0, whose peers take 770 (`npm run bench -- --only memory` at the root puts them side
// by side). The bound leaves room for another allocator, and none for another field a job.
test('a waiting job with a payload of 170 bytes takes less than 470 bytes of Redis', async () => {
  await using server = await startRedisServer();
  await using broker = new Broker({ redis: server.url });
  const client = new Redis(server.url);
  const used = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  const add = async (n: number): Promise<void> => {
    const jobs = Array.from({ length: n }, () => ({ payload: JSON.stringify('x'.repeat(168)) }));
    for (const outcome of await broker.enqueueMany('q', jobs)) expect(outcome.ok).toBe(true);
  };
  // Connections and scripts are there before the measure begins.
  await add(1_000);
  const before = await used();
  await add(50_000);
  const bytes = ((await used()) - before) / 50_000;
  client.disconnect();
  process.stdout.write(`memory: ${bytes.toFixed(0)} bytes a waiting job\n`);
  expect(bytes).toBeLessThan(470);
});
