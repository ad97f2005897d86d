import { Broker } from '@relay/broker';
import { RedisUnderTest } from './harness/context.ts';

const QUEUE = 'safety';

/**
 * Makes sure that what is measured is Relay with everything on, by what it does: a foreign token settles nothing, limits
 * hold jobs back, and calls leave their record. There is no switch for any of it; this is for whoever doubts that.
 *
 * @returns what was found, for the head of the report.
 * @throws when one of them is off.
 */
export async function assertSafetyOn(): Promise<readonly string[]> {
  await using redis = await RedisUnderTest.start();
  await using broker = new Broker({ redis: redis.url });
  for (let n = 0; n < 3; n++) await broker.enqueue(QUEUE, { payload: '1' });
  await broker.configure(QUEUE, { concurrency: 1, rateLimit: { rate: 100, perMs: 1_000 } });
  const { leases } = await broker.claim(QUEUE, { workerId: 'bench', max: 3 });
  const [lease] = leases;
  must(lease !== undefined && leases.length === 1, 'a concurrency limit of 1 lets one job through');
  const { id = '', token = '' } = lease ?? {};
  const forged = (token.startsWith('x') ? 'y' : 'x') + token.slice(1);
  const [answer] = await broker.settle(QUEUE, [{ id, token: forged, outcome: 'complete' }]);
  must(answer?.status === 'lease-lost', 'a foreign lease token settles nothing');
  const calls = await redis.client.keys(`relay:{${QUEUE}}:call:*`);
  must(calls.length > 0, 'calls leave a record against lost replies');
  const spent = Number(await redis.client.hget(`relay:{${QUEUE}}:limiter`, 'tokens'));
  must(spent < 100, 'a claim pays tokens of the rate limit');
  const claimed = (await broker.stats(QUEUE))?.totals.claimed;
  must(claimed === 1, 'deliveries are counted');
  return ['fencing', 'limits', 'call records', 'totals'];
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this is not Relay with everything on: it should be that ${what}`);
}
