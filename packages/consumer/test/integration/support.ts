import { afterAll, afterEach } from '@jest/globals';
import { Broker, type EnqueueRequest } from '@relay/broker';
import { assertConsistent, type RedisServer, startRedisServer, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Worker, type WorkerOptions } from '../../src/index.ts';

/** A private Redis, with brokers and workers that end with it. */
export class Bench implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly broker: Broker;
  /** Past the broker; connects with its first use. */
  readonly client: Redis;
  readonly #workers: { worker: Worker; broker: Broker }[] = [];
  readonly #queues = new Set<string>();

  private constructor(redis: RedisServer) {
    this.redis = redis;
    this.broker = new Broker({ redis: redis.url });
    this.client = new Redis(redis.url, { lazyConnect: true });
  }

  static async open(options: { appendonly?: boolean } = {}): Promise<Bench> {
    return new Bench(await startRedisServer(options));
  }

  /** For all tests of a file: settles after each, and ends with the last. */
  static async forTests(): Promise<Bench> {
    const bench = await Bench.open();
    afterEach(() => bench.settle());
    afterAll(() => bench[Symbol.asyncDispose]());
    return bench;
  }

  /** A started worker with a broker of its own, as in a process of its own. */
  worker(options: Omit<WorkerOptions, 'broker'>): Worker {
    const broker = new Broker({ redis: this.redis.url });
    const worker = new Worker({ leaseMs: 1_000, drainMs: 5_000, ...options, broker });
    this.#workers.push({ worker, broker });
    worker.start();
    return worker;
  }

  async enqueue(
    queue: string,
    request: Partial<EnqueueRequest> = {},
    count = 1,
  ): Promise<string[]> {
    this.#queues.add(queue);
    const requests = Array.from({ length: count }, () => ({ payload: '{}', ...request }));
    const outcomes = await this.broker.enqueueMany(queue, requests);
    return outcomes.map((outcome) => {
      if (!outcome.ok) throw outcome.error;
      return outcome.result.id;
    });
  }

  /** Does what the reaper-promoter does until `done` says so. */
  async until(
    queue: string,
    what: string,
    done: (stats: NonNullable<Awaited<ReturnType<Broker['stats']>>>) => boolean,
  ): Promise<void> {
    await until(
      async () => {
        await this.broker.reap(queue);
        await this.broker.promote(queue);
        const stats = await this.broker.stats(queue);
        return stats !== null && done(stats);
      },
      { what, deadlineMs: 30_000 },
    );
  }

  /** Ends the workers, then checks the invariants of every queue that was used. */
  async settle(): Promise<void> {
    for (const { worker, broker } of this.#workers.splice(0)) {
      await worker.stop();
      await broker.close();
    }
    for (const queue of this.#queues) await assertConsistent(this.redis.url, queue);
    this.#queues.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { worker, broker } of this.#workers) {
      await worker.stop({ drainMs: 0 });
      await broker.close();
    }
    this.client.disconnect();
    await this.broker.close();
    await this.redis.stop();
  }
}
