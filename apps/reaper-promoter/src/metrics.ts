import type { Metrics } from '@relay/service-kit';
import type { LoopObserver } from './loop.ts';

/** What the loops count. */
export interface LoopMetrics extends LoopObserver {
  /** How many queues, or schedules, the loop looks after. */
  owned(loop: string, count: number): void;
  /** What became of a tick of a schedule. */
  ticked(outcome: TickOutcome): void;
  /** @param dead how many of them died. */
  reaped(queue: string, count: number, dead: number): void;
  promoted(queue: string, count: number): void;
  expired(queue: string, count: number): void;
  retired(queue: string, count: number): void;
}

type TickOutcome = (typeof TICK_OUTCOMES)[number];

const TICK_OUTCOMES = ['enqueued', 'skipped', 'missed', 'refused'] as const;
const LOOP_RESULTS = ['ok', 'error', 'crash'] as const;

export function createLoopMetrics(metrics: Metrics, loops: readonly string[]): LoopMetrics {
  const runs = metrics.counter({
    name: 'relay_loop_runs_total',
    help: 'Rounds of a background loop, by how they ended.',
    labels: ['loop', 'result'],
  });
  const duration = metrics.histogram({
    name: 'relay_loop_duration_seconds',
    help: 'How long a round took.',
    labels: ['loop'],
  });
  const lastSuccess = metrics.gauge({
    name: 'relay_loop_last_success_timestamp_seconds',
    help: 'When a round last ended well, in seconds since the epoch.',
    labels: ['loop'],
  });
  const lateness = metrics.histogram({
    name: 'relay_loop_lateness_seconds',
    help: 'How long after its due time a queue was visited.',
    labels: ['loop'],
  });
  const owned = metrics.gauge({
    name: 'relay_loop_queues_owned',
    help: 'Queues, or schedules, that the loop of this replica looks after.',
    labels: ['loop'],
  });
  const ticks = metrics.counter({
    name: 'relay_schedule_ticks_total',
    help: 'Ticks of schedules, by what became of them.',
    labels: ['outcome'],
  });
  for (const outcome of TICK_OUTCOMES) ticks.inc({ outcome }, 0);
  const byQueue = (name: `relay_${string}`, help: string) =>
    metrics.counter({ name, help, labels: ['queue'] });
  const reaped = byQueue('relay_jobs_reaped_total', 'Expired leases that were acted upon.');
  const promoted = byQueue('relay_jobs_promoted_total', 'Scheduled jobs that were made ready.');
  const expired = byQueue('relay_jobs_expired_total', 'Jobs that were not started in time.');
  const retired = byQueue('relay_jobs_retired_total', 'Ended jobs that retention has removed.');
  const dead = metrics.counter({
    name: 'relay_jobs_dead_total',
    help: 'Jobs that a loop sent to the dead letters: `reaped` after an expired lease, `expired` unstarted.',
    labels: ['queue', 'reason'],
  });
  const seeded = new Set<string>();
  /** The label of a queue. With its first use every counter of the queue is there, whichever loop came first. */
  const labelOf = (name: string): string => {
    const queue = metrics.queues.of(name);
    if (seeded.has(queue)) return queue;
    seeded.add(queue);
    for (const counter of [reaped, promoted, expired, retired]) counter.inc({ queue }, 0);
    for (const reason of ['reaped', 'expired']) dead.inc({ queue, reason }, 0);
    return queue;
  };
  for (const loop of loops) for (const result of LOOP_RESULTS) runs.inc({ loop, result }, 0);
  return {
    round(loop, { ok, ms }) {
      runs.inc({ loop, result: ok ? 'ok' : 'error' });
      duration.observe({ loop }, ms / 1_000);
      if (ok) lastSuccess.set({ loop }, Date.now() / 1_000);
    },
    crashed: (loop) => runs.inc({ loop, result: 'crash' }),
    owned: (loop, count) => owned.set({ loop }, count),
    ticked: (outcome) => ticks.inc({ outcome }),
    reaped(name, count, died) {
      const queue = labelOf(name);
      reaped.inc({ queue }, count);
      dead.inc({ queue, reason: 'reaped' }, died);
    },
    promoted: (queue, count) => promoted.inc({ queue: labelOf(queue) }, count),
    expired(name, count) {
      const queue = labelOf(name);
      expired.inc({ queue }, count);
      dead.inc({ queue, reason: 'expired' }, count);
    },
    retired: (queue, count) => retired.inc({ queue: labelOf(queue) }, count),
    late: (loop, ms) => lateness.observe({ loop }, Math.max(0, ms) / 1_000),
  };
}
