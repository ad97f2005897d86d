import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, expect } from '@jest/globals';
import { Broker } from '@relay/broker';
import { problem, ROUTES, type RouteDescriptor } from '@relay/contract';
import { createLogger, Metrics, Probes } from '@relay/service-kit';
import { assertConsistent, type RedisServer, startRedisServer } from '@relay/testkit';
import { Redis } from 'ioredis';
import { openToAll } from '../src/auth/authenticator.ts';
import type { AuthPolicy } from '../src/auth/policy.ts';
import {
  type Gateway,
  type GatewayOptions,
  type GatewayTimeouts,
  startGateway,
} from '../src/gateway.ts';
import type { ProtectionOptions } from '../src/protection/protection.ts';

const OPEN: AuthPolicy = {
  authenticator: openToAll,
  loopbackOnly: true,
  [Symbol.asyncDispose]: async () => undefined,
};

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly gateway: Gateway;
  readonly broker: Broker;
  readonly probes: Probes;
  /** What was logged, at every level. */
  readonly logged: () => string;
}

export interface TestGatewayOptions {
  readonly redis: string;
  readonly auth?: AuthPolicy;
  readonly timeouts?: GatewayTimeouts;
  readonly protection?: ProtectionOptions;
  /** How long the gateway waits for Redis: long by default, for a busy machine is no test of that. */
  readonly deadlineMs?: number;
  readonly events?: GatewayOptions['events'];
}

/** A gateway in this process, over a Redis. */
export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const metrics = new Metrics({ component: 'api-gateway', version: '0', processMetrics: false });
  const probes = new Probes({ metrics });
  probes.setStarted();
  let log = '';
  const destination = new Writable({
    write(chunk, _, done) {
      log += String(chunk);
      done();
    },
  });
  const broker = new Broker({ redis: options.redis, deadlineMs: options.deadlineMs ?? 10_000 });
  const gateway = await startGateway({
    store: broker,
    auth: options.auth ?? OPEN,
    host: '127.0.0.1',
    port: 0,
    version: '1.2.3',
    logger: createLogger({ name: 'api-gateway', version: '0', level: 'trace', destination }),
    metrics,
    probes,
    ...(options.events === undefined ? {} : { events: options.events }),
    timeouts: {
      ...(options.deadlineMs === undefined ? { storeMs: 10_000 } : {}),
      ...options.timeouts,
    },
    // Whoever tests the shedding of load says from when on: a busy machine is none.
    protection: { maxLoopDelayMs: 0, ...options.protection },
  });
  probes.addReadiness('redis', () => broker.ping(500));
  return {
    url: gateway.url,
    gateway,
    broker,
    probes,
    logged: () => log,
    async [Symbol.asyncDispose]() {
      await gateway.close(1_000);
      await broker.close();
    },
  };
}

export interface Served {
  readonly redis: RedisServer;
  /** Past the gateway; connects with its first use. */
  readonly client: Redis;
  readonly gateway: TestGateway;
}

/** A gateway for all tests of a file, over a Redis of its own. After them every queue must be consistent. */
export async function serveTests(options: Omit<TestGatewayOptions, 'redis'> = {}): Promise<Served> {
  const redis = await startRedisServer();
  const client = new Redis(redis.url, { lazyConnect: true });
  const gateway = await startTestGateway({ ...options, redis: redis.url });
  afterAll(async () => {
    const { items } = await gateway.broker.queues({ limit: 1_000 });
    for (const queue of items) await assertConsistent(redis.url, queue);
    client.disconnect();
    await gateway[Symbol.asyncDispose]();
    await redis.stop();
  });
  return { redis, client, gateway };
}

export interface CallOptions {
  /** A value to send as JSON. */
  readonly json?: unknown;
  /** A body to send as it is. */
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect.
  readonly body: any;
}

/** Calls a route and holds the answer against the contract. */
export async function call(
  gateway: { readonly url: string },
  request: string,
  { json, body, headers }: CallOptions = {},
): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ');
  const sent = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      ...(sent === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const answer = {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
  holdToContract(method, path, answer);
  return answer;
}

/** What is true of every answer, whatever was asked. */
export function holdToContract(method: string, path: string, answer: Answer): void {
  expect(answer.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('x-powered-by')).toBeNull();
  expect(answer.text).not.toMatch(/\n\s+at .+:\d+:\d+|node_modules/);
  if (method === 'HEAD' || !path.startsWith('/v1')) return;
  if (answer.status >= 400) {
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    // Equal to its parsed self: it has nothing that the schema doesn't know.
    expect(problem.parse(answer.body)).toEqual(answer.body);
    expect(answer.body.status).toBe(answer.status);
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
    return;
  }
  const schema = routeOf(method, path).answers[answer.status];
  if (schema === undefined) throw new Error(`${method} ${path} does not declare ${answer.status}`);
  expect(schema.parse(answer.body)).toEqual(answer.body);
}

function routeOf(method: string, path: string): RouteDescriptor {
  const routes: RouteDescriptor[] = Object.values(ROUTES);
  const [bare = ''] = path.split('?');
  const found = routes.find(
    (route) =>
      route.method === method &&
      new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  );
  if (found === undefined) throw new Error(`no route for ${method} ${path}`);
  return found;
}

/** The slug of a problem, or undefined. */
export function slug(answer: Answer): string | undefined {
  const type: unknown = answer.body?.type;
  return typeof type === 'string' ? type.split('/').at(-1) : undefined;
}

/** A directory that is removed afterwards. */
export async function tempDir(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'relay-gateway-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Takes one job and lets it fail for good. */
export async function killJob(broker: Broker, queue: string): Promise<string> {
  const { leases } = await broker.claim(queue, { workerId: 'w1', max: 1 });
  const [lease] = leases;
  if (lease === undefined) throw new Error(`nothing to claim in ${queue}`);
  await broker.settle(queue, [
    {
      id: lease.id,
      token: lease.token,
      outcome: 'fail',
      retry: 'never',
      error: { name: 'Boom', message: 'it broke', stack: 'Boom: it broke\n    at x (y.ts:1:1)' },
    },
  ]);
  return lease.id;
}
