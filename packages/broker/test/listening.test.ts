import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import {
  type ManagedProcess,
  startFaultProxy,
  startProcess,
  startRedisServer,
  until,
} from '@relay/testkit';
import { Broker } from '../src/index.ts';

/** Enqueues delayed jobs, each in a queue of its own since only an earlier due time is told, until one was heard of. */
async function isHeard(broker: Broker, listener: ManagedProcess, when: string): Promise<void> {
  let n = 0;
  await until(
    async () => {
      await broker.enqueue(`${when}-${n++}`, { payload: '1', delayMs: 3_600_000 });
      return listener.lines().some((line) => line.startsWith(`heard of ${when}-`));
    },
    { what: `due times to be heard ${when}`, everyMs: 50 },
  );
}

test('a subscription is renewed although connections close before it is answered', async () => {
  await using redis = await startRedisServer();
  await using proxy = await startFaultProxy({ target: redis });
  await using broker = new Broker({ redis: redis.url });
  await using listener = await startProcess({
    entry: fileURLToPath(new URL('fixtures/listener.ts', import.meta.url)),
    env: { REDIS_URL: proxy.url },
    readyPattern: /^ready$/,
  });
  await isHeard(broker, listener, 'before');
  for (let cuts = 1; cuts <= 3; cuts++) {
    proxy.cutNextReply('subscribe');
    proxy.resetAll();
    await until(() => proxy.cuts === cuts, { what: 'an answer to a subscription to be cut' });
  }
  await isHeard(broker, listener, 'afterwards');
  expect(listener.lines().filter((line) => !/^(ready|heard of )/.test(line))).toEqual([]);
});
