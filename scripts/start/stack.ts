import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withFileLock } from '../../packages/testkit/src/file-lock.ts';
import { type RedisServer, startRedisServer } from '../../packages/testkit/src/redis-server.ts';
import { messageOf, StartFailure } from './errors.ts';
import { nextFreePort } from './ports.ts';
import { describeExit, type LogEntry, Service } from './service.ts';

const FIRST_PORT = 8080;
const FIRST_DASHBOARD_PORT = 8090;
const READY_DEADLINE_MS = 60_000;
const READY_LOOK_MS = 50;
const REDIS_LOOK_MS = 500;
/** A REDIS_URL that does not answer by then is most likely wrong. */
const REDIS_WAIT_MS = 5_000;
/** Short, so that a crash is repaired while you watch; 30 s is the default of a worker. */
const LEASE_MS = 2_000;
const DRAIN_MS = 5_000;
/** A drain, and what a service does after it. */
const STOP_MS = 12_000;
const WORKERS = ['worker-1', 'worker-2'] as const;
/** How often a worker that was killed from outside is started again, in all. */
const MOST_RESTARTS = 20;
const PORT_LOCK = join(tmpdir(), `relay-ports-${process.getuid?.() ?? 0}.lock`);

export interface StackOptions {
  /** The repository, absolute. */
  readonly root: string;
  /** Undefined: a private Redis. */
  readonly redisUrl: string | undefined;
  /** Undefined: 8080, or the next one that is free. */
  readonly port: number | undefined;
  /** The queue of the demo. */
  readonly queue: string;
}

/** Redis, a gateway, a reaper-promoter and two workers, each as a process of its own. */
export class Stack {
  /** Rejects when something ends that nobody has stopped. Never resolves. */
  readonly failure: Promise<never>;
  readonly logDir: string;
  readonly #options: StackOptions;
  readonly #services = new Map<string, Service>();
  /** Worker id → name; a worker that was restarted has two. */
  readonly #workerNames = new Map<string, string>();
  #restarts = MOST_RESTARTS;
  #fail: (error: StartFailure) => void = () => undefined;
  #redis: RedisServer | undefined;
  #redisStart: Promise<void> = Promise.resolve();
  #stopping = false;
  #redisWatch: NodeJS.Timeout | undefined;
  #url = '';

  constructor(options: StackOptions) {
    this.#options = options;
    this.logDir = join(options.root, '.relay', 'logs');
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // It may reject while nobody looks.
    this.failure.catch(() => undefined);
  }

  /** Address of the gateway. */
  get url(): string {
    return this.#url;
  }

  /** As it may be shown: without user and password. */
  get redisAddress(): string {
    return this.#redisUrl.replace(/\/\/[^@/]*@/, '//');
  }

  /** The name of the worker with this id. */
  workerName(id: string): string {
    return this.#workerNames.get(id) ?? id;
  }

  /** The id of the worker that has this name now. */
  async workerId(name: string): Promise<string> {
    return await this.#service(name).textOf('worker', READY_DEADLINE_MS);
  }

  /** @throws {StartFailure} when something does not come up; what did is left for {@link stop}. */
  async start(): Promise<void> {
    mkdirSync(this.logDir, { recursive: true });
    if (this.#options.redisUrl === undefined) {
      this.#redisStart = this.#startRedis();
      await this.#redisStart;
    }
    this.#launch('reaper-promoter', 'reaper-promoter', { PORT: '0' });
    for (const name of WORKERS) this.#launchWorker(name);
    this.#url = await this.#openOnPort('api-gateway', FIRST_PORT, this.#options.port);
    await Promise.all([...this.#services.keys()].map((name) => this.#ready(name)));
  }

  /** Starts the dashboard too and returns its address. */
  async startDashboard(): Promise<string> {
    const address = await this.#openOnPort('dashboard', FIRST_DASHBOARD_PORT);
    await this.#ready('dashboard');
    return address;
  }

  /**
   * Starts a service on the port that was asked for, or on the first free one from `first` on, and returns its address.
   * A free port is one only until somebody takes it: of several `npm start` at once, one looks at a time.
   */
  async #openOnPort(app: string, first: number, wanted?: number): Promise<string> {
    const open = async (): Promise<string> => {
      const port = wanted ?? (await nextFreePort(first));
      const env = app === 'dashboard' ? { RELAY_API_URL: this.#url } : {};
      this.#launch(app, app, { PORT: String(port), ...env });
      return await this.#service(app).textOf('url', READY_DEADLINE_MS);
    };
    return wanted === undefined ? await withFileLock(PORT_LOCK, open) : await open();
  }

  /** Starts another service beside the stack; unlike the others it may end by itself. */
  spawn(
    app: string,
    env: Readonly<Record<string, string>>,
    onEntry: (entry: LogEntry) => void,
  ): Service {
    return this.#create(app, app, env, onEntry);
  }

  /** Kills a worker as a crash would, with no chance to say anything, and starts it again. */
  async crash(name: string): Promise<void> {
    const service = this.#service(name);
    this.#services.delete(name);
    service.kill('SIGKILL');
    await service.exit;
    this.#launchWorker(name);
    await this.#ready(name);
  }

  /** Those who use something before that which they use. @returns what did not end well, a line each. */
  async stop(): Promise<string[]> {
    const problems: string[] = [];
    this.#stopping = true;
    // What is half started can only be stopped once it is there.
    await Promise.allSettled([this.#redisStart]);
    clearInterval(this.#redisWatch);
    for (const group of [['dashboard', ...WORKERS], ['reaper-promoter'], ['api-gateway']]) {
      const services = group.flatMap((name) => this.#services.get(name) ?? []);
      for (const { name } of services) this.#services.delete(name);
      // oxlint-disable-next-line no-await-in-loop -- the order is the point.
      const exits = await Promise.all(
        services.map(async (service) => ({ service, exit: await service.stop(STOP_MS) })),
      );
      for (const { service, exit } of exits) {
        if (!exit.ok) problems.push(describeExit(`${service.name} did not stop cleanly`, exit));
      }
    }
    await this.#redis?.stop();
    this.#redis = undefined;
    return problems;
  }

  get #redisUrl(): string {
    return this.#options.redisUrl ?? this.#redis?.url ?? '';
  }

  async #startRedis(): Promise<void> {
    try {
      this.#redis = await startRedisServer();
    } catch (error) {
      throw new StartFailure(messageOf(error), { cause: error });
    }
    this.#redisWatch = setInterval(() => {
      if (this.#redis?.running === false) this.#fail(new StartFailure('Redis ended unexpectedly'));
    }, REDIS_LOOK_MS);
  }

  #launchWorker(name: string): void {
    const handlers = join(this.#options.root, 'apps', 'demo', 'dist', 'handlers.js');
    this.#launch(name, 'worker', {
      PORT: '0',
      RELAY_HANDLERS: handlers,
      RELAY_QUEUES: this.#options.queue,
      RELAY_CONCURRENCY: '4',
      RELAY_LEASE_MS: String(LEASE_MS),
      RELAY_DRAIN_MS: String(DRAIN_MS),
    });
  }

  #launch(name: string, app: string, env: Readonly<Record<string, string>>): void {
    if (this.#stopping) throw new StartFailure(`${name} is not started: everything stops`);
    const service = this.#create(name, app, env, (entry) => {
      if (app === 'worker' && typeof entry['worker'] === 'string') {
        this.#workerNames.set(entry['worker'], name);
      }
    });
    this.#services.set(name, service);
    void service.exit.then((exit) => {
      // Out of the map: we ended it.
      if (this.#services.get(name) !== service) return;
      this.#services.delete(name);
      if (app === 'worker' && exit.how.startsWith('SIG') && !this.#stopping && this.#restarts > 0) {
        // Killed from outside: what a worker's end costs is just what this demonstrates.
        this.#restarts -= 1;
        this.#launchWorker(name);
        return;
      }
      const what = describeExit(`${name} ended unexpectedly`, exit);
      this.#fail(new StartFailure(`${what}; see .relay/logs/${name}.log`));
    });
  }

  #create(
    name: string,
    app: string,
    env: Readonly<Record<string, string>>,
    onEntry: (entry: LogEntry) => void,
  ): Service {
    const logFile = join(this.logDir, `${name}.log`);
    // A worker that is started again goes on in the log of its first life.
    if (!this.#services.has(name) && !this.#hasLived(name)) rmSync(logFile, { force: true });
    return new Service({
      name,
      entry: join(this.#options.root, 'apps', app, 'dist', 'main.js'),
      env: { ...baseEnv(process.env), REDIS_URL: this.#redisUrl, ...env },
      logFile,
      onEntry,
    });
  }

  #hasLived(name: string): boolean {
    return [...this.#workerNames.values()].includes(name);
  }

  async #ready(name: string): Promise<void> {
    const service = this.#service(name);
    const url = await service.textOf('url', READY_DEADLINE_MS);
    const deadline = performance.now() + READY_DEADLINE_MS;
    while (!(await answersOk(new URL('/readyz', url)))) {
      if (performance.now() > deadline || !service.running) {
        throw new StartFailure(`${name} does not become ready`);
      }
      // oxlint-disable-next-line no-await-in-loop
      await delay(READY_LOOK_MS);
    }
  }

  #service(name: string): Service {
    const service = this.#services.get(name);
    if (service === undefined) throw new StartFailure(`${name} does not run`);
    return service;
  }
}

/**
 * Our environment without what speaks to Relay's services: a HOST or a RELAY_API_KEYS_FILE that is
 * meant for another installation would change this one.
 */
function baseEnv(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(RELAY_|HOST$|PORT$|LOG_LEVEL$)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    RELAY_REDIS_WAIT_MS: String(REDIS_WAIT_MS),
  };
}

async function answersOk(url: URL): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Not yet: nobody listens, or it is too busy starting.
    return false;
  }
}
