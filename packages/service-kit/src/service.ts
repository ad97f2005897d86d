import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { loadConfig, type ServiceSchema } from './config.ts';
import { messageOf, StartError } from './errors.ts';
import { createLogger, type Logger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { Probes } from './probes.ts';
import { processHost, type ServiceHost } from './service-host.ts';
import { Shutdown } from './shutdown.ts';

/** Of errors that nobody caught, the first so many are logged. */
const MOST_ERRORS = 10;

/** What a service gets to start with. */
export interface ServiceContext<S extends ServiceSchema> {
  readonly name: string;
  readonly version: string;
  readonly config: Readonly<z.output<S>>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly probes: Probes;
  /** Register what must be stopped as soon as it was started. */
  readonly shutdown: Shutdown;
}

export interface ServiceDefinition<S extends ServiceSchema> {
  /** For instance `api-gateway`. */
  readonly name: string;
  readonly version: string;
  readonly schema: S;
  /** Resolves when the service runs. Throw {@link StartError} for what the operator can repair. */
  readonly start: (context: ServiceContext<S>) => Promise<void>;
}

/**
 * Runs a service until a signal ends it: the one entry of every `main.ts`.
 *
 * Exit codes: 0 after SIGTERM or SIGINT and a clean stop; 78 when the configuration is wrong; 1 when
 * it cannot start, when a step of its stop failed or was late, at a second signal, and after an
 * error that nobody caught. A failure to start is one line on stderr, with a stack only when it is
 * a defect.
 *
 * An error that nobody caught (an exception in a callback, a rejection without a handler) is one fatal
 * line, with what was under way; then the service stops as at a signal, so that one careless promise does
 * not cost the work of all others, and ends with 1. Whatever restarts it gets a process in a known state.
 *
 * @param host The process; tests give their own.
 * @example
 * ```ts
 * await runService({ name: 'worker', version: packageVersion(import.meta.url), schema, start });
 * ```
 */
export async function runService<S extends ServiceSchema>(
  definition: ServiceDefinition<S>,
  host: ServiceHost = processHost,
): Promise<void> {
  const { name, version, schema } = definition;
  let loaded: ReturnType<typeof loadConfig<S>>;
  try {
    loaded = loadConfig(schema, host.env);
  } catch (error) {
    host.exit(reportFailure(error, name, host));
    return;
  }
  const { config, warnings } = loaded;
  const logger = createLogger({ name, version, level: levelOf(config), ...host.logging });
  for (const warning of warnings) logger.warn(warning);
  const metrics = new Metrics({ component: name, version, ...boundOf(config) });
  const probes = new Probes({ metrics });
  const shutdown = new Shutdown(logger);
  const life = new Life({ host, logger, probes, shutdown });
  life.watch();
  try {
    await definition.start({ name, version, config, logger, metrics, probes, shutdown });
    if (shutdown.signal.aborted) return;
    probes.setStarted();
    logger.info(`${name} ${version} has started`);
  } catch (error) {
    // A signal during the start ends it with an error of its own: that end is already under way.
    if (shutdown.signal.aborted) return;
    probes.setDraining();
    await shutdown.run();
    life.end(reportFailure(error, name, host));
  }
}

/** The version in the package.json above a `main` in `src` or `dist`. */
export function packageVersion(importMetaUrl: string): string {
  const json: unknown = JSON.parse(readFileSync(new URL('../package.json', importMetaUrl), 'utf8'));
  return typeof json === 'object' && json !== null && 'version' in json
    ? String(json.version)
    : '0.0.0';
}

/** A generic schema's output is opaque to the compiler; that it has LOG_LEVEL is what ServiceSchema says. */
function levelOf(config: object): string {
  return 'LOG_LEVEL' in config && typeof config.LOG_LEVEL === 'string' ? config.LOG_LEVEL : 'info';
}

function boundOf(config: object): { mostQueues?: number } {
  return 'RELAY_METRICS_QUEUES' in config && typeof config.RELAY_METRICS_QUEUES === 'number'
    ? { mostQueues: config.RELAY_METRICS_QUEUES }
    : {};
}

function reportFailure(error: unknown, name: string, host: ServiceHost): number {
  if (error instanceof StartError) {
    host.stderr(`${name}: ${messageOf(error)}`);
    return error.exitCode;
  }
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : String(error);
  host.stderr(`${name}: could not start: ${stack}`);
  return 1;
}

/** Ends the process at a signal or at an error that nobody caught. */
class Life {
  readonly #parts: { host: ServiceHost; logger: Logger; probes: Probes; shutdown: Shutdown };
  #unwatch: () => void = () => undefined;
  #ending = false;
  #signals = 0;
  #errors = 0;

  constructor(parts: { host: ServiceHost; logger: Logger; probes: Probes; shutdown: Shutdown }) {
    this.#parts = parts;
  }

  watch(): void {
    this.#unwatch = this.#parts.host.listen({
      signal: (signal) => this.#signal(signal),
      fatal: (error) => this.#fatal(error),
    });
  }

  end(code: number): void {
    this.#unwatch();
    this.#parts.host.exit(code);
  }

  #signal(signal: string): void {
    const { logger } = this.#parts;
    this.#signals += 1;
    if (this.#signals > 1) {
      logger.warn(`${signal} again: exiting immediately`);
      this.end(1);
      return;
    }
    logger.info(`${signal}: stopping`);
    this.#stop();
  }

  #fatal(error: unknown): void {
    const { logger, shutdown } = this.#parts;
    this.#errors += 1;
    if (this.#errors > 1) {
      // One broken timer must not fill the log while it stops.
      if (this.#errors <= MOST_ERRORS)
        logger.error({ err: error }, `and another unexpected error: ${messageOf(error)}`);
      return;
    }
    shutdown.fail();
    logger.fatal(
      { ...shutdown.details, err: error },
      `unexpected error: ${messageOf(error)}, uncaught: stopping, with exit code 1`,
    );
    this.#stop();
  }

  #stop(): void {
    if (this.#ending) return;
    this.#ending = true;
    const { logger, probes, shutdown } = this.#parts;
    probes.setDraining();
    // Never rejects: a step that fails is logged, and answered with false.
    void shutdown.run().then((clean) => {
      logger.info('stopped');
      this.end(clean && !shutdown.failed ? 0 : 1);
    });
  }
}
