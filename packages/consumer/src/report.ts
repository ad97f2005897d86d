import type { DeadReason, JobState, Lease, Settlement } from '@relay/broker';
import type { Emitter } from './emitter.ts';
import type { RunningJob } from './running-job.ts';
import type { SettledEvent, WorkerEvents } from './types.ts';

/** Tells how many jobs came with a claim, and how long each had been ready. */
export function tellClaimed(
  events: Emitter<WorkerEvents>,
  queue: string,
  leases: readonly Lease[],
): void {
  if (!events.has('claimed')) return;
  events.emit('claimed', { queue, count: leases.length, waitMs: leases.map(waitOf) });
}

function waitOf({ expiresAt, leaseMs, readyAt }: Lease): number {
  // Clocks jump, Redis's too.
  return Math.max(0, expiresAt - leaseMs - readyAt);
}

/** Tells what became of a delivery, by the broker's answer. */
export function tellSettled(
  events: Emitter<WorkerEvents>,
  job: RunningJob & { readonly settlement: Settlement },
  state: JobState | 'gone',
): void {
  const outcome = outcomeOf(job.settlement, state);
  const special = specialEvent(outcome);
  const wanted = special !== null && events.has(special);
  if (!wanted && !events.has('settled')) return;
  const event: SettledEvent = {
    job: job.job,
    outcome,
    state,
    reason: state === 'dead' ? reasonOf(job.settlement) : null,
    runMs: job.runMs,
    error: job.error,
  };
  events.emit('settled', event);
  if (wanted) events.emit(special, event);
}

function outcomeOf(settlement: Settlement, state: JobState | 'gone'): SettledEvent['outcome'] {
  // A cancel that came first decides, whatever the handler said.
  if (state === 'cancelled') return 'cancelled';
  switch (settlement.outcome) {
    case 'complete':
      return 'completed';
    case 'fail':
      return 'failed';
    case 'timeout':
      return 'timeout';
    case 'release':
      return 'released';
    case 'unhandled':
      return 'unhandled';
  }
}

function reasonOf(settlement: Settlement): DeadReason {
  if (settlement.outcome === 'unhandled') return 'unhandled';
  const never = settlement.outcome === 'fail' && settlement.retry === 'never';
  return never ? 'non-retryable' : 'attempts-exhausted';
}

function specialEvent(outcome: SettledEvent['outcome']): 'completed' | 'failed' | null {
  switch (outcome) {
    case 'completed':
      return 'completed';
    case 'failed':
    case 'timeout':
      return 'failed';
    case 'cancelled':
    case 'released':
    case 'unhandled':
      return null;
  }
}
