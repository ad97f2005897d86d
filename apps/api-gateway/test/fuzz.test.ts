import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { COMMON_PROBLEMS, ROUTES, type RouteDescriptor } from '@relay/contract';
import { type RedisServer, startRedisServer } from '@relay/testkit';
import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { anyRequest, type FuzzRequest } from './fuzz-requests.ts';
import {
  type Answer,
  holdToContract,
  slug,
  startTestGateway,
  type TestGateway,
} from './harness.ts';
import { expectHarmless, type Oracle, openOracle } from './oracle.ts';

/** To see a run again: `RELAY_FUZZ_SEED=<seed>` (and `RELAY_FUZZ_PATH=<path>` of its failure). */
const { RELAY_FUZZ_SEED, RELAY_FUZZ_PATH, RELAY_FUZZ_REQUESTS } = process.env;
const seed = Number(RELAY_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const requests = Number(RELAY_FUZZ_REQUESTS ?? 10_000);
/** Requests that are under way together. */
const BATCH = 100;

/** Problems of the path itself, whatever route was meant. */
const OF_THE_PATH = ['uri-too-long', 'headers-too-large'];

let redis: RedisServer;
let gateway: TestGateway;
let oracle: Oracle;
let client: Redis;
const agent = new Agent({ keepAlive: true, maxSockets: BATCH });
const seen = new Map<number, number>();

beforeAll(async () => {
  redis = await startRedisServer();
  gateway = await startTestGateway({ redis: redis.url });
  oracle = await openOracle(gateway, redis);
  client = new Redis(redis.url);
  await unexpectedKeys();
});

afterAll(async () => {
  agent.destroy();
  client.disconnect();
  await oracle[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await redis.stop();
});

async function send({ method, url, headers, body }: FuzzRequest): Promise<Answer> {
  return await new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url);
    const sent = request({
      agent,
      hostname,
      port,
      method,
      path: url,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      text(response).then((all) => {
        const fields = Object.entries(response.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        const isJson = response.headers['content-type']?.includes('json') === true;
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(fields),
          text: all,
          body: isJson && all !== '' ? JSON.parse(all) : undefined,
        });
      }, reject);
    });
    sent.end(body);
  });
}

/** The answer is one that the contract has for this route. */
function judge(made: FuzzRequest, answer: Answer): void {
  const route: RouteDescriptor = ROUTES[made.name as keyof typeof ROUTES];
  expectHarmless(answer);
  seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
  if (answer.status >= 400) {
    const known: readonly (string | undefined)[] = [
      ...COMMON_PROBLEMS,
      ...route.problems,
      ...OF_THE_PATH,
    ];
    expect(known).toContain(slug(answer));
    expect(slug(answer)).not.toBe('internal');
  } else {
    expect(Object.keys(route.answers)).toContain(String(answer.status));
    holdToContract(made.method, route.path, answer);
  }
}

/** Keys that were accounted for, and names that an accepted request has brought up. */
const accounted = new Set<string>();
const accepted = new Set<string>();

/** New keys of queues that no accepted request has named. */
async function unexpectedKeys(): Promise<string[]> {
  const fresh = (await client.keys('*')).filter((key) => !accounted.has(key));
  for (const key of fresh) accounted.add(key);
  return fresh.filter((key) => {
    const name = /\{([^}]*)\}/.exec(key)?.[1];
    // The outcome of a call is kept for ten minutes for whoever repeats it, whatever it was.
    return name !== undefined && !key.includes(':call:') && !accepted.has(name);
  });
}

/** Sends a batch and holds every answer, and what is left in Redis, against what may be. */
async function run(batch: readonly FuzzRequest[]): Promise<void> {
  await Promise.all(
    batch.map(async (made) => {
      const answer = await send(made);
      try {
        judge(made, answer);
      } catch (error) {
        throw new Error(`${show(made)}\n→ ${answer.status} ${answer.text.slice(0, 1_000)}`, {
          cause: error,
        });
      }
      if (answer.status >= 300 || made.method === 'GET') return;
      // Schedules are kept together, under a name that no queue can have.
      if (made.url.startsWith('/v1/schedules/')) accepted.add('.schedules');
      for (const [name] of `${made.url} ${String(made.body)}`.matchAll(/[A-Za-z0-9._-]+/g)) {
        accepted.add(name);
      }
    }),
  );
  const [key] = await unexpectedKeys();
  if (key === undefined) return;
  const name = /\{([^}]*)\}/.exec(key)?.[1] ?? '';
  const who = batch.filter(({ url, body }) => `${url} ${String(body)}`.includes(name)).map(show);
  throw new Error(`${key} was written by a request that was refused:\n${who.join('\n')}`);
}

function show({ method, url, headers, body }: FuzzRequest): string {
  return `${method} ${url} ${JSON.stringify(headers)}\n${String(body).slice(0, 2_000)}`;
}

it(`${requests} requests made of the schemas do no harm (seed ${seed})`, async () => {
  process.stdout.write(`fuzz: RELAY_FUZZ_SEED=${seed}\n`);
  await fc.assert(
    fc.asyncProperty(fc.array(anyRequest, { minLength: BATCH, maxLength: BATCH }), run),
    {
      seed,
      numRuns: Math.ceil(requests / BATCH),
      ...(RELAY_FUZZ_PATH === undefined ? {} : { path: RELAY_FUZZ_PATH }),
      // The error shows the one request that failed: there is nothing to shrink.
      endOnFailure: true,
      reporter: (result) => {
        if (!result.failed) return;
        throw new Error(
          `RELAY_FUZZ_SEED=${seed} RELAY_FUZZ_PATH=${result.counterexamplePath}: ${String(
            result.errorInstance,
          ).slice(0, 6_000)}`,
          { cause: result.errorInstance },
        );
      },
    },
  );
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect(gateway.logged()).not.toContain('"level":"error"');
  const spread = [...seen].toSorted(([a], [b]) => a - b).map((one) => one.join('×'));
  process.stdout.write(`fuzz: ${spread.join(' ')}\n`);
  // A run in which nothing passes, or nothing is refused, has tested nothing.
  expect(seen.get(201) ?? 0).toBeGreaterThan(requests / 200);
  expect(seen.get(422) ?? 0).toBeGreaterThan(requests / 20);
}, 180_000);
