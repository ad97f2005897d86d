import type { Metrics } from './metrics.ts';

/** From 100 µs to 2.5 s: a script takes less than 1 ms, and a call that waits for Redis its deadline. */
const SCRIPT_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];

/**
 * Counts the calls to Redis; hand it to the broker as its `observer`.
 *
 * @param failures All that `failed` may be called with: each begins at 0.
 */
export function createStoreObserver<F extends string>(metrics: Metrics, failures: readonly F[]) {
  const duration = metrics.histogram({
    name: 'relay_redis_script_duration_seconds',
    help: 'From sending a script call to its answer, waiting in line included.',
    labels: ['script'],
    buckets: SCRIPT_BUCKETS,
  });
  const errors = metrics.counter({
    name: 'relay_redis_errors_total',
    help: 'Tries of calls to Redis that failed; most are tried again.',
    labels: ['kind'],
  });
  const reconnects = metrics.counter({
    name: 'relay_redis_reconnects_total',
    help: 'How often a lost connection to Redis came back.',
  });
  for (const kind of failures) errors.inc({ kind }, 0);
  return {
    script: (script: string, ms: number) => duration.observe({ script }, ms / 1_000),
    failed: (kind: F) => errors.inc({ kind }),
    reconnected: () => reconnects.inc(),
  };
}
