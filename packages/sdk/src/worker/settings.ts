import { randomKey } from '../enqueue.ts';
import { LIMITS } from '../generated/limits.ts';
import { known, named, whole } from '../options.ts';
import type { Logger } from './types.ts';

/** Options of a worker besides its queues and handlers. */
export interface WorkerSettings {
  /** How many jobs may run at once: 1 … 1,000. Defaults to 10. */
  readonly concurrency?: number;
  /** How long the worker keeps a job without a heartbeat: 1,000 … 3,600,000. Defaults to 30,000. */
  readonly leaseMs?: number;
  /** Interval between heartbeats: 100 … leaseMs / 2. Defaults to leaseMs / 3. */
  readonly heartbeatMs?: number;
  /** How long a claim waits for work: 0 … 30,000. Defaults to 20,000. */
  readonly waitMs?: number;
  /** How long {@link RelayWorker.stop} waits for running jobs: 0 … 86,400,000. Defaults to 30,000. */
  readonly drainMs?: number;
  /**
   * How long an aborted handler may keep running before its slot is reused: 0 … 86,400,000.
   * Defaults to 5,000.
   */
  readonly abortGraceMs?: number;
  /**
   * How long a job of an unknown type waits before another worker may try: 0 … 86,400,000. Defaults
   * to 5,000.
   */
  readonly unhandledDelayMs?: number;
  /** Shown to operators. Defaults to a random one. */
  readonly workerId?: string;
  /** Logger for the worker's own messages. Defaults to none. */
  readonly logger?: Logger;
}

export type Settings = Required<WorkerSettings>;

const OPTIONS = [
  'queues',
  'handlers',
  'concurrency',
  'leaseMs',
  'heartbeatMs',
  'waitMs',
  'drainMs',
  'abortGraceMs',
  'unhandledDelayMs',
  'workerId',
  'logger',
];

export const DAY_MS = 86_400_000;

/** @throws {OptionsError} naming the option that is wrong. */
export function settingsOf(options: WorkerSettings): Settings {
  known('worker', options, OPTIONS);
  const leaseMs = whole('leaseMs', options.leaseMs ?? 30_000, 1_000, 3_600_000);
  const beat = options.heartbeatMs ?? Math.floor(leaseMs / 3);
  const ms = (name: 'drainMs' | 'abortGraceMs' | 'unhandledDelayMs', value: number): number =>
    whole(name, options[name] ?? value, 0, DAY_MS);
  return {
    concurrency: whole('concurrency', options.concurrency ?? 10, 1, 1_000),
    leaseMs,
    heartbeatMs: whole('heartbeatMs', beat, 100, Math.floor(leaseMs / 2)),
    waitMs: whole('waitMs', options.waitMs ?? 20_000, 0, LIMITS.longestPollMs),
    drainMs: ms('drainMs', 30_000),
    abortGraceMs: ms('abortGraceMs', 5_000),
    unhandledDelayMs: ms('unhandledDelayMs', 5_000),
    workerId: named('workerId', options.workerId ?? `http.${randomKey().slice(0, 12)}`),
    logger: options.logger ?? SILENT,
  };
}

const ignore = (): void => undefined;
const SILENT: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => SILENT,
};
