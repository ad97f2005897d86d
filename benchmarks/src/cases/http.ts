import { fileURLToPath } from 'node:url';
import {
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
} from '@relay/testkit';
import { RowRecorder, type Series } from '../harness/results.ts';
import { startService } from '../harness/services.ts';
import { percentile } from '../harness/statistics.ts';
import { bulkFigures } from '../http/bulk.ts';
import { longPollWaits } from '../http/long-poll.ts';
import { sdkFigures } from '../http/sdk.ts';
import type { Case } from './case.ts';

const CONNECTIONS = 50;
const PATH = '/v1/queues/bench/jobs';
const PAYLOAD = { to: 'ada@example.org', subject: 'Welcome', text: 'x'.repeat(110) };

/** A program of ours, built or not as this one. */
const here = (path: string): string =>
  fileURLToPath(
    new URL(`${path}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
  );

/** All checks on, log level `info`, no key needed from this machine. */
async function startGateway(redis: RedisServer): Promise<Server> {
  return await serverOf(
    await startService(
      'api-gateway',
      {
        REDIS_URL: redis.url,
        HOST: '127.0.0.1',
        RELAY_API_KEYS: undefined,
        RELAY_API_KEYS_FILE: undefined,
      },
      /has started/,
    ),
  );
}

/** A number in what another process has printed. */
function numberOf(result: unknown, field: string): number {
  const value: unknown =
    typeof result === 'object' && result !== null ? Reflect.get(result, field) : undefined;
  if (typeof value !== 'number') throw new TypeError(`no number "${field}" in the result`);
  return value;
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
    command: process.execPath,
    entry: here('../http/load'),
    args: [url, PATH, body, String(CONNECTIONS), String(seconds)],
  });
  const line = String(await load.waitForLine(/"requests"/, (seconds + 30) * 1_000));
  const result: unknown = JSON.parse(line.slice(line.indexOf('{')));
  if (numberOf(result, 'refused') > 0) throw new Error(`${url} refused requests: ${line}`);
  return numberOf(result, 'requests') / numberOf(result, 'seconds');
}

/** One gateway process beside a bare Express app under the same load, in turns. */
async function single(quick: boolean): Promise<Series[]> {
  await using redis = await startRedisServer();
  await using gateway = await startGateway(redis);
  await using bare = await serverOf(
    await startProcess({
      command: process.execPath,
      entry: here('../http/bare-express'),
      env: { NODE_ENV: 'production' },
      readyPattern: /listening/,
    }),
  );
  const [pairs, seconds] = quick ? [2, 1] : [5, 3];
  const recorder = new RowRecorder('http-single');
  // Both are warm before the first run counts.
  await measure(gateway.url, quick ? 1 : 2);
  await measure(bare.url, quick ? 1 : 2);
  for (let pair = 0; pair < pairs; pair++) {
    // oxlint-disable-next-line no-await-in-loop -- in turns, so that both meet the same neighbours.
    recorder.add('gateway', { requests: await measure(gateway.url, seconds) });
    // oxlint-disable-next-line no-await-in-loop
    recorder.add('bare-express', { requests: await measure(bare.url, seconds) });
  }
  return recorder.series;
}

/** Bulk over HTTP beside BullMQ's addBulk without HTTP, in turns. */
async function bulk(quick: boolean): Promise<Series[]> {
  await using redis = await startRedisServer();
  await using gateway = await startGateway(redis);
  const { own, peer } = await bulkFigures({
    url: `${gateway.url}${PATH}/bulk`,
    payload: PAYLOAD,
    pairs: quick ? 2 : 5,
    calls: quick ? 10 : 30,
  });
  const recorder = new RowRecorder('http-bulk');
  for (const rate of own) recorder.add('gateway', { rate });
  for (const rate of peer) recorder.add('bullmq', { rate });
  return recorder.series;
}

async function sdk(quick: boolean): Promise<Series[]> {
  const recorder = new RowRecorder('http-sdk');
  for (const round of await sdkFigures(quick ? 3 : 7)) {
    recorder.add('sdk', { call: round.sdk });
    recorder.add('fetch', { call: round.fetch });
  }
  return recorder.series;
}

/** A claim that waits over HTTP: how soon it has a job that is enqueued over HTTP. */
async function longPoll(quick: boolean): Promise<Series[]> {
  await using redis = await startRedisServer();
  await using gateway = await startGateway(redis);
  const recorder = new RowRecorder('http-long-poll');
  const run = (jobs: number): Promise<number[]> =>
    longPollWaits({ url: gateway.url, payload: PAYLOAD, jobs });
  await run(20);
  for (let round = 0; round < (quick ? 2 : 5); round++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured.
    const waits = await run(quick ? 40 : 200);
    recorder.add('gateway', { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) });
  }
  return recorder.series;
}

/** What HTTP and its checks cost. */
export const http: Case = {
  name: 'http',
  rows: ['http-single', 'http-bulk', 'http-sdk', 'http-long-poll'],
  run: async ({ quick }) => [
    ...(await single(quick)),
    ...(await bulk(quick)),
    ...(await sdk(quick)),
    ...(await longPoll(quick)),
  ],
};
