import type { ActionResult, ActionStep, JobAction, JobFilter, JobState } from '../../src/index.ts';
import type { ReferenceQueue } from './reference.ts';
import type { ModelJob } from './reference-job.ts';

export interface ActDetails {
  readonly reason?: string | undefined;
  readonly payload?: string | undefined;
}

/** One action on named jobs, one after the other. */
export function act(
  queue: ReferenceQueue,
  action: JobAction,
  ids: readonly string[],
  details: ActDetails = {},
): ActionResult[] {
  return ids.map((id) => {
    const job = queue.jobs.get(id);
    const result: ActionResult =
      job === undefined ? { status: 'not-found' } : ACTIONS[action](queue, job, details);
    const { status } = result;
    queue.note(`${action}: ${status === 'requested' ? 'its worker will be told' : status}`);
    return result;
  });
}

const invalid = (state: JobState): ActionResult => ({ status: 'invalid-state', state });

type Action = (queue: ReferenceQueue, job: ModelJob, details: ActDetails) => ActionResult;

const ACTIONS: Readonly<Record<JobAction, Action>> = { cancel, retry, delete: remove, promote };

/** A waiting job at once; of a running one its worker is told, and however it ends it is cancelled. */
function cancel(queue: ReferenceQueue, job: ModelJob, { reason }: ActDetails): ActionResult {
  if (job.lease !== null) {
    job.lease.cancelRequested = true;
    if (reason !== undefined) job.error = { name: 'Cancelled', message: reason };
    return { status: 'requested', state: 'active' };
  }
  if (job.state !== 'ready' && job.state !== 'scheduled') return invalid(job.state);
  if (reason !== undefined) job.error = { name: 'Cancelled', message: reason };
  queue.toCancelled(job);
  return { status: 'done', state: 'cancelled' };
}

/** Dead to ready: the counters begin anew, the history stays, and it expires no more. */
function retry(queue: ReferenceQueue, job: ModelJob, { payload }: ActDetails): ActionResult {
  if (job.state !== 'dead') return invalid(job.state);
  job.attempts = 0;
  job.crashes = 0;
  job.unhandled = 0;
  job.reason = null;
  job.readyAt = queue.now;
  if (payload !== undefined) job.payload = payload;
  queue.count('requeued');
  queue.toReady(job, 'last');
  return { status: 'done', state: 'ready' };
}

function remove(queue: ReferenceQueue, job: ModelJob): ActionResult {
  if (job.state === 'active') return invalid('active');
  const total = { ready: 'deleted', scheduled: 'deleted', dead: 'deadRemoved' } as const;
  queue.count(
    job.state === 'completed' || job.state === 'cancelled' ? 'retired' : total[job.state],
  );
  queue.remove(job);
  return { status: 'done', state: 'deleted' };
}

/** It is due now: it waits, and has until it expires, from now on. */
function promote(queue: ReferenceQueue, job: ModelJob): ActionResult {
  if (job.state !== 'scheduled') return invalid(job.state);
  if (job.readyAt !== null) job.readyAt = Math.min(job.readyAt, queue.now);
  if (job.dueAt > queue.now) setDue(job, queue.now);
  queue.count('promoted');
  queue.toReady(job, 'last');
  return { status: 'done', state: 'ready' };
}

function setDue(job: ModelJob, dueAt: number): void {
  job.dueAt = dueAt;
  if (job.expiresAt !== null && job.expiresInMs !== null) job.expiresAt = dueAt + job.expiresInMs;
}

function matching(queue: ReferenceQueue, state: JobState, filter: JobFilter): readonly ModelJob[] {
  const { type, reason, before } = filter;
  return queue.in(state).filter((job) => {
    if (type !== undefined && job.type !== type) return false;
    if (reason !== undefined && job.reason !== reason) return false;
    if (before === undefined) return true;
    if (state === 'scheduled') return job.scheduledFor < before;
    return (state === 'ready' || state === 'active' ? job.createdAt : job.endedAt) < before;
  });
}

export function actMatching(
  queue: ReferenceQueue,
  action: JobAction | 'count',
  target: {
    readonly state: JobState;
    readonly filter: JobFilter;
    readonly reason?: string | undefined;
  },
): ActionStep {
  const jobs = matching(queue, target.state, target.filter);
  const results =
    action === 'count'
      ? []
      : jobs.map((job) => ACTIONS[action](queue, job, { reason: target.reason }));
  const acted = results.filter((result) => result.status !== 'invalid-state').length;
  if (jobs.length > 0) {
    const what = action === 'count' ? 'counted' : acted > 0 ? 'acted' : 'forbidden';
    queue.note(`matching: ${action}: ${what}`);
  }
  return { matched: jobs.length, acted, nextCursor: null };
}

export type ExpectedChange = 'ready' | 'scheduled' | 'not-found' | { readonly invalid: JobState };

/** Another priority or due time for a job that waits: it goes behind all others of its new priority. */
export function change(
  queue: ReferenceQueue,
  id: string,
  {
    priority,
    runAt,
  }: { readonly priority?: number | undefined; readonly runAt?: number | undefined },
): ExpectedChange {
  const answer = changeOne(queue, id, { priority, runAt });
  queue.note(`change: ${typeof answer === 'string' ? answer : 'invalid-state'}`);
  return answer;
}

function changeOne(
  queue: ReferenceQueue,
  id: string,
  {
    priority,
    runAt,
  }: { readonly priority: number | undefined; readonly runAt: number | undefined },
): ExpectedChange {
  const job = queue.jobs.get(id);
  if (job === undefined) return 'not-found';
  if (job.state !== 'ready' && job.state !== 'scheduled') return { invalid: job.state };
  const at = runAt ?? (job.state === 'scheduled' ? job.scheduledFor : queue.now);
  if (priority !== undefined) job.priority = priority;
  if (runAt !== undefined) {
    setDue(job, Math.max(at, queue.now));
    if (job.readyAt !== null) job.readyAt = job.dueAt;
  }
  if (at > queue.now) queue.toScheduled(job, at);
  else queue.toReady(job, 'last');
  return job.state;
}
