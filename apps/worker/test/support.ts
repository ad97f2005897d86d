import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Broker, type EnqueueRequest } from '@relay/broker';
import {
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
  until,
} from '@relay/testkit';

const ENTRY = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const HANDLERS = fileURLToPath(new URL('fixtures/handlers.ts', import.meta.url));

/** The metrics of a worker that is alive and ready. */
export async function scrape(worker: ManagedProcess): Promise<string> {
  const { url } = JSON.parse(await worker.waitForLine(/"ready: /)) as { url: string };
  for (const probe of ['livez', 'readyz']) {
    // Just after its event loop was held up a worker may still think that Redis is away.
    await until(async () => (await fetch(`${url}/${probe}`)).status === 200, { what: `/${probe}` });
  }
  return await (await fetch(`${url}/metrics`)).text();
}

export interface Note {
  readonly what: string;
  readonly id: string;
  readonly pid: string;
}

/** One Redis, one queue a test, and the processes that work on it. */
export class Bench implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly broker: Broker;
  readonly #processes: ManagedProcess[] = [];

  private constructor(redis: RedisServer) {
    this.redis = redis;
    this.broker = new Broker({ redis: redis.url });
  }

  static async open(): Promise<Bench> {
    return new Bench(await startRedisServer());
  }

  /** `args`: what follows `relay-worker`; without them the service is started as such. */
  spawn(
    env: Record<string, string> = {},
    { ready = true, args }: { ready?: boolean; args?: readonly string[] } = {},
  ): Promise<ManagedProcess> {
    return startProcess({
      entry: args === undefined ? ENTRY : CLI,
      ...(args === undefined ? {} : { args }),
      env: { REDIS_URL: this.redis.url, PORT: '0', RELAY_HANDLERS: HANDLERS, ...env },
      ...(ready ? { readyPattern: /"ready: /, readyDeadlineMs: 60_000 } : {}),
    }).then((started) => {
      this.#processes.push(started);
      return started;
    });
  }

  /** A worker on one queue, which notes what it runs in the queue's diary. */
  worker(
    queue: string,
    env: Record<string, string> = {},
    args?: readonly string[],
  ): Promise<ManagedProcess> {
    const mine = { RELAY_QUEUES: queue, RELAY_LEASE_MS: '1000', TEST_DIARY: this.#diary(queue) };
    return this.spawn({ ...mine, ...env }, args === undefined ? {} : { args });
  }

  notes(queue: string, what: string): Note[] {
    const file = this.#diary(queue);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([kind]) => kind === what)
      .map(([kind = '', id = '', pid = '']) => ({ what: kind, id, pid }));
  }

  async enqueue(queue: string, request: Partial<EnqueueRequest>, count = 1): Promise<string[]> {
    const requests = Array.from({ length: count }, () => ({ payload: '{}', ...request }));
    const outcomes = await this.broker.enqueueMany(queue, requests);
    return outcomes.map((outcome) => {
      if (!outcome.ok) throw outcome.error;
      return outcome.result.id;
    });
  }

  /** What the reaper-promoter does, for one queue; then its counts. */
  async tend(queue: string) {
    await this.broker.reap(queue);
    await this.broker.promote(queue);
    return (await this.broker.stats(queue))?.counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.stop()));
    await this.broker.close();
    await this.redis.stop();
  }

  #diary(queue: string): string {
    return join(this.redis.dir, `${queue}.diary`);
  }
}
