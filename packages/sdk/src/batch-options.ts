import { known, whole } from './options.ts';

/** Lets concurrent `enqueue` calls share requests, which adds a little latency. */
export interface BatchOptions {
  /** Send as soon as there are this many: 1 … 1,000. Defaults to 100. */
  readonly maxJobs?: number;
  /** Send after this long at the latest: 0 … 1,000. Defaults to 5. */
  readonly maxWaitMs?: number;
}

export function batchSettings(options: BatchOptions): Required<BatchOptions> {
  known('batch', options, ['maxJobs', 'maxWaitMs']);
  const { maxJobs = 100, maxWaitMs = 5 } = options;
  return {
    maxJobs: whole('batch.maxJobs', maxJobs, 1, 1_000),
    maxWaitMs: whole('batch.maxWaitMs', maxWaitMs, 0, 1_000),
  };
}
