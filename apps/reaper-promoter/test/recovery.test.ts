import { expect, test } from '@jest/globals';
import { assertConsistent, startRedisServer } from '@relay/testkit';
import { crashRecovery } from './support/crash-recovery.ts';
import { Replicas } from './support/replicas.ts';

test('the jobs of workers that died are ready again once their lease is over', async () => {
  const redis = await startRedisServer();
  const replicas = new Replicas(() => redis.url);
  await replicas.start();
  const recovered = await crashRecovery(redis.url, 3);
  expect(recovered).toHaveLength(3);
  expect(Math.min(...recovered)).toBeGreaterThan(2_900);
  for (const n of [0, 1, 2]) await assertConsistent(redis.url, `crash-${n}`);
  await replicas.stop();
  await redis.stop();
});
