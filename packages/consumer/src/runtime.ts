import type { Deadlines } from './deadlines.ts';
import type { Emitter } from './emitter.ts';
import type { Settings } from './options.ts';
import type { BrokerOp, WorkerEvents } from './types.ts';

/** What the parts of one worker share. */
export interface Runtime {
  readonly settings: Settings;
  readonly events: Emitter<WorkerEvents>;
  readonly deadlines: Deadlines;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Aborted when the worker gives up on calls that are still under way. */
  readonly abort: AbortSignal;
}

/** Tells that the store is in trouble; it is never a job's failure. */
export function reportStoreError(
  { events, settings, abort }: Runtime,
  trouble: { queue: string | null; op: BrokerOp; error: unknown },
): void {
  if (abort.aborted) return;
  const { queue, op, error } = trouble;
  settings.logger.warn({ queue, op, err: error }, `${op} failed; trying again`);
  events.emit('error', trouble);
}

/** The stable code of a broker's error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
