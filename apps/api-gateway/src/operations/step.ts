import type { JobState, JobSummary } from '@relay/broker';
import { groupOf } from '../dead-letters/groups.ts';
import type { JobStore } from '../store.ts';
import type { Plan } from './plan.ts';

/** What one step needs of the store. */
export type StepStore = Pick<JobStore, 'act' | 'actMatching' | 'list'>;

/** Jobs of one step that names them: each costs about ten Redis commands. */
const BATCH = 100;
const PAGE = 200;

/**
 * One bounded step of a plan: counts some jobs, or acts upon some. Null when the plan is done. A step
 * that is made twice does no harm: what was acted upon has left its state.
 */
export async function step(store: StepStore, plan: Plan): Promise<Plan | null> {
  if (plan.ids !== undefined) return await stepNamed(store, plan, plan.ids);
  const state = plan.states[plan.at];
  if (state === undefined) {
    return plan.phase === 'count' ? { ...plan, phase: 'act', at: 0, cursor: null } : null;
  }
  const slow = plan.ratePerSec !== undefined && plan.phase === 'act';
  return plan.group !== undefined || slow
    ? await stepListed(store, plan, state)
    : await stepMatching(store, plan, state);
}

/** Acts upon jobs that were named one by one. */
async function stepNamed(
  store: StepStore,
  plan: Plan,
  ids: readonly string[],
): Promise<Plan | null> {
  const some = ids.slice(plan.at, plan.at + most(plan, BATCH));
  if (some.length === 0) return null;
  const [state, ...others] = plan.states;
  const done = await act(store, plan, some, others.length === 0 ? state : undefined);
  return { ...plan, at: plan.at + some.length, done: plan.done + done };
}

/** Lets the store find the jobs. */
async function stepMatching(
  store: StepStore,
  plan: Plan,
  state: Plan['states'][number],
): Promise<Plan> {
  const counting = plan.phase === 'count';
  const { matched, acted, nextCursor } = await store.actMatching(
    plan.queue,
    counting ? 'count' : plan.action,
    {
      state,
      filter: plan.filter,
      ...(plan.cursor === null ? {} : { cursor: plan.cursor }),
      ...(plan.reason === undefined ? {} : { reason: plan.reason }),
    },
  );
  return {
    ...next(plan, nextCursor),
    total: plan.total + (counting ? matched : 0),
    done: plan.done + acted,
  };
}

/** Reads a page, chooses in it, and acts upon those by name: for what the store cannot choose by. */
async function stepListed(
  store: StepStore,
  plan: Plan,
  state: Plan['states'][number],
): Promise<Plan> {
  const { type, reason } = plan.filter;
  const page = await store.list(plan.queue, state, {
    limit: most(plan, plan.phase === 'count' ? PAGE : BATCH),
    ...(type === undefined ? {} : { type }),
    ...(reason === undefined ? {} : { reason }),
    ...(plan.cursor === null ? {} : { cursor: plan.cursor }),
  });
  const chosen = page.items.filter((job) => isWanted(plan, job)).map(({ id }) => id);
  const counting = plan.phase === 'count';
  return {
    ...next(plan, page.nextCursor),
    total: plan.total + (counting ? chosen.length : 0),
    done: plan.done + (counting ? 0 : await act(store, plan, chosen, state)),
  };
}

function isWanted({ group, filter }: Plan, job: JobSummary): boolean {
  const at = job.state === 'scheduled' ? job.runAt : (job.finishedAt ?? job.createdAt);
  return (
    (group === undefined || groupOf(job).group === group) &&
    (filter.before === undefined || at < filter.before)
  );
}

/** @param state In which they must be still: a dead letter that was requeued meanwhile is not purged. */
async function act(
  store: StepStore,
  plan: Plan,
  ids: readonly string[],
  state: JobState | undefined,
): Promise<number> {
  if (ids.length === 0) return 0;
  const options = {
    ...(plan.reason === undefined ? {} : { reason: plan.reason }),
    ...(state === undefined ? {} : { state }),
  };
  const results = await store.act(plan.queue, plan.action, ids, options);
  return results.filter(({ status }) => status === 'done' || status === 'requested').length;
}

/** With a rate: about a tenth of a second's worth. */
function most({ ratePerSec, phase }: Plan, batch: number): number {
  if (ratePerSec === undefined || phase === 'count') return batch;
  return Math.min(batch, Math.max(1, Math.floor(ratePerSec / 10)));
}

function next(plan: Plan, cursor: string | null): Plan {
  return cursor === null ? { ...plan, at: plan.at + 1, cursor: null } : { ...plan, cursor };
}
