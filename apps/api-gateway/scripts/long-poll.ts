// How long after its enqueue a job is in the hands of an idle client that waits for it over HTTP: the goal is 5 ms at the
// median. `npm run long-poll [-- --jobs 200]`
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Broker } from '@relay/broker';
import { startProcess, startRedisServer, until } from '@relay/testkit';
import { Redis } from 'ioredis';

const GOAL_MS = 5;
const { values } = parseArgs({ options: { jobs: { type: 'string', default: '200' } } });

async function post(url: string, body: object): Promise<{ leases: { leaseToken: string }[] }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as { leases: { leaseToken: string }[] };
}

await using redis = await startRedisServer();
await using gateway = await startProcess({
  entry: fileURLToPath(new URL('../src/main.ts', import.meta.url)),
  env: { REDIS_URL: redis.url, PORT: '0', HOST: '127.0.0.1', NODE_ENV: 'production' },
  readyPattern: /has started/,
});
const line = await gateway.waitForLine(/listening on http/);
const url = /listening on (http:[^\s"]+)/.exec(line)?.[1] ?? '';
await using broker = new Broker({ redis: redis.url });
const client = new Redis(redis.url);
const waits = async () => /blocked_clients:[1-9]/.test(await client.info('clients'));
const lags: number[] = [];
for (let n = 0; n < Number(values.jobs); n++) {
  const asked = post(`${url}/v1/leases`, { workerId: 'w', queues: ['q'], waitMs: 20_000 });
  // oxlint-disable-next-line no-await-in-loop -- one after the other.
  await until(waits, { what: 'the client to wait', everyMs: 1 });
  const begun = performance.now();
  // oxlint-disable-next-line no-await-in-loop
  const [{ leases }] = await Promise.all([asked, broker.enqueue('q', { payload: '1' })]);
  lags.push(performance.now() - begun);
  const items = leases.map(({ leaseToken }) => ({ leaseToken, outcome: 'complete' }));
  // oxlint-disable-next-line no-await-in-loop
  await post(`${url}/v1/leases/settle`, { items });
}
client.disconnect();
lags.sort((a, b) => a - b);
const at = (share: number): number => lags[Math.floor(lags.length * share)] ?? Number.NaN;
console.log(
  `idle long-poll, ${lags.length} jobs: p50 ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms from enqueue to answer`,
);
const met = at(0.5) <= GOAL_MS ? 1 : 0;
if (met === 0) process.exitCode = 1;
console.log(`targets: ${met} met, ${1 - met} missed`);
