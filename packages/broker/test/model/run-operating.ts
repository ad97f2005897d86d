import { queueKeys } from '../../src/keys.ts';
import { picker } from './picks.ts';
import * as operating from './reference-operating.ts';
import { expectReply, failure, given, line, type Outcome, type Run, type StepOf } from './run.ts';

/** The states in which a verb does something. */
const SUITABLE = {
  cancel: ['ready', 'scheduled', 'active'],
  retry: ['dead'],
  requeue: ['dead'],
  delete: ['ready', 'scheduled', 'dead', 'completed', 'cancelled'],
  promote: ['scheduled'],
  promoteNow: ['scheduled'],
  change: ['ready', 'scheduled'],
} as const;

/** The action that a verb for one job is. */
const ACTION_OF = {
  cancel: 'cancel',
  requeue: 'retry',
  delete: 'delete',
  promoteNow: 'promote',
} as const;

export async function actOnOne(
  run: Run,
  step: StepOf<'cancel' | 'requeue' | 'delete' | 'promoteNow'>,
): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const id = picker(run).job(step.job, SUITABLE[step.kind]);
  if (id === null) return null;
  const options = given({
    reason: step.kind === 'cancel' ? step.reason : undefined,
    payload: step.kind === 'requeue' ? step.payload : undefined,
  });
  const reply = await broker[step.kind](queue, id, options).catch(failure);
  const [expected] = operating.act(model, ACTION_OF[step.kind], [id], options);
  if (expected?.status === 'not-found') expectReply(reply, 'not-found');
  else if (expected?.status === 'invalid-state') expectReply(reply, { invalid: expected.state });
  else expectReply(reply, step.kind === 'cancel' ? expected?.state : undefined);
  return { did: line(step.kind, id, options, '→', reply ?? 'done') };
}

export async function change(run: Run, step: StepOf<'change'>): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const id = picker(run).job(step.job, SUITABLE.change);
  if (id === null) return null;
  const { priority, runAtInMs } = step;
  const runAt = runAtInMs === undefined ? undefined : model.now + runAtInMs;
  const wish = given({ priority, runAt });
  const reply = await broker.change(queue, id, wish).catch(failure);
  expectReply(reply, operating.change(model, id, wish));
  return { did: line('change', id, wish, '→', reply) };
}

export async function act(run: Run, { action, jobs }: StepOf<'act'>): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const ids = jobs.flatMap((job) => picker(run).job(job, SUITABLE[action]) ?? []);
  if (ids.length === 0) return null;
  const reply = await broker.act(queue, action, ids);
  expectReply(reply, operating.act(model, action, ids));
  return { did: line('act:', action, ids, '→', reply) };
}

export async function actMatching(run: Run, step: StepOf<'actMatching'>): Promise<Outcome> {
  const { broker, queue, model } = run;
  const { action, state } = step.target;
  const { type, reason, beforeInMs } = step.filter;
  const before = beforeInMs === undefined ? undefined : model.now + beforeInMs;
  const filter = given({ type, reason, before });
  const target = { state, filter, ...given({ reason: step.reason }) };
  const reply = await broker.actMatching(queue, action, target);
  expectReply(reply, operating.actMatching(model, action, target));
  return { did: line('act on all that match:', action, target, '→', reply) };
}

/** Else a hundred deliveries would be needed. */
export async function unhandledBefore(run: Run, id: string | null): Promise<Outcome | null> {
  const job = id === null ? undefined : run.model.jobs.get(id);
  if (job === undefined) return null;
  const key = queueKeys.state('relay', run.queue);
  const state = (await run.redis.hget(key, job.id)) ?? '0 0 0 0';
  await run.redis.hset(key, job.id, state.replace(/^(\d+ \d+) \d+/, '$1 99'));
  job.unhandled = 99;
  return { did: `${job.id} is as if it had been unhandled 99 times` };
}
