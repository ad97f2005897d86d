import type { JobAction, JobFilter, StoredOperation } from '@relay/broker';
import { deadReason, jobAction, jobState, name, type Operation } from '@relay/contract';
import { z } from 'zod';
import { time, timeOrNull } from '../views.ts';

/** Everything that an operation is to do, and how far it is: what the store keeps of it. */
const plan = z.object({
  queue: name,
  action: jobAction,
  /** One after the other. */
  states: z.array(jobState).min(1),
  filter: z.object({
    type: z.exactOptional(z.string()),
    reason: z.exactOptional(deadReason),
    before: z.exactOptional(z.number()),
  }),
  /** Only dead letters of this group. */
  group: z.exactOptional(z.string()),
  /** Only these jobs. */
  ids: z.exactOptional(z.array(z.string())),
  /** Of a cancel. */
  reason: z.exactOptional(z.string()),
  /** At most so many jobs a second. */
  ratePerSec: z.exactOptional(z.number()),
  /** First all are counted, then acted upon. */
  phase: z.enum(['count', 'act']),
  /** Of `states`, or of `ids`: where it is. */
  at: z.int().min(0),
  cursor: z.string().nullable(),
  done: z.int().min(0),
  total: z.int().min(0),
  problem: z.string().nullable(),
});
export type Plan = z.infer<typeof plan>;

/** What is asked for. */
export interface Wanted {
  readonly queue: string;
  readonly action: JobAction;
  readonly states: Plan['states'];
  readonly filter?: JobFilter;
  readonly group?: string;
  readonly ids?: readonly string[];
  readonly reason?: string;
  readonly ratePerSec?: number;
}

/** Not yet begun. */
export function newPlan({ filter = {}, ids, states, ...rest }: Wanted): Plan {
  return {
    ...rest,
    states: [...states],
    filter: { ...filter },
    ...(ids === undefined ? {} : { ids: [...ids] }),
    phase: ids === undefined ? 'count' : 'act',
    at: 0,
    cursor: null,
    done: 0,
    total: ids?.length ?? 0,
    problem: null,
  };
}

export function toOperation(stored: StoredOperation): Operation {
  const { action, queue, done, total, phase, problem } = planOf(stored);
  return {
    id: stored.id,
    kind: action,
    queue,
    state: stored.state,
    done,
    total: phase === 'count' ? null : total,
    createdAt: time(stored.createdAt),
    finishedAt: timeOrNull(stored.endedAt),
    problem,
  };
}

export function planOf(stored: StoredOperation): Plan {
  return plan.parse(JSON.parse(stored.text));
}
