import { BrokerError, type ClaimResult, type Settlement } from '../../src/index.ts';
import { picker } from './picks.ts';
import * as claiming from './reference-claiming.ts';
import * as producing from './reference-producing.ts';
import * as working from './reference-working.ts';
import {
  expectReply,
  given,
  line,
  type Outcome,
  type Run,
  type StepOf,
  UnexpectedReply,
} from './run.ts';
import type { ClaimDraft, SettleDraft } from './steps.ts';

const NO_CLAIM = { workerId: 'none', max: 0 };
const DELIVERIES_OF_CHURN = 21;

export async function enqueue(run: Run, step: StepOf<'enqueue'>): Promise<Outcome> {
  const { broker, queue, model } = run;
  const requests = step.jobs.map(({ runAtInMs, ...request }) =>
    runAtInMs === undefined ? request : { ...request, runAt: model.now + runAtInMs },
  );
  // Calls of one tick leave as one script call.
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
  return { did: line('enqueue', requests, '→', ids) };
}

const optionsOf = ({ worker, max, leaseMs }: ClaimDraft) => ({ workerId: worker, max, leaseMs });

export async function claim(run: Run, step: StepOf<'claim'>): Promise<Outcome> {
  const { broker, queue, model } = run;
  const options = optionsOf(step.claim);
  const { callId } = step.claim;
  const reply = await broker.claim(queue, options, given({ callId }));
  const named = callId === undefined ? undefined : model.calls.get(callId);
  if (named !== undefined) {
    expectReply(withoutTokens(reply), claiming.claimAgain(model, named, options.leaseMs));
    return { did: line('claim', options, 'once more as', callId, '→', idsOf(reply)) };
  }
  const expected = claiming.settleAndClaim(model, [], options);
  expectReply(withoutTokens(reply), { ...expected, settled: undefined });
  adoptTokens(run, reply);
  if (callId !== undefined && reply.leases.length > 0) claiming.nameCall(model, callId, reply);
  return { did: line('claim', options, callId ?? '', '→', idsOf(reply), told(reply)) };
}

export async function settle(run: Run, step: StepOf<'settle'>): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const items = itemsOf(run, step.items);
  if (items.length === 0) return null;
  const { remember } = step;
  const reply = await broker.settle(queue, items, { remember });
  const { settled } = claiming.settleAndClaim(model, items, NO_CLAIM, remember);
  expectReply(reply, settled);
  return { did: line('settle', items, remember ? 'remembered' : '', '→', reply) };
}

export async function settleAndClaim(
  run: Run,
  step: StepOf<'settleAndClaim'>,
): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const items = itemsOf(run, step.items);
  const options = optionsOf(step.claim);
  const { settled, ...reply } = await broker.settleAndClaim(queue, items, options);
  const expected = claiming.settleAndClaim(model, items, options);
  expectReply({ ...withoutTokens(reply), settled }, expected);
  adoptTokens(run, reply);
  const and = line('and claim', options, '→', idsOf(reply), told(reply));
  return { did: line('settle', items, '→', settled, and) };
}

export async function extend(run: Run, step: StepOf<'extend'>): Promise<Outcome | null> {
  const { broker, queue, model } = run;
  const items = step.items.flatMap(({ token, leaseMs, progress }) => {
    const lease = picker(run).token(token);
    return lease === null ? [] : [{ ...lease, leaseMs, ...given({ progress }) }];
  });
  if (items.length === 0) return null;
  const reply = await broker.extend(queue, items);
  expectReply(reply, working.extend(model, items));
  return { did: line('extend', items, '→', reply) };
}

/** More deliveries of one job than its history keeps. */
export async function churn(run: Run): Promise<Outcome> {
  let ended = 0;
  for (; ended < DELIVERIES_OF_CHURN; ended++) {
    await claim(run, { kind: 'claim', claim: { worker: 'w1', max: 1, leaseMs: 30_000 } });
    const token = { kind: 'live', index: 0 } as const;
    const items = [{ token, outcome: 'release', delayMs: 0, message: '' } as const];
    if ((await settle(run, { kind: 'settle', items, remember: false })) === null) break;
  }
  return { did: `claim one and release it, ${ended} times` };
}

function itemsOf(run: Run, drafts: readonly SettleDraft[]): Settlement[] {
  const pick = picker(run);
  return drafts.flatMap((draft) => pick.settlement(draft) ?? []);
}

/** A claim's reply without what only the broker can know. */
function withoutTokens({ leases, retryAfterMs, ghosts }: ClaimResult) {
  expectReply(ghosts, []);
  return {
    retryAfterMs,
    settled: undefined,
    leases: leases.map((lease) => ({ ...lease, token: '', queue: '' })),
  };
}

function adoptTokens({ model, given: tokens }: Run, { leases }: ClaimResult): void {
  for (const { id, token } of leases) {
    // I6: no token is given twice.
    if (tokens.some((earlier) => earlier.token === token))
      throw new UnexpectedReply(`the token of ${id} was given before`);
    const lease = model.jobs.get(id)?.lease;
    if (lease) lease.token = token;
    tokens.push({ id, token });
  }
}

function idsOf({ leases }: ClaimResult): string {
  return leases.map(({ id, attempt }) => `${id}#${attempt}`).join(' ') || 'nothing';
}

function told({ retryAfterMs }: ClaimResult): string {
  return retryAfterMs === null ? '' : `again in ${retryAfterMs} ms`;
}
