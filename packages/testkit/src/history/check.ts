import type { EndedDelivery, FoundJob, HistoryEvent, Outcome } from './events.ts';

type Claim = Extract<HistoryEvent, { e: 'claim' }>;
type Try = Extract<HistoryEvent, { e: 'try' }>;
type Answer = Extract<HistoryEvent, { e: 'answer' }>;

/** What the test itself knows of a job that was accepted. */
export interface Accepted {
  readonly delayMs: number;
  /** A cancel of it was acknowledged. */
  cancelled: boolean;
}

/** What the clients have said of one job. */
export interface Told {
  readonly claims: Claim[];
  readonly runs: Map<string, boolean>;
  /** Settlements with the answer, if one was heard. */
  readonly tries: { readonly call: Try; readonly answer: Answer | undefined }[];
  readonly extends: Extract<HistoryEvent, { e: 'extend' }>[];
}

/** Ms by which the clocks that a client and Redis read may differ: they round, on one machine. */
const ROUNDING = 2;
const DELIVERY_OF: Readonly<Record<Outcome, EndedDelivery['outcome']>> = {
  complete: 'completed',
  fail: 'failed',
  timeout: 'timeout',
  release: 'released',
  unhandled: 'unhandled',
};
const COSTS_AN_ATTEMPT: ReadonlySet<string> = new Set(['completed', 'failed', 'timeout']);

/** Sorts the logs of all processes by job. Numbers of calls are those of a process. */
export function gatherHistory(logs: readonly (readonly HistoryEvent[])[]): Map<string, Told> {
  const jobs = new Map<string, Told>();
  const of = (id: string): Told => {
    const told = jobs.get(id) ?? { claims: [], runs: new Map(), tries: [], extends: [] };
    jobs.set(id, told);
    return told;
  };
  for (const events of logs) {
    const answers = new Map<number, Answer>();
    for (const event of events) if (event.e === 'answer') answers.set(event.n, event);
    for (const event of events) {
      if (event.e === 'claim') of(event.id).claims.push(event);
      else if (event.e === 'run') of(event.id).runs.set(event.token, event.intact);
      else if (event.e === 'extend') of(event.id).extends.push(event);
      else if (event.e === 'try')
        of(event.id).tries.push({ call: event, answer: answers.get(event.n) });
    }
  }
  return jobs;
}

/** The history invariants of one job, after everything has ended. Gives a line for each breach. */
export function historyProblems(accepted: Accepted, job: FoundJob | null, told: Told): string[] {
  if (job === null) return ['I1: it was accepted and is gone'];
  return [
    ...endProblems(accepted, job),
    ...deliveryProblems(accepted, job),
    ...numberProblems(job),
    ...claimProblems(job, told),
    ...settleProblems(job, told),
  ].map((problem) => `${problem} (job ${job.id}, ${job.state}, ${JSON.stringify(job.history)})`);
}

/** I1, I8, I9, I20, I23: how it ended. */
function endProblems(accepted: Accepted, job: FoundJob): string[] {
  const problems: string[] = [];
  const failed = job.history.filter(({ outcome }) => outcome === 'failed' || outcome === 'timeout');
  if (job.state !== 'completed' && job.state !== 'dead' && job.state !== 'cancelled')
    problems.push('I26: it has not ended');
  if (accepted.cancelled && job.state !== 'cancelled') problems.push('I23: its cancel was in vain');
  if (!accepted.cancelled && job.state === 'cancelled') problems.push('nobody has cancelled it');
  if (failed.length > job.maxAttempts) problems.push('I9: it has failed too often');
  if (job.crashes > job.maxCrashes && job.reason !== 'crashed')
    problems.push('I9: it has crashed too often and is not dead for that');
  if (job.reason === 'crashed' && job.crashes !== job.maxCrashes + 1)
    problems.push('I9: dead as crashed without the crashes');
  if (job.reason === 'attempts-exhausted' && failed.length !== job.maxAttempts)
    problems.push('I9: dead as exhausted with attempts left');
  if (job.state === 'dead' && (job.reason === null || job.error === null))
    problems.push('I20: dead without reason or error');
  const ends = job.history.filter(({ outcome }) => outcome === 'completed');
  if (ends.length > 1) problems.push('I8: it was completed more than once');
  if ((job.state === 'completed') !== (job.history.at(-1)?.outcome === 'completed'))
    problems.push('I8: its last delivery does not agree with its state');
  return problems;
}

/** I6, I10: deliveries follow each other, by Redis's clock, and none comes before its time. */
function deliveryProblems({ delayMs }: Accepted, { history, createdAt }: FoundJob): string[] {
  const problems: string[] = [];
  for (const [i, { startedAt, endedAt }] of history.entries()) {
    const before = history[i - 1];
    if (before !== undefined && startedAt < before.endedAt)
      problems.push('I6: two leases at a time');
    if (endedAt < startedAt) problems.push('a delivery ended before it began');
    if (startedAt < createdAt + delayMs) problems.push('I10: it was started before it was due');
  }
  return problems;
}

/** I9: attempts and crashes are numbered without gaps. */
function numberProblems({ history, attempts, crashes, state }: FoundJob): string[] {
  const problems: string[] = [];
  let number = 1;
  for (const delivery of history) {
    if (delivery.number !== number) problems.push(`I9: a delivery has number ${delivery.number}`);
    if (COSTS_AN_ATTEMPT.has(delivery.outcome) || delivery.outcome === 'crashed') number++;
  }
  const paid = history.filter(({ outcome }) => COSTS_AN_ATTEMPT.has(outcome)).length;
  // What ended in cancelled may have paid for its last delivery.
  const extra = state === 'cancelled' ? 1 : 0;
  if (attempts < paid || attempts > paid + extra) problems.push(`I9: ${attempts} attempts`);
  if (history.filter(({ outcome }) => outcome === 'crashed').length !== crashes)
    problems.push(`I9: ${crashes} crashes`);
  return problems;
}

/** I6, I9, I19: each claim that a client knows of is one delivery, numbered as the client was told. */
function claimProblems(job: FoundJob, { claims, runs }: Told): string[] {
  const problems: string[] = [];
  for (const claim of claims) {
    const delivery = deliveryOf(job, claims, claim);
    if (delivery === undefined) problems.push(`I6: no delivery for ${JSON.stringify(claim)}`);
    else if (delivery.number !== claim.attempt)
      problems.push(`I9: the worker was told ${claim.attempt}`);
  }
  for (const intact of runs.values()) if (!intact) problems.push('I19: another payload was run');
  return problems;
}

/** I7, I8, I28: a token settles once, and only while its lease stands; a standing lease is never called lost. */
function settleProblems(job: FoundJob, { claims, runs, tries, extends: beats }: Told): string[] {
  const problems: string[] = [];
  const settled = new Set<string>();
  for (const { call, answer } of tries) {
    if (answer === undefined) continue;
    const claim = claims.find(({ token }) => token === call.token);
    const delivery = claim && deliveryOf(job, claims, claim);
    if (answer.state === null) {
      const ended =
        settled.has(call.token) || delivery?.outcome === 'crashed' || job.state === 'cancelled';
      if (!call.foreign && !ended) problems.push('I28: a standing lease was called lost');
      continue;
    }
    if (call.foreign) problems.push('I7: a foreign token settled it');
    if (settled.has(call.token)) problems.push('I7: a token settled it twice');
    settled.add(call.token);
    const expected = answer.state === 'cancelled' ? 'cancelled' : DELIVERY_OF[call.outcome];
    if (delivery?.outcome !== expected)
      problems.push(`I7: ${call.outcome} was acknowledged, ${delivery?.outcome} happened`);
    if (call.outcome === 'complete' && !runs.has(call.token))
      problems.push('completed without a run');
  }
  for (const { token, sent, until } of beats) {
    const claim = claims.find((one) => one.token === token);
    const delivery = claim && deliveryOf(job, claims, claim);
    if (until === null) continue;
    if (claim === undefined) problems.push('I7: a foreign token extended a lease');
    else if (delivery !== undefined && delivery.endedAt + ROUNDING < sent)
      problems.push('I7: a lease that had ended was extended');
  }
  return problems;
}

/**
 * A worker may give a job back and get it again within one ms: its claims and its deliveries of that ms are then matched
 * in their order, where as many of the one as of the other are known.
 */
function deliveryOf(
  { history }: FoundJob,
  claims: readonly Claim[],
  { worker, start, token }: Claim,
): EndedDelivery | undefined {
  const found = history.filter(
    ({ workerId, startedAt }) => workerId === worker && startedAt === start,
  );
  const twins = claims.filter((other) => other.worker === worker && other.start === start);
  const at = twins.findIndex((other) => other.token === token);
  return twins.length === found.length ? found[at] : found[0];
}

/** I6: no token was given out twice. */
export function tokenProblems(jobs: Iterable<Told>): string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const { claims } of jobs) {
    for (const { token } of claims) {
      if (seen.has(token)) problems.push(`I6: the token ${token} was given out twice`);
      seen.add(token);
    }
  }
  return problems;
}
