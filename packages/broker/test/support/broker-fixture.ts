import { afterAll, afterEach, beforeAll } from '@jest/globals';
import {
  assertConsistent,
  type ConsistencyReport,
  type RedisServer,
  type RedisServerOptions,
  ScriptControl,
  startRedisServer,
  testLua,
} from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker, type BrokerOptions, type EnqueueRequest, type Lease } from '../../src/index.ts';
import { queueKeys } from '../../src/keys.ts';
import { loadScripts } from '../../src/scripts.ts';

/** A moment for the tests that stop the clock, in the year 2030. */
export const T0 = 1_900_000_000_123;

export interface QueueUse {
  /** The test changes keys behind the broker's back: the totals are not checked. */
  readonly tampered?: boolean;
}

/** A Redis of its own, a broker over it whose scripts are held to their promises, and what a test needs of both. */
export class BrokerFixture implements AsyncDisposable {
  readonly server: RedisServer;
  /** Past the broker. */
  readonly redis: Redis;
  readonly control: ScriptControl;
  readonly broker: Broker;
  readonly #scripts = loadScripts(testLua());
  readonly #used = new Map<string, QueueUse>();
  readonly #others: Broker[] = [];
  #queues = 0;

  constructor(server: RedisServer) {
    this.server = server;
    this.redis = new Redis(server.url);
    this.control = new ScriptControl(this.redis);
    this.broker = new Broker({ redis: server.url, scripts: this.#scripts });
  }

  /** A queue that no other test uses. It is checked at the end of the test. */
  queue(use: QueueUse = {}): string {
    const name = `q${++this.#queues}`;
    this.#used.set(name, use);
    return name;
  }

  /** Leaves the queue unchecked: for one that was found as the test had damaged it. */
  forget(queue: string): void {
    this.#used.delete(queue);
  }

  /** Another broker, with the same scripts; closed at the end of the test. */
  open(options: Partial<BrokerOptions> = {}): Broker {
    const broker = new Broker({ redis: this.server.url, scripts: this.#scripts, ...options });
    this.#others.push(broker);
    return broker;
  }

  key(name: keyof typeof queueKeys, queue: string): string {
    return queueKeys[name]('relay', queue);
  }

  async enqueue(queue: string, request: Partial<EnqueueRequest> = {}): Promise<string> {
    return (await this.broker.enqueue(queue, { payload: '{}', ...request })).id;
  }

  /** Enqueues `n` jobs whose payloads are their numbers from 0, and gives their ids. */
  async fill(queue: string, n: number, request: Partial<EnqueueRequest> = {}): Promise<string[]> {
    const outcomes = await this.broker.enqueueMany(
      queue,
      Array.from({ length: n }, (_, i) => ({ payload: String(i), ...request })),
    );
    return outcomes.map((outcome) => {
      if (!outcome.ok) throw outcome.error;
      return outcome.result.id;
    });
  }

  async claim(queue: string, max = 1_000, leaseMs = 30_000): Promise<readonly Lease[]> {
    return (await this.broker.claim(queue, { workerId: 'w1', max, leaseMs })).leases;
  }

  /** Claims what must be there. */
  async claimOne(queue: string, leaseMs = 30_000): Promise<Lease> {
    const [lease] = await this.claim(queue, 1, leaseMs);
    if (lease === undefined) throw new Error(`queue ${queue} has no ready job`);
    return lease;
  }

  async assertConsistent(queue: string): Promise<ConsistencyReport> {
    return assertConsistent(this.redis, queue, this.#used.get(queue) ?? {});
  }

  /** Every queue of the test that has just ended is consistent; the clock runs again. */
  async endTest(): Promise<void> {
    for (const broker of this.#others.splice(0)) await broker.close();
    await this.control.setNow(null);
    for (const [queue, use] of this.#used) {
      this.#used.delete(queue);
      await assertConsistent(this.redis, queue, use);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.close();
    this.redis.disconnect();
    await this.server.stop();
  }
}

/** One fixture for all tests of a file, with the consistency check after each. Call the result inside the tests. */
export function useBroker(options: RedisServerOptions = {}): () => BrokerFixture {
  let fixture: BrokerFixture | undefined;
  beforeAll(async () => {
    fixture = new BrokerFixture(await startRedisServer(options));
  });
  afterEach(async () => fixture?.endTest());
  afterAll(async () => fixture?.[Symbol.asyncDispose]());
  return () => {
    if (fixture === undefined) throw new Error('the fixture starts with the first test');
    return fixture;
  };
}

/** A settlement of a lease, for the shortest way of writing it. */
export function of(lease: Lease): { readonly id: string; readonly token: string } {
  return { id: lease.id, token: lease.token };
}

export const BOOM = { name: 'Error', message: 'boom' } as const;
