import { fileURLToPath } from 'node:url';
import {
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
} from '@relay/testkit';
import type { Benchmark, Target } from './benchmark.ts';
import { bulkFigures } from './http/bulk.ts';
import { figuresOf, median, numberOf } from './http/figures.ts';

const CONNECTIONS = 50;
const PAIRS = 5;
const SECONDS = 5;
/** Of the gateway's requests a second to bare Express's. */
const GOAL = 0.6;
/** Of the gateway's jobs a second in bulk to BullMQ's. */
const BULK_GOAL = 1.5;
const PATH = '/v1/queues/bench/jobs';
const PAYLOAD = { to: 'ada@example.org', subject: 'Welcome', text: 'x'.repeat(110) };

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The gateway as it is deployed: all checks on, log level `info`, no key needed from this machine. */
async function startGateway(redis: RedisServer): Promise<Server> {
  return await serverOf(
    await startProcess({
      entry: here('../../apps/api-gateway/src/main.ts'),
      env: {
        REDIS_URL: redis.url,
        PORT: '0',
        HOST: '127.0.0.1',
        NODE_ENV: 'production',
        RELAY_API_KEYS: undefined,
        RELAY_API_KEYS_FILE: undefined,
      },
      readyPattern: /has started/,
    }),
  );
}

/** A server under load; gone when disposed of. */
interface Server extends AsyncDisposable {
  readonly url: string;
}

async function serverOf(process: ManagedProcess): Promise<Server> {
  const line = String(await process.waitForLine(/listening on http/));
  const url = /listening on (http:[^\s"]+)/.exec(line)?.[1];
  if (url === undefined) throw new Error(`no address in ${line}`);
  return { url, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

/** Requests a second of one run. */
async function measure(url: string, seconds: number): Promise<number> {
  const body = JSON.stringify({ type: 'welcome', payload: PAYLOAD });
  await using load = await startProcess({
    entry: here('./http/load.ts'),
    args: [url, PATH, body, String(CONNECTIONS), String(seconds)],
  });
  const line = String(await load.waitForLine(/"requests"/, (seconds + 30) * 1_000));
  const result: unknown = JSON.parse(line.slice(line.indexOf('{')));
  if (numberOf(result, 'refused') > 0) throw new Error(`${url} refused requests: ${line}`);
  return numberOf(result, 'requests') / numberOf(result, 'seconds');
}

/** One gateway process beside a bare Express app under the same load, in turns. */
async function single(quick: boolean): Promise<Target> {
  await using redis = await startRedisServer();
  await using gateway = await startGateway(redis);
  await using bare = await serverOf(
    await startProcess({
      entry: here('./http/bare-express.ts'),
      env: { NODE_ENV: 'production' },
      readyPattern: /listening/,
    }),
  );
  const [pairs, seconds] = quick ? [2, 2] : [PAIRS, SECONDS];
  const own: number[] = [];
  const bareRuns: number[] = [];
  // Both are warm before the first run counts.
  await measure(gateway.url, 2);
  await measure(bare.url, 2);
  for (let pair = 0; pair < pairs; pair++) {
    // oxlint-disable-next-line no-await-in-loop -- in turns, so that both meet the same neighbours.
    own.push(await measure(gateway.url, seconds));
    // oxlint-disable-next-line no-await-in-loop
    bareRuns.push(await measure(bare.url, seconds));
  }
  console.log(`gateway      ${figuresOf(own)} requests/s`);
  console.log(`bare Express ${figuresOf(bareRuns)} requests/s`);
  const ratios = own.map((one, index) => one / (bareRuns[index] ?? Number.NaN));
  console.log(`ratio        ${figuresOf(ratios, 3)} (goal: at least ${GOAL})`);
  return { name: 'requests/s, of bare Express’s', value: median(ratios), goal: `>= ${GOAL}` };
}

/** Bulk over HTTP beside BullMQ's addBulk without HTTP, in turns. */
async function bulk(quick: boolean): Promise<Target> {
  await using redis = await startRedisServer();
  await using gateway = await startGateway(redis);
  const { own, peer } = await bulkFigures({
    url: `${gateway.url}${PATH}/bulk`,
    payload: PAYLOAD,
    pairs: quick ? 2 : PAIRS,
    calls: quick ? 10 : 40,
  });
  console.log(`bulk over HTTP   ${figuresOf(own)} jobs/s`);
  console.log(`BullMQ addBulk   ${figuresOf(peer)} jobs/s`);
  const ratios = own.map((one, index) => one / (peer[index] ?? Number.NaN));
  console.log(`ratio            ${figuresOf(ratios, 2)} (goal: at least ${BULK_GOAL})`);
  return { name: 'bulk jobs/s, of BullMQ’s', value: median(ratios), goal: `>= ${BULK_GOAL}` };
}

/** What HTTP and its checks cost. */
export const http: Benchmark = async ({ quick }) => [await single(quick), await bulk(quick)];
