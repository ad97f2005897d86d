import { Broker } from '@relay/broker';
import { until } from '@relay/testkit';

const LEASE_MS = 3_000;

/**
 * Kills a worker in mid-job `kills` times, each with a job and a queue of its own, a tenth of a second apart, and gives
 * how long after its kill each job was ready again, ms. A dead worker is a claim that nobody speaks for.
 */
export async function crashRecovery(redisUrl: string, kills: number): Promise<number[]> {
  await using broker = new Broker({ redis: redisUrl });
  return await Promise.all(
    Array.from({ length: kills }, async (_, n) => {
      const queue = `crash-${n}`;
      await broker.enqueue(queue, { payload: '1', delayMs: n * 100 });
      const killedAt = await until(
        async () => {
          const { leases } = await broker.claim(queue, {
            workerId: 'dead',
            max: 1,
            leaseMs: LEASE_MS,
          });
          return leases.length === 1 && performance.now();
        },
        { what: `job ${n}`, deadlineMs: 60_000, everyMs: 50 },
      );
      await until(async () => (await broker.stats(queue))?.counts.ready === 1, {
        what: `the recovery of job ${n}`,
        deadlineMs: 30_000,
        everyMs: 20,
      });
      return performance.now() - killedAt;
    }),
  );
}
