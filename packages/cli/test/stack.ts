import { PassThrough, Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Broker } from '@relay/broker';
import {
  assertConsistent,
  type ManagedProcess,
  startProcess,
  startRedisServer,
} from '@relay/testkit';
import type { Io } from '../src/io.ts';
import { run } from '../src/run.ts';

const app = (path: string): string =>
  fileURLToPath(new URL(`../../../apps/${path}/src/main.ts`, import.meta.url));
export const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const HANDLERS = fileURLToPath(new URL('fixtures/handlers.ts', import.meta.url));

/** Real services, each a process of its own, over a Redis of their own. */
export class Stack implements AsyncDisposable {
  readonly redis: string;
  readonly url: string;
  readonly #stop: (() => Promise<unknown>)[];

  private constructor(redis: string, url: string, stop: (() => Promise<unknown>)[]) {
    this.redis = redis;
    this.url = url;
    this.#stop = stop;
  }

  static async open(): Promise<Stack> {
    const redis = await startRedisServer({ config: ['appendonly yes'] });
    const gateway = await startGateway(redis.url, { RELAY_AUTH: 'off' });
    return new Stack(redis.url, gateway.url, [
      () => redis.stop(),
      async () => await gateway[Symbol.asyncDispose](),
    ]);
  }

  async reaper(): Promise<ManagedProcess> {
    return this.#owned(await service('reaper-promoter', { REDIS_URL: this.redis }));
  }

  async worker(queues: string): Promise<ManagedProcess> {
    return this.#owned(
      await service('worker', {
        REDIS_URL: this.redis,
        RELAY_QUEUES: queues,
        RELAY_HANDLERS: HANDLERS,
      }),
    );
  }

  /** Runs a command in this process, as `relay` would. */
  relay(args: readonly string[], more: Partial<Streams> = {}): Promise<Ran> {
    return relay(['--url', this.url, ...args], more);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using broker = new Broker({ redis: this.redis });
    const queues = (await broker.queues({ limit: 200 })).items;
    while (this.#stop.length > 1) await this.#stop.pop()?.();
    await broker.close();
    for (const queue of queues) await assertConsistent(this.redis, queue);
    await this.#stop.pop()?.();
  }

  #owned(process: ManagedProcess): ManagedProcess {
    this.#stop.push(() => process.stop());
    return process;
  }
}

export async function startGateway(
  redis: string,
  env: Record<string, string>,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const gateway = await service('api-gateway', { REDIS_URL: redis, ...env });
  const line = await gateway.waitForLine(/listening on (\S+)"/);
  const url = /listening on (\S+)"/.exec(line)?.[1] ?? '';
  return { url, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

function service(name: string, env: Record<string, string>): Promise<ManagedProcess> {
  return startProcess({
    entry: app(name),
    env: { PORT: '0', HOST: '127.0.0.1', ...env },
    readyPattern: /has started/,
    readyDeadlineMs: 60_000,
  });
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The lines of stdout, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect.
  readonly json: () => any[];
}

interface Streams {
  readonly env: Record<string, string>;
  readonly stdin: string;
  /** Answers to questions, on a terminal. */
  readonly answers: string;
  readonly tty: boolean;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export async function relay(
  args: readonly string[],
  { env = {}, stdin = '', answers, tty = false, signal, now = Date.now }: Partial<Streams> = {},
): Promise<Ran> {
  const written = { out: '', err: '' };
  const sink = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk, _, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const input = answers === undefined ? Readable.from([stdin]) : new PassThrough();
  if (input instanceof PassThrough) input.write(answers);
  const io: Io = {
    env,
    stdin: Object.assign(input, { isTTY: answers !== undefined }),
    stdout: Object.assign(sink('out'), { isTTY: tty, columns: 100 }),
    stderr: Object.assign(sink('err'), { isTTY: tty }),
    signal: signal ?? new AbortController().signal,
    now,
  };
  const code = await run(args, io);
  return {
    code,
    ...written,
    json: () =>
      written.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}
