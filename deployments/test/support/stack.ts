import { fileURLToPath } from 'node:url';
import {
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
} from '@relay/testkit';
import type { Exporter } from '../../src/metrics.ts';

const APPS = new URL('../../../apps/', import.meta.url);
const HANDLERS = fileURLToPath(new URL('../fixtures/handlers.ts', import.meta.url));

/** The environment that a service needs to start here. */
export function environmentOf(service: Exporter, redisUrl: string): Record<string, string> {
  const common = { REDIS_URL: redisUrl, HOST: '127.0.0.1', PORT: '0' };
  return service === 'worker'
    ? { ...common, RELAY_HANDLERS: HANDLERS, RELAY_QUEUES: 'scraped,idle' }
    : common;
}

/** Where a service begins. */
export function entryOf(service: Exporter): string {
  return fileURLToPath(new URL(`${service}/src/main.ts`, APPS));
}

/** Starts a service from its source. */
export function startService(
  service: Exporter,
  env: Record<string, string>,
  readyPattern: RegExp | null = /"url":/,
): Promise<ManagedProcess> {
  return startProcess({
    entry: entryOf(service),
    env,
    ...(readyPattern === null ? {} : { readyPattern, readyDeadlineMs: 60_000 }),
  });
}

/** Redis and one process of each service that has metrics. */
export class Stack implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly #processes: ReadonlyMap<Exporter, ManagedProcess>;

  private constructor(redis: RedisServer, processes: ReadonlyMap<Exporter, ManagedProcess>) {
    this.redis = redis;
    this.#processes = processes;
  }

  static async start(): Promise<Stack> {
    const redis = await startRedisServer();
    const services: readonly Exporter[] = ['api-gateway', 'worker', 'reaper-promoter'];
    const started = await Promise.all(
      services.map(
        async (one) => [one, await startService(one, environmentOf(one, redis.url))] as const,
      ),
    );
    return new Stack(redis, new Map(started));
  }

  urlOf(service: Exporter): string {
    const lines = this.#processes.get(service)?.lines() ?? [];
    const line = lines.find((one) => one.includes('"url":')) ?? '{}';
    return String((JSON.parse(line) as { url?: string }).url);
  }

  async scrape(service: Exporter): Promise<string> {
    return await (await fetch(`${this.urlOf(service)}/metrics`)).text();
  }

  /** Calls the gateway; throws what is no success. */
  async call(path: string, body: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.urlOf('api-gateway')}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes.values()].map((one) => one.stop()));
    await this.redis.stop();
  }
}
