// Full scale of what test/schedules.test.ts shows: 200 schedules at one tick a second for two minutes, five replicas, of
// which one after the other is killed. `npm run schedules:soak [-- --schedules 200 --seconds 120 --seed 1]`
import { parseArgs } from 'node:util';
import { Broker } from '@relay/broker';
import { assertConsistent, startRedisServer } from '@relay/testkit';
import { Replicas } from '../test/support/replicas.ts';
import { scheduleStorm } from '../test/support/schedule-storm.ts';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String((Date.now() % 1_000_000) + 1) },
  },
});
console.log(`seed ${values.seed}`);
const redis = await startRedisServer();
const broker = new Broker({ redis: redis.url });
const replicas = new Replicas(() => redis.url);
try {
  const report = await scheduleStorm({
    broker,
    replicas,
    schedules: Number(values.schedules),
    seconds: Number(values.seconds),
    size: 5,
    seed: Number(values.seed),
  });
  await assertConsistent(redis.url, 'storm');
  const { ticks, jobs, kills, missed, repeated, latestMs } = report;
  console.log(
    `${ticks} ticks, ${jobs} jobs, ${kills} kills, ${missed.length} missed, ${repeated.length} repeated; longest from tick to enqueue ${latestMs} ms`,
  );
  for (const tick of [...missed, ...repeated].slice(0, 20)) console.log(`  ${tick}`);
  if (missed.length + repeated.length > 0 || jobs !== ticks) process.exitCode = 1;
} finally {
  await replicas.stop();
  await broker.close();
  await redis.stop();
}
