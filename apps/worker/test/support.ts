import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Broker, type EnqueueRequest } from '@relay/broker';
import {
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
} from '@relay/testkit';

const ENTRY = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const HANDLERS = fileURLToPath(new URL('fixtures/handlers.ts', import.meta.url));

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

  spawn(env: Record<string, string> = {}, ready = true): Promise<ManagedProcess> {
    return startProcess({
      entry: ENTRY,
      env: { REDIS_URL: this.redis.url, PORT: '0', RELAY_HANDLERS: HANDLERS, ...env },
      ...(ready ? { readyPattern: /"ready: /, readyDeadlineMs: 60_000 } : {}),
    }).then((started) => {
      this.#processes.push(started);
      return started;
    });
  }

  /** A worker on one queue, which notes what it runs in the queue's diary. */
  worker(queue: string, env: Record<string, string> = {}): Promise<ManagedProcess> {
    return this.spawn({
      RELAY_QUEUES: queue,
      RELAY_LEASE_MS: '1000',
      TEST_DIARY: this.#diary(queue),
      ...env,
    });
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
