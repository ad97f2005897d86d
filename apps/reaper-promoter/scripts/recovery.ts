// How long after a worker's death its job is ready again, at its first crash, with leases of 3 s: the goal is the lease
// and half a second at most. `npm run recovery [-- --kills 50]`
import { parseArgs } from 'node:util';
import { startRedisServer } from '@relay/testkit';
import { crashRecovery } from '../test/support/crash-recovery.ts';
import { Replicas } from '../test/support/replicas.ts';

const GOAL_MS = 3_500;
const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' } } });
const redis = await startRedisServer();
const replicas = new Replicas(() => redis.url);
try {
  await replicas.start();
  const found = (await crashRecovery(redis.url, Number(values.kills))).toSorted((a, b) => a - b);
  const most = found.at(-1) ?? Number.NaN;
  const middle = found[Math.floor(found.length / 2)] ?? Number.NaN;
  console.log(
    `${found.length} kills: p50 ${middle.toFixed(0)} ms, p100 ${most.toFixed(0)} ms after the kill (lease 3000 ms)`,
  );
  const met = most <= GOAL_MS ? 1 : 0;
  if (met === 0) process.exitCode = 1;
  console.log(`targets: ${met} met, ${1 - met} missed`);
} finally {
  await replicas.stop();
  await redis.stop();
}
