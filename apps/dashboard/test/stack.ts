import { fileURLToPath } from 'node:url';
import {
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
} from '@relay/testkit';

const APPS = new URL('../../', import.meta.url);
const entryOf = (path: string) => fileURLToPath(new URL(path, APPS));
const LISTENING = /listening on (http[^\s"]+)/;

/** Redis, gateway, worker, reaper-promoter and the built dashboard, as processes of their own. */
export class TestStack implements AsyncDisposable {
  readonly redis: RedisServer;
  /** Address of the dashboard. */
  readonly url: string;
  readonly api: string;
  readonly dashboard: ManagedProcess;
  #gateway: ManagedProcess;
  readonly #others: readonly ManagedProcess[];

  private constructor(parts: {
    redis: RedisServer;
    gateway: ManagedProcess;
    dashboard: ManagedProcess;
    others: readonly ManagedProcess[];
  }) {
    this.redis = parts.redis;
    this.#gateway = parts.gateway;
    this.dashboard = parts.dashboard;
    this.#others = parts.others;
    this.api = addressOf(parts.gateway);
    this.url = addressOf(parts.dashboard);
  }

  /**
   * @param queues those that the worker takes from
   * @param environment more of it, for the dashboard
   */
  static async start(
    queues: readonly string[],
    environment: Record<string, string> = {},
  ): Promise<TestStack> {
    const redis = await startRedisServer();
    const env = { REDIS_URL: redis.url };
    const [gateway, ...others] = await Promise.all([
      startGateway(redis, '0'),
      service('reaper-promoter/src/main.ts', env),
      service('worker/src/main.ts', {
        ...env,
        RELAY_HANDLERS: fileURLToPath(new URL('fixtures/handlers.ts', import.meta.url)),
        RELAY_QUEUES: queues.join(','),
      }),
    ]);
    const api = addressOf(gateway);
    const dashboard = await service('dashboard/dist/main.js', {
      RELAY_API_URL: api,
      ...environment,
    });
    return new TestStack({ redis, gateway, dashboard, others });
  }

  get gatewayPid(): number {
    return this.#gateway.pid;
  }

  /** Ends the gateway, without a word. */
  async killGateway(): Promise<void> {
    await this.#gateway.stop(0);
  }

  /** Starts it again at the same address. */
  async restartGateway(): Promise<void> {
    this.#gateway = await startGateway(this.redis, new URL(this.api).port);
  }

  /** Calls the gateway directly, as a producer would. */
  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.api}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dashboard.stop();
    await Promise.all(this.#others.map((process) => process.stop()));
    await this.#gateway.stop();
    await this.redis.stop();
  }
}

async function startGateway(redis: RedisServer, port: string): Promise<ManagedProcess> {
  return await service('api-gateway/src/main.ts', { REDIS_URL: redis.url, PORT: port });
}

async function service(path: string, env: Record<string, string>): Promise<ManagedProcess> {
  return await startProcess({
    entry: entryOf(path),
    env: { HOST: '127.0.0.1', PORT: '0', ...env },
    readyPattern: /"url":|listening on http/,
    readyDeadlineMs: 60_000,
  });
}

function addressOf(process: ManagedProcess): string {
  const lines = process.lines().join('\n');
  const url = LISTENING.exec(lines)?.[1];
  if (url === undefined) throw new Error(`No address in:\n${lines}`);
  return url;
}
