import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Codecs } from './codecs.ts';
import { OptionsError } from './errors.ts';
import { HandlerTable } from './handlers.ts';
import type { ConsumerBroker, HeartbeatThreadOptions, Logger, WorkerOptions } from './types.ts';

/** {@link WorkerOptions}, checked and complete. */
export interface Settings {
  readonly broker: ConsumerBroker;
  readonly queues: readonly {
    readonly name: string;
    readonly limit: number;
    readonly weight: number;
  }[];
  readonly handlers: HandlerTable;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly drainMs: number;
  readonly abortGraceMs: number;
  readonly unhandledDelayMs: number;
  readonly pollMs: number;
  readonly workerId: string;
  readonly logger: Logger;
  readonly codecs: Codecs;
  readonly heartbeatThread: Required<HeartbeatThreadOptions> | null;
  readonly presenceMs: number;
  readonly version: string | null;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** @throws {OptionsError} naming the option that is wrong. */
export function settingsOf(options: WorkerOptions): Settings {
  const concurrency = wholeConcurrency(options.concurrency ?? 10);
  const leaseMs = whole('leaseMs', options.leaseMs ?? 30_000, [1_000, 3_600_000]);
  const beat = Math.floor(options.heartbeatMs ?? leaseMs / 3);
  return {
    broker: options.broker,
    queues: queuesOf(options.queues),
    handlers: new HandlerTable(options.handlers),
    concurrency,
    leaseMs,
    heartbeatMs: whole('heartbeatMs', beat, [100, Math.floor(leaseMs / 2)]),
    drainMs: wholeDrain(options.drainMs ?? 30_000),
    abortGraceMs: whole('abortGraceMs', options.abortGraceMs ?? 5_000, [0, 3_600_000]),
    unhandledDelayMs: whole('unhandledDelayMs', options.unhandledDelayMs ?? 5_000, [0, 86_400_000]),
    pollMs: whole('pollMs', options.pollMs ?? 5_000, [50, 60_000]),
    workerId: named('workerId', options.workerId ?? defaultWorkerId()),
    logger: options.logger ?? SILENT,
    codecs: new Codecs(options.codecs ?? []),
    heartbeatThread: threadOf(options.heartbeatThread, leaseMs),
    presenceMs: whole('presenceMs', options.presenceMs ?? 3_000, [0, 10_000]),
    version: options.version ?? null,
  };
}

/** @throws {OptionsError} */
export function wholeDrain(value: number): number {
  return whole('drainMs', value, [0, 86_400_000]);
}

/** @throws {OptionsError} */
export function wholeConcurrency(value: number): number {
  return whole('concurrency', value, [1, 10_000]);
}

function threadOf(
  options: HeartbeatThreadOptions | undefined,
  leaseMs: number,
): Settings['heartbeatThread'] {
  if (options === undefined) return null;
  const { redis, namespace = 'relay', maxBlockedMs = 2 * leaseMs } = options;
  const most = whole('maxBlockedMs', maxBlockedMs, [1_000, 86_400_000]);
  return { redis, namespace, maxBlockedMs: most };
}

function queuesOf(queues: WorkerOptions['queues']): Settings['queues'] {
  if (queues.length === 0) throw new OptionsError('queues is empty: name at least one');
  const seen = new Set<string>();
  return queues.map((one) => {
    const option = typeof one === 'string' ? { name: one } : one;
    const name = named('a queue', option.name);
    if (seen.has(name)) throw new OptionsError(`queue ${name} is named twice`);
    seen.add(name);
    const limit =
      option.concurrency === undefined
        ? Number.POSITIVE_INFINITY
        : whole(`concurrency of queue ${name}`, option.concurrency, [1, 10_000]);
    return {
      name,
      limit,
      weight: whole(`weight of queue ${name}`, option.weight ?? 1, [1, 1_000]),
    };
  });
}

function whole(what: string, value: number, [low, high]: readonly [number, number]): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new OptionsError(`${what} must be a whole number from ${low} to ${high}, not ${value}`);
}

function named(what: string, name: string): string {
  if (NAME.test(name)) return name;
  throw new OptionsError(
    `${what} must be 1 to 128 letters, digits, dots, dashes or underscores, not ${JSON.stringify(name)}`,
  );
}

function defaultWorkerId(): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 100);
  const chance = randomBytes(4).toString('hex');
  return /^[A-Za-z0-9]/.test(host) ? `${host}.${process.pid}.${chance}` : `worker.${chance}`;
}

const ignore = () => undefined;
const SILENT: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => SILENT,
};
