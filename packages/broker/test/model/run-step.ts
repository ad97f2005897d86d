import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { type Broker, BrokerError, InvalidStateError, type Lease } from '../../src/index.ts';
import { queueKeys } from '../../src/keys.ts';
import { picker } from './picks.ts';
import type { QueueReader } from './redis-view.ts';
import type { ReferenceQueue } from './reference.ts';
import * as operating from './reference-operating.ts';
import * as producing from './reference-producing.ts';
import * as tending from './reference-tending.ts';
import * as working from './reference-working.ts';
import { repeatEarlier, repeatLast } from './repeat.ts';
import type { Step } from './steps.ts';
import type { Tap } from './tap.ts';

/** What a history runs on: the real queue, the reference of it, and what its worker remembers. */
export interface Run {
  readonly queue: string;
  readonly broker: Broker;
  readonly model: ReferenceQueue;
  readonly tap: Tap;
  readonly reader: QueueReader;
  /** Past the broker. */
  readonly redis: Redis;
  readonly setNow: (ms: number) => Promise<void>;
  /** Every lease that was ever given, oldest first. */
  readonly given: { readonly id: string; readonly token: string }[];
}

/** What a step did: for the report, and for the check after the random times are known. */
export interface Outcome {
  readonly did: string;
  /** Of the background loops: the time that they were told to come back at. */
  readonly nextDueAt?: number | null;
}

/** A reply is not what the reference expects. */
export class UnexpectedReply extends Error {}

export function expectReply(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new UnexpectedReply(
      `the reply should be\n    ${JSON.stringify(expected)}\n  but is\n    ${JSON.stringify(actual)}`,
    );
  }
}

const text = (...parts: unknown[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ');

/** Carries a step out on both sides and compares the replies. Null: there was nothing that it could be about. */
export async function runStep(run: Run, step: Step): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const pick = picker(run);
  switch (step.kind) {
    case 'enqueue':
      return enqueue(run, step);
    case 'claim':
      return settleAndClaim(run, { items: [], claim: step.claim });
    case 'settle':
      return settleAndClaim(run, { items: step.items, claim: null });
    case 'settleAndClaim':
      return settleAndClaim(run, step);
    case 'extend': {
      const items = step.items.flatMap(({ token, leaseMs, progress }) => {
        const lease = pick.token(token);
        if (lease === null) return [];
        return [{ ...lease, leaseMs, ...(progress === undefined ? {} : { progress }) }];
      });
      if (items.length === 0) return null;
      const reply = await broker.extend(queue, items);
      expectReply(reply, working.extend(model, items));
      return { did: text('extend', items, '→', reply) };
    }
    case 'reap':
    case 'promote':
    case 'expire': {
      const { nextDueAt, ...reply } = await broker[step.kind](queue, { max: step.max });
      expectReply(reply, tending[step.kind](model, step.max));
      return { did: text(step.kind, 'max', step.max, '→', reply), nextDueAt };
    }
    case 'retire': {
      const reply = await broker.retire(queue, { max: step.max });
      expectReply(reply, tending.retire(model, step.max));
      return { did: text('retire max', step.max, '→', reply) };
    }
    case 'advance':
      return advance(run, model.now + step.ms);
    case 'advanceToDue':
      return model.nextDueAt === null ? null : advance(run, model.nextDueAt + step.off);
    case 'pause':
    case 'resume':
      await broker[step.kind](queue);
      producing.setPaused(model, step.kind === 'pause');
      return { did: step.kind };
    case 'nudge':
      expectReply(await broker.nudge(queue), model.claimable);
      return { did: 'nudge' };
    case 'configure': {
      const reply = await broker.configure(queue, step.patch);
      producing.configure(model, step.patch);
      expectReply(reply, model.settings);
      return { did: text('configure', step.patch) };
    }
    case 'cancel':
    case 'requeue':
    case 'delete':
    case 'promoteNow':
      return actOnOne(run, step);
    case 'change':
      return change(run, step);
    case 'act': {
      const ids = step.jobs.flatMap((job) => pick.job(job, SUITABLE[step.action]) ?? []);
      if (ids.length === 0) return null;
      const reply = await broker.act(queue, step.action, ids);
      expectReply(reply, operating.act(model, step.action, ids));
      return { did: text('act', step.action, ids, '→', reply) };
    }
    case 'actMatching': {
      const { type, reason, beforeInMs } = step.filter;
      const filter = {
        ...(type === undefined ? {} : { type }),
        ...(reason === undefined ? {} : { reason }),
        ...(beforeInMs === undefined ? {} : { before: model.now + beforeInMs }),
      };
      const because = step.reason === undefined ? {} : { reason: step.reason };
      const target = { state: step.state, filter, ...because };
      const reply = await broker.actMatching(queue, step.action, target);
      expectReply(reply, operating.actMatching(model, step.action, target));
      return { did: text('actMatching', step.action, target, '→', reply) };
    }
    case 'repeat':
      return repeatLast(run, 'other');
    case 'repeatEnqueue':
      return repeatLast(run, 'enqueue');
    case 'late':
      return repeatEarlier(run, step.index);
    case 'unhandledBefore':
      return unhandledBefore(run, pick.job(step.job, ['ready', 'scheduled']));
    case 'churn':
      return churn(run);
  }
}

const SUITABLE = {
  cancel: ['ready', 'scheduled', 'active'],
  retry: ['dead'],
  requeue: ['dead'],
  delete: ['ready', 'scheduled', 'dead', 'completed', 'cancelled'],
  promote: ['scheduled'],
  promoteNow: ['scheduled'],
  change: ['ready', 'scheduled'],
} as const;

async function enqueue(run: Run, step: Extract<Step, { kind: 'enqueue' }>): Promise<Outcome> {
  const { broker, queue, model } = run;
  const requests = step.jobs.map(({ runAtInMs, ...request }) =>
    runAtInMs === undefined ? request : { ...request, runAt: model.now + runAtInMs },
  );
  const replies = step.oneTick
    ? await Promise.all(
        requests.map((request) => broker.enqueue(queue, request).catch((error: unknown) => error)),
      )
    : (await broker.enqueueMany(queue, requests)).map((outcome) =>
        outcome.ok ? outcome.result : outcome.error,
      );
  const ids = replies.map((reply) => (reply as { readonly id?: string }).id);
  expectReply(
    replies.map((reply) => (reply instanceof BrokerError ? reply.code : reply)),
    producing.enqueue(model, requests, ids),
  );
  return { did: text('enqueue', requests, '→', ids) };
}

async function settleAndClaim(
  run: Run,
  step: Pick<Extract<Step, { kind: 'settleAndClaim' }>, 'items'> & {
    readonly claim: {
      readonly worker: string;
      readonly max: number;
      readonly leaseMs: number;
    } | null;
  },
): Promise<Outcome | null> {
  const { broker, queue, model, given } = run;
  const pick = picker(run);
  const items = step.items.flatMap((draft) => pick.settlement(draft) ?? []);
  if (items.length === 0 && step.claim === null) return null;
  const { worker = 'none', max = 0, leaseMs = 30_000 } = step.claim ?? {};
  const claim = { workerId: worker, max, leaseMs };
  const reply =
    step.claim === null
      ? { settled: await broker.settle(queue, items) }
      : await broker.settleAndClaim(queue, items, claim);
  const expected = working.settleAndClaim(model, items, claim);
  if (!('leases' in reply)) {
    expectReply(reply.settled, expected.settled);
    return { did: text('settle', items, '→', reply.settled) };
  }
  const { leases, ...rest } = reply;
  expectReply(
    { ...rest, leases: leases.map(({ token: _, queue: __, ...lease }) => lease) },
    { ...expected, ghosts: [] },
  );
  for (const lease of leases) {
    // I6: no token is given twice.
    if (given.some(({ token }) => token === lease.token))
      throw new UnexpectedReply(`the token of ${lease.id} was given before`);
    adoptToken(run, lease);
  }
  const took = leases.map(({ id, attempt }) => `${id}#${attempt}`);
  const settled = items.length > 0 ? text('settle', items, '→', reply.settled, 'and ') : '';
  return { did: `${settled}${text('claim', claim, '→', took, 'again in', reply.retryAfterMs)}` };
}

function adoptToken({ model, given }: Run, { id, token }: Lease): void {
  const lease = model.jobs.get(id)?.lease;
  if (lease) lease.token = token;
  given.push({ id, token });
}

/** Time passes, and with it what Redis forgets by itself: its own clock cannot be stopped. */
async function advance({ model, setNow, redis, reader, queue }: Run, to: number): Promise<Outcome> {
  const by = to - model.now;
  model.now = to;
  await setNow(to);
  for (const [key, { expiresAt }] of model.keys) {
    if (expiresAt > to) continue;
    model.keys.delete(key);
    model.note('an idempotency key is forgotten');
    await redis.del(reader.keyName(queue, key));
  }
  return { did: `time ${by < 0 ? '' : '+'}${by} ms` };
}

async function actOnOne(
  run: Run,
  step: Extract<Step, { kind: 'cancel' | 'requeue' | 'delete' | 'promoteNow' }>,
): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const id = picker(run).job(step.job, SUITABLE[step.kind]);
  if (id === null) return null;
  const reason = step.kind === 'cancel' ? step.reason : undefined;
  const payload = step.kind === 'requeue' ? step.payload : undefined;
  const options = {
    ...(reason === undefined ? {} : { reason }),
    ...(payload === undefined ? {} : { payload }),
  };
  const verb = ({ requeue: 'retry', promoteNow: 'promote' } as const)[step.kind as 'requeue'];
  const [expected] = operating.act(model, verb ?? (step.kind as 'cancel'), [id], options);
  const reply = await broker[step.kind](queue, id, options).catch(failure);
  if (expected?.status === 'not-found') expectReply(reply, 'not-found');
  else if (expected?.status === 'invalid-state') expectReply(reply, { invalid: expected.state });
  else expectReply(reply, step.kind === 'cancel' ? expected?.state : undefined);
  return { did: text(step.kind, id, options, '→', reply ?? 'done') };
}

/** What a verb for one job throws, as the reference words it. */
function failure(error: unknown): unknown {
  if (error instanceof InvalidStateError) return { invalid: error.state };
  if (error instanceof BrokerError && error.code === 'not-found') return error.code;
  throw error;
}

async function change(run: Run, step: Extract<Step, { kind: 'change' }>): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const id = picker(run).job(step.job, SUITABLE.change);
  if (id === null) return null;
  const { priority, runAtInMs } = step;
  const wish = {
    ...(priority === undefined ? {} : { priority }),
    ...(runAtInMs === undefined ? {} : { runAt: model.now + runAtInMs }),
  };
  const reply = await broker.change(queue, id, wish).catch(failure);
  expectReply(reply, operating.change(model, id, wish));
  return { did: text('change', id, wish, '→', reply) };
}

async function unhandledBefore(run: Run, id: string | null): Promise<Outcome | null> {
  const job = id === null ? undefined : run.model.jobs.get(id);
  if (job === undefined) return null;
  const key = queueKeys.state('relay', run.queue);
  const state = (await run.redis.hget(key, job.id)) ?? '0 0 0 0';
  await run.redis.hset(key, job.id, state.replace(/^(\d+ \d+) \d+/, '$1 98'));
  job.unhandled = 98;
  return { did: `${job.id} is as if it had been unhandled 98 times` };
}

/** More deliveries of one job than its history keeps. */
async function churn(run: Run): Promise<Outcome> {
  let ended = 0;
  for (let i = 0; i < 21; i++) {
    const claim = { worker: 'w1', max: 1, leaseMs: 30_000 };
    await settleAndClaim(run, { items: [], claim });
    const items = [
      {
        token: { kind: 'live', index: 0 },
        outcome: 'release',
        delayMs: 0,
        message: '',
      } as const,
    ];
    const released = await settleAndClaim(run, { items, claim: null });
    if (released === null) break;
    ended++;
  }
  return { did: `claim and release, ${ended} times` };
}
