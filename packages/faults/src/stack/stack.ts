import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Broker, loadScripts, type ScriptSet } from '@relay/broker';
import { type FaultProxy, freePort, startFaultProxy } from '@relay/testkit';
import { CONTESTED, MAIN, monotonicMs, type RunEvent } from '../history/events.ts';
import { EventLog } from '../history/log.ts';
import { withLua } from './lua.ts';
import { type Exit, type Role, Service, tryStart } from './service.ts';
import { type StartStore, type Store, standalone } from './store.ts';

export const LEASE_MS = 3_000;
export const REAP_MS = 500;
/** What a worker gives its running jobs after SIGTERM. */
export const DRAIN_MS = 10_000;
/** Of the contested queue, so that there is something to exceed. */
export const CONTESTED_LIMITS = {
  concurrency: 25,
  rateLimit: { rate: 100, perMs: 1_000, burst: 50 },
} as const;

export interface StackOptions {
  readonly dir: string;
  readonly seed: number;
  readonly source: boolean;
  /** Defaults to one server without persistence. */
  readonly store?: StartStore;
  /** The services reach Redis through a proxy that can be told to fail. */
  readonly proxied?: boolean;
  /** Defaults: 2 gateways, 2 workers, 2 reapers, 1 worker over HTTP, 1 bad client. */
  readonly counts?: Readonly<Partial<Record<Role, number>>>;
  /** How many ended jobs a queue keeps. Defaults to all: their histories are looked at. */
  readonly retained?: number;
  /** Slots of a worker. Defaults to 20. */
  readonly concurrency?: number;
  /** Texts that take the place of the broker's Lua files, by path without ending, in every process. */
  readonly lua?: Readonly<Record<string, string>>;
  /** More of the environment of a role. */
  readonly env?: Readonly<Partial<Record<Role, Readonly<Record<string, string>>>>>;
}

const COUNTS: Readonly<Record<Role, number>> = {
  gateway: 2,
  worker: 2,
  reaper: 2,
  'http-worker': 1,
  'bad-client': 1,
};
const HANDLERS = fileURLToPath(new URL('../actors/handlers.ts', import.meta.url));

/** Redis and all services of a run, with what is needed to break them. */
export class Stack implements AsyncDisposable {
  readonly store: Store;
  /** Between the services and Redis. Undefined: they are not proxied. */
  readonly proxy: FaultProxy | undefined;
  /** Past all faults. */
  readonly broker: Broker;
  readonly exits: Exit[] = [];
  readonly log: EventLog<RunEvent>;
  readonly gatewayUrls: string[] = [];
  /** Those of every process of the run. */
  readonly scripts: ScriptSet;
  readonly #options: StackOptions;
  readonly #luaEnv: Readonly<Record<string, string>>;
  readonly #services = new Map<string, Service>();

  private constructor(options: StackOptions, store: Store, proxy: FaultProxy | undefined) {
    this.#options = options;
    this.store = store;
    this.proxy = proxy;
    this.scripts = loadScripts(options.lua);
    this.#luaEnv =
      options.lua === undefined ? {} : withLua(join(options.dir, 'lua.json'), options.lua);
    this.broker = new Broker({ redis: store.url, deadlineMs: 30_000, scripts: this.scripts });
    this.log = new EventLog(join(options.dir, 'harness.log'));
  }

  static async start(options: StackOptions): Promise<Stack> {
    const store = await (options.store ?? standalone())();
    let stack: Stack | undefined;
    try {
      const { server } = store;
      const proxy =
        options.proxied && server ? await startFaultProxy({ target: server }) : undefined;
      stack = new Stack(options, store, proxy);
      await stack.#configure();
      await stack.#startServices();
      return stack;
    } catch (error) {
      if (stack) await stack[Symbol.asyncDispose]();
      else await store.stop();
      throw error;
    }
  }

  /** What the services, and producers, know of Redis. */
  get redisUrl(): string {
    return this.proxy?.url ?? this.store.url;
  }

  service(name: string): Service {
    const found = this.#services.get(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  all(role: Role): Service[] {
    return [...this.#services.values()].filter((one) => one.role === role);
  }

  /** Writes down what is broken now. */
  fault(what: string, pid?: number): void {
    this.log.note({ e: 'fault', t: monotonicMs(), what, ...(pid === undefined ? {} : { pid }) });
  }

  heal(what: string): void {
    this.log.note({ e: 'heal', t: monotonicMs(), what });
  }

  /** A signal to a service, and a note of it. */
  async signal(service: Service, signal: NodeJS.Signals): Promise<void> {
    const { pid } = service;
    this.fault(`${signal} ${service.name}`, pid);
    await service.signal(signal);
  }

  /** Adds another of a role. */
  async add(role: Role): Promise<Service> {
    const service = await this.#create(role, this.all(role).length);
    await service.start();
    return service;
  }

  /** Starts one that is not expected to come up, and tells how it ended and what it wrote. */
  async tryStart(
    role: Role,
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
    return await tryStart({
      role,
      source: this.#options.source,
      env: { ...(await this.#envOf(role, 90)), ...env },
    });
  }

  /** Ends all services with SIGTERM; Redis goes on. */
  async stopServices(): Promise<void> {
    for (const role of ['bad-client', 'http-worker', 'worker', 'gateway', 'reaper'] as const)
      await Promise.all(this.all(role).map((one) => one.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopServices();
    await this.broker.close();
    await this.proxy?.stop();
    await this.store.stop();
  }

  async #configure(): Promise<void> {
    const keep = { maxCount: this.#options.retained ?? null, maxAgeMs: null };
    const retention = { completed: keep };
    await this.broker.configure(MAIN, { retention });
    await this.broker.configure(CONTESTED, { retention, ...CONTESTED_LIMITS });
  }

  async #startServices(): Promise<void> {
    const wanted = { ...COUNTS, ...this.#options.counts };
    const start = async (role: Role): Promise<void> => {
      const services: Service[] = [];
      for (let i = 0; i < wanted[role]; i++) services.push(await this.#create(role, i));
      await allStarted(services.map((one) => one.start()));
    };
    await allStarted([start('gateway'), start('reaper'), start('worker')]);
    await allStarted([start('http-worker'), start('bad-client')]);
  }

  async #create(role: Role, index: number): Promise<Service> {
    const name = `${role}-${index + 1}`;
    const { dir, source, env = {} } = this.#options;
    const service = new Service({
      name,
      role,
      source,
      env: {
        REDIS_URL: this.redisUrl,
        // For ever: whether it comes up is judged by who starts it.
        RELAY_REDIS_WAIT_MS: '0',
        FAULTS_LOG: join(dir, `${name}.log`),
        FAULTS_NAME: name,
        ...(await this.#envOf(role, index)),
        ...this.#luaEnv,
        ...env[role],
      },
      onExit: (exit) => this.exits.push(exit),
    });
    this.#services.set(name, service);
    return service;
  }

  async #envOf(role: Role, index: number): Promise<Record<string, string>> {
    const { dir, seed, concurrency = 20 } = this.#options;
    switch (role) {
      case 'gateway': {
        // The same at every start: clients come back to it.
        const port = await freePort();
        this.gatewayUrls[index] = `http://127.0.0.1:${port}`;
        return { PORT: String(port) };
      }
      case 'reaper':
        return { PORT: '0', RELAY_REAP_INTERVAL_MS: String(REAP_MS) };
      case 'worker':
        return {
          PORT: '0',
          RELAY_HANDLERS: HANDLERS,
          // The claims of a worker of one queue stand behind its waits: every second one is such a worker.
          ...(index % 2 === 1
            ? { RELAY_QUEUES: MAIN, RELAY_POLL_MS: String(LEASE_MS / 4) }
            : { RELAY_QUEUES: `${MAIN}*4,${CONTESTED}` }),
          RELAY_CONCURRENCY: String(concurrency),
          RELAY_LEASE_MS: String(LEASE_MS),
          RELAY_DRAIN_MS: String(DRAIN_MS),
        };
      case 'http-worker':
        return {
          GATEWAY: this.gatewayUrls[index % this.gatewayUrls.length] ?? '',
          QUEUES: `${MAIN},${CONTESTED}`,
          CONCURRENCY: '10',
          LEASE_MS: String(LEASE_MS),
        };
      case 'bad-client':
        return { SEED: String(seed + index), FAULTS_TOKENS: join(dir, `bad-${index}.tokens`) };
    }
  }
}

/** Waits for all, also when one does not come up: what is half started cannot be stopped. */
async function allStarted(starts: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(starts))
    if (result.status === 'rejected') throw result.reason;
}
