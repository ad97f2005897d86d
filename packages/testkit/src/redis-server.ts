import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestkitError } from './errors.ts';
import { freePort } from './free-port.ts';
import { keepReachedBranches } from './lua-coverage.ts';
import { findRedisBinary, type RedisBinary } from './redis-binary.ts';
import { isReady } from './redis-ping.ts';
import { launch, type RedisProcess } from './redis-process.ts';

const HOST = '127.0.0.1';
/** How often another port is tried when somebody takes ours first. */
const PORT_ATTEMPTS = 5;
/** How long a server may take over SIGTERM, in ms, before it gets SIGKILL. */
const STOP_GRACE_MS = 5_000;

export interface RedisServerOptions {
  /** Defaults to a free port. Never 6379: that is somebody's real Redis. */
  port?: number;
  /** Where the data, the configuration and the log are. Defaults to a temporary directory, which goes with the server; yours stays. */
  dir?: string;
  /** Keeps the data over {@link RedisServer.restart} and kills, fsynced at every write. Defaults to false: no persistence. */
  appendonly?: boolean;
  /** More lines for redis.conf, for instance `maxmemory 10mb`. They win over ours. */
  config?: readonly string[];
  /** Added to the server's environment, for instance `LD_PRELOAD`. Not with Docker. */
  env?: Readonly<Record<string, string>>;
  /** A shell line that runs before the server in its process, for instance `ulimit -S -f 100`. Not with Docker. */
  before?: string;
  /** @internal Runs as a sentinel; what it watches is said in `config`. See {@link startRedisSentinel}. */
  sentinel?: boolean;
  /** Milliseconds until it must answer PING. Defaults to 15,000. */
  startDeadlineMs?: number;
}

/**
 * Starts a real Redis server of our own: on a free port of 127.0.0.1, with its own
 * directory, without persistence, and gone when this process goes, however it goes.
 *
 * @example
 * await using redis = await startRedisServer();
 * const client = new Redis(redis.url);
 *
 * @throws {TestkitError} `REDIS_NOT_FOUND`, or `REDIS_START_FAILED` with the end of the server's log.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  if (options.port === 6379) {
    throw new TestkitError('REDIS_START_FAILED', 'Port 6379 is left to a Redis that is not ours');
  }
  const binary = await findRedisBinary();
  for (let attempt = 1; ; attempt++) {
    const server = await RedisServer.create(binary, options);
    try {
      await server.restart();
      return server;
    } catch (error) {
      const taken = await server.lostItsPort();
      await server.stop();
      if (!taken || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** A server that {@link startRedisServer} has started. */
export class RedisServer implements AsyncDisposable {
  readonly host = HOST;
  readonly port: number;
  /** `redis://127.0.0.1:<port>`; the same over restarts. */
  readonly url: string;
  /** Holds redis.conf, redis.log and the data. */
  readonly dir: string;
  readonly #binary: RedisBinary;
  readonly #options: RedisServerOptions;
  #process: RedisProcess | undefined;
  #pid = -1;

  private constructor(
    binary: RedisBinary,
    options: RedisServerOptions,
    place: { port: number; dir: string },
  ) {
    this.#binary = binary;
    this.#options = options;
    this.port = place.port;
    this.dir = place.dir;
    this.url = `redis://${HOST}:${place.port}`;
  }

  /** @internal Prepares a directory and a port; {@link RedisServer.restart} starts the process. */
  static async create(binary: RedisBinary, options: RedisServerOptions): Promise<RedisServer> {
    const port = options.port ?? (await freePort());
    const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'relay-redis-')));
    await mkdir(dir, { recursive: true });
    return new RedisServer(binary, options, { port, dir });
  }

  /** The pid of the process that runs, or ran last. With Docker: of its client. */
  get pid(): number {
    return this.#pid;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  /**
   * Sends a signal. Defaults to SIGKILL: a crash, after which unsynced data is lost.
   * Waits for the end of the process, except for SIGSTOP and SIGCONT, which do not end it.
   */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const process = this.#process;
    if (!process) return;
    await process.send(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await process.ended;
  }

  /**
   * Stops the server if it runs, and starts it on the same port and directory.
   * The data survives with `appendonly` only.
   *
   * @throws {TestkitError} `REDIS_START_FAILED` with the end of the server's log.
   */
  async restart(): Promise<void> {
    await this.#end();
    const configFile = join(this.dir, 'redis.conf');
    await writeFile(configFile, this.#config());
    await keepReachedBranches(this.#logFile);
    await writeFile(this.#logFile, '');
    const { port, dir } = this;
    const logFile = this.#logFile;
    const temporary = this.#options.dir === undefined;
    const args = this.#options.sentinel ? ['--sentinel'] : [];
    const started = launch({
      binary: this.#binary,
      configFile,
      args,
      logFile,
      port,
      dir,
      temporary,
      env: this.#options.env ?? {},
      before: this.#options.before,
    });
    this.#process = started;
    this.#pid = started.pid;
    const { startDeadlineMs = 15_000 } = this.#options;
    const late = performance.now() + startDeadlineMs;
    void started.ended.then(() => {
      if (this.#process === started) this.#process = undefined;
    });
    while (!(await isReady(HOST, port, configFile))) {
      if (!this.running) throw await this.#startError(`ended with ${await started.ended}`);
      if (performance.now() > late) {
        await this.kill();
        throw await this.#startError(`did not answer PING within ${startDeadlineMs} ms`);
      }
      await delay(5);
    }
  }

  /** Ends the server and removes its temporary directory. Safe to call twice. */
  async stop(): Promise<void> {
    await this.#end();
    await keepReachedBranches(this.#logFile);
    if (this.#options.dir === undefined) await rm(this.dir, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @internal Whether the last start failed because another process has the port. */
  async lostItsPort(): Promise<boolean> {
    return (await this.#log()).includes('Address already in use');
  }

  async #end(): Promise<void> {
    const process = this.#process;
    if (!process) return;
    const patience = new AbortController();
    const impatient = delay(STOP_GRACE_MS, undefined, { signal: patience.signal }).then(
      () => process.send('SIGKILL'),
      // Aborted: it has ended in time.
      () => undefined,
    );
    await process.send('SIGTERM');
    // A server that a test has frozen would never see the SIGTERM.
    await process.send('SIGCONT');
    await process.ended;
    patience.abort();
    await impatient;
  }

  #config(): string {
    const { appendonly = false, config = [] } = this.#options;
    return [
      `bind ${HOST}`,
      `port ${this.port}`,
      `dir "${this.dir}"`,
      'daemonize no',
      'save ""',
      appendonly ? 'appendonly yes\nappendfsync always' : 'appendonly no',
      'maxmemory-policy noeviction',
      // For DEBUG SLEEP and the like in tests.
      'enable-debug-command local',
      ...config,
      '',
    ].join('\n');
  }

  get #logFile(): string {
    return join(this.dir, 'redis.log');
  }

  async #log(): Promise<string> {
    return await readFile(this.#logFile, 'utf8');
  }

  async #startError(what: string): Promise<TestkitError> {
    const tail = (await this.#log()).trimEnd().split('\n').slice(-15).join('\n  ');
    const name = this.#binary.kind === 'native' ? this.#binary.path : this.#binary.image;
    const message = `Redis on port ${this.port} (${name}) ${what}. The end of its log:\n  ${tail}`;
    return new TestkitError('REDIS_START_FAILED', message);
  }
}
