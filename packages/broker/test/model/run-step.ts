import { picker } from './picks.ts';
import * as producing from './reference-producing.ts';
import { expire, promote, reap, retire } from './reference-tending.ts';
import { repeatEarlier, repeatLast } from './repeat.ts';
import { expectReply, line, type Outcome, type Run, type StepOf } from './run.ts';
import { act, actMatching, actOnOne, change, unhandledBefore } from './run-operating.ts';
import { churn, claim, enqueue, extend, settle, settleAndClaim } from './run-working.ts';
import type { Step } from './steps.ts';

/** Carries a step out on both sides and compares the replies. Null: there was nothing that it could be about. */
export async function runStep(run: Run, step: Step): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  switch (step.kind) {
    case 'enqueue':
      return enqueue(run, step);
    case 'claim':
      return claim(run, step);
    case 'settle':
      return settle(run, step);
    case 'settleAndClaim':
      return settleAndClaim(run, step);
    case 'extend':
      return extend(run, step);
    case 'reap':
    case 'promote':
    case 'expire':
    case 'retire':
      return tend(run, step);
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
      // Every other time under the condition that the settings are still those that were just read.
      const condition =
        model.version % 2 === 0 ? {} : { ifRevision: (await broker.settings(queue)).revision };
      const { revision: _, ...reply } = await broker.configure(queue, {
        ...step.patch,
        ...condition,
      });
      producing.configure(model, step.patch);
      expectReply(reply, model.settings);
      return { did: line('configure', step.patch) };
    }
    case 'cancel':
    case 'requeue':
    case 'delete':
    case 'promoteNow':
      return actOnOne(run, step);
    case 'change':
      return change(run, step);
    case 'act':
      return act(run, step);
    case 'actMatching':
      return actMatching(run, step);
    case 'repeat':
      return repeatLast(run, 'other');
    case 'repeatEnqueue':
      return repeatLast(run, 'enqueue');
    case 'late':
      return repeatEarlier(run, step.index);
    case 'unhandledBefore':
      return unhandledBefore(run, picker(run).job(step.job, ['ready', 'scheduled']));
    case 'churn':
      return churn(run);
  }
}

const LOOPS = { reap, promote, expire };

async function tend(
  { broker, queue, model }: Run,
  { kind, max }: StepOf<'reap' | 'promote' | 'expire' | 'retire'>,
): Promise<Outcome> {
  if (kind === 'retire') {
    const reply = await broker.retire(queue, { max });
    expectReply(reply, retire(model, max));
    return { did: line('retire, max', max, '→', reply) };
  }
  const { nextDueAt, ...reply } = await broker[kind](queue, { max });
  expectReply(reply, LOOPS[kind](model, max));
  return { did: line(`${kind}, max`, max, '→', reply), nextDueAt };
}

/** Time passes, and with it what Redis forgets by itself: its own clock cannot be stopped. */
async function advance({ model, setNow, redis, reader, queue }: Run, to: number): Promise<Outcome> {
  const by = to - model.now;
  model.now = to;
  await setNow(to);
  const forgotten = model.forget().map((memory) => reader.nameOf(queue, memory));
  if (forgotten.length > 0) await redis.del(...forgotten);
  return { did: `time ${by < 0 ? '' : '+'}${by} ms` };
}
