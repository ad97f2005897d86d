import type { DeadReason } from '@relay/broker';
import type { AttemptOutcome, LeaseLossCause, Worker } from '@relay/consumer';
import { DURATION_BUCKETS, type Metrics } from '@relay/service-kit';

/** Jobs may wait for hours. */
const WAIT_BUCKETS = [...DURATION_BUCKETS, 60, 300, 1_800, 7_200];

const OUTCOMES: readonly AttemptOutcome[] = [
  'completed',
  'failed',
  'timeout',
  'cancelled',
  'released',
  'unhandled',
  'lease_lost',
];

/** Which refused call a lost lease stands for; null: none was refused. */
function staleOp(cause: LeaseLossCause): 'settle' | 'extend' | null {
  switch (cause) {
    case 'stale-settle':
      return 'settle';
    case 'refused':
      return 'extend';
    case 'unconfirmed':
    case 'unsettled':
    case 'crashed':
      return null;
  }
}

/** Why a job can die by the settlement of a worker; the reaper counts the others. */
const DEAD_REASONS: readonly DeadReason[] = ['attempts-exhausted', 'non-retryable', 'unhandled'];

/** Counts what the worker tells. Every series of its queues exists from the start, at 0. */
export function measureWorker(metrics: Metrics, worker: Worker, queues: readonly string[]): void {
  const claimed = metrics.counter({
    name: 'relay_jobs_claimed_total',
    help: 'Deliveries that this process was given.',
    labels: ['queue'],
  });
  const attempts = metrics.counter({
    name: 'relay_job_attempts_total',
    help: 'Deliveries that ended, by how.',
    labels: ['queue', 'outcome'],
  });
  const stale = metrics.counter({
    name: 'relay_stale_settles_total',
    help: 'Calls that were refused because the lease had gone.',
    labels: ['queue', 'op'],
  });
  const runSeconds = metrics.histogram({
    name: 'relay_job_run_seconds',
    help: 'From the call of the handler to its end.',
    labels: ['queue', 'outcome'],
  });
  const waitSeconds = metrics.histogram({
    name: 'relay_job_wait_seconds',
    help: 'From ready to claimed, by Redis’s clock.',
    labels: ['queue'],
    buckets: WAIT_BUCKETS,
  });
  const dead = metrics.counter({
    name: 'relay_jobs_dead_total',
    help: 'Jobs that went to the dead letters when this process settled them.',
    labels: ['queue', 'reason'],
  });
  const { queues: labels } = metrics;
  for (const name of queues) {
    const queue = labels.of(name);
    for (const reason of DEAD_REASONS) dead.inc({ queue, reason }, 0);
    claimed.inc({ queue }, 0);
    for (const outcome of OUTCOMES) attempts.inc({ queue, outcome }, 0);
    for (const op of ['settle', 'extend']) stale.inc({ queue, op }, 0);
  }
  worker.on('claimed', ({ queue: name, count, waitMs }) => {
    const queue = labels.of(name);
    claimed.inc({ queue }, count);
    for (const ms of waitMs) waitSeconds.observe({ queue }, ms / 1_000);
  });
  worker.on('settled', ({ job, outcome, runMs, reason }) => {
    const queue = labels.of(job.queue);
    if (reason !== null) dead.inc({ queue, reason });
    attempts.inc({ queue, outcome });
    runSeconds.observe({ queue, outcome }, runMs / 1_000);
  });
  worker.on('lost', ({ job, cause, runMs }) => {
    const queue = labels.of(job.queue);
    const op = staleOp(cause);
    if (op !== null) stale.inc({ queue, op });
    attempts.inc({ queue, outcome: 'lease_lost' });
    runSeconds.observe({ queue, outcome: 'lease_lost' }, runMs / 1_000);
  });
  gaugeSlots(metrics, worker);
  countBlocks(metrics, worker);
}

function countBlocks(metrics: Metrics, worker: Worker): void {
  const blocks = metrics.counter({
    name: 'relay_worker_blocked_total',
    help: 'How often a handler held up the event loop for longer than half a heartbeat.',
  });
  const seconds = metrics.counter({
    name: 'relay_worker_blocked_seconds_total',
    help: 'How long, together.',
  });
  const extensions = metrics.counter({
    name: 'relay_worker_blocked_extensions_total',
    help: 'Leases that the heartbeat thread extended meanwhile.',
  });
  worker.on('blocked', ({ blockedMs, extended }) => {
    blocks.inc();
    seconds.inc(blockedMs / 1_000);
    extensions.inc(extended);
  });
}

function gaugeSlots(metrics: Metrics, worker: Worker): void {
  metrics.gauge({
    name: 'relay_worker_slots',
    help: 'How many jobs may run at once.',
    collect: (gauge) => gauge.set(worker.concurrency),
  });
  metrics.gauge({
    name: 'relay_worker_slots_busy',
    help: 'Slots with a running job, or kept free for a claim under way.',
    collect: (gauge) => gauge.set(worker.busy),
  });
  metrics.gauge({
    name: 'relay_worker_draining',
    help: '1 while the worker claims no more because it stops.',
    collect: (gauge) => gauge.set(worker.phase === 'draining' ? 1 : 0),
  });
}
