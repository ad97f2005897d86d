import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RedisServer, startRedisServer } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Agent } from './agent.ts';

export interface ContextOptions {
  /** Fewer and shorter runs. */
  readonly quick: boolean;
  /** Where profiles go; null: none are made. */
  readonly profileDir: string | null;
}

/** The Redis that all contenders of a row share, and what it says of itself. */
export class RedisUnderTest implements AsyncDisposable {
  readonly server: RedisServer;
  readonly client: Redis;

  constructor(server: RedisServer) {
    this.server = server;
    this.client = new Redis(server.url);
  }

  static async start(config: readonly string[] = [], appendonly = false): Promise<RedisUnderTest> {
    return new RedisUnderTest(await startRedisServer({ config, appendonly }));
  }

  get url(): string {
    return this.server.url;
  }

  /** Processor time so far, µs. */
  async cpuUs(): Promise<number> {
    return cpuUsOf(await this.client.info('cpu'));
  }

  async empty(): Promise<void> {
    await this.client.flushall('SYNC');
  }

  async usedBytes(): Promise<number> {
    return Number(/used_memory:(\d+)/.exec(await this.client.info('memory'))?.[1]);
  }

  /** Commands that clients send within so many ms; what scripts call inside is not counted. */
  async commandsWithin(ms: number): Promise<number> {
    const monitor = await this.client.monitor();
    let sent = 0;
    monitor.on('monitor', (_time: string, _args: string[], source: string) => {
      if (source !== 'lua') sent++;
    });
    await delay(ms);
    monitor.disconnect();
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect();
    await this.server.stop();
  }
}

/** Of all its threads, from `INFO cpu`. */
export function cpuUsOf(info: string): number {
  const of = (field: string): number =>
    Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (of('used_cpu_user') + of('used_cpu_sys')) * 1e6;
}

const LEFT_OUT = new Set(['relay-kept', 'groupmq', 'minimal', 'relay-100k']);

/** What the cases share: the processes of the contenders, and how thorough to be. */
export class Context implements AsyncDisposable {
  readonly quick: boolean;
  readonly #profileDir: string | null;
  readonly #agents = new Map<string, Agent>();
  #runs = 0;
  #profiled = new Set<string>();

  constructor({ quick, profileDir }: ContextOptions) {
    this.quick = quick;
    this.#profileDir = profileDir;
  }

  /** Rounds of a row that decides; of the others. */
  get rounds(): number {
    return this.quick ? 2 : 5;
  }

  /** How long one run should take, ms. */
  get runMs(): number {
    return this.quick ? 200 : 700;
  }

  /** `--quick` leaves out who never is the best of a row, and what no goal compares with. */
  among(contenders: readonly string[]): readonly string[] {
    return this.quick ? contenders.filter((name) => !LEFT_OUT.has(name)) : contenders;
  }

  /** The n-th process of a contender. */
  agent(contender: string, n = 0): Agent {
    const key = `${contender} ${n}`;
    const known = this.#agents.get(key);
    if (known && !known.gone) return known;
    const fresh = new Agent(contender);
    this.#agents.set(key, fresh);
    return fresh;
  }

  /** A name that no other run has: of its queue too. */
  nextRun(): string {
    return `bench-${++this.#runs}`;
  }

  /** Profiles the body once for each row and contender, if that was asked for. */
  async profiled<T>(
    of: {
      readonly row: string;
      readonly contender: string;
      readonly redis: RedisUnderTest;
    } | null,
    body: () => Promise<T>,
  ): Promise<T> {
    if (this.#profileDir === null || of === null) return body();
    const name = `${of.row}.${of.contender}`;
    if (this.#profiled.has(name)) return body();
    this.#profiled.add(name);
    await mkdir(this.#profileDir, { recursive: true });
    const agent = this.agent(of.contender);
    await agent.call('profile', null);
    await of.redis.client.config('RESETSTAT');
    try {
      return await body();
    } finally {
      const stats = await of.redis.client.info('commandstats');
      await writeFile(join(this.#profileDir, `${name}.commands.txt`), stats);
      await agent.call('profile', join(this.#profileDir, `${name}.cpuprofile`));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent[Symbol.asyncDispose]()));
  }
}
