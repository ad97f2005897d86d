import { historyProblems, tokenProblems } from '@relay/testkit';
import { CONTESTED } from '../history/events.ts';
import { accountOf } from './account.ts';
import { crashWaitProblems } from './crash-waits.ts';
import { acknowledged, type Evidence } from './evidence.ts';
import { exitProblems } from './exits.ts';
import { concurrencyProblems, pauseProblems, rateProblems } from './limits.ts';
import { orderProblems, scheduleProblems } from './order.ts';

/** What a fault may bring about without a breach. */
export interface Allowances {
  /**
   * Redis forgot some of what it had acknowledged: what is lost is a figure, and what clients were told need not agree
   * with what Redis says now.
   */
  readonly forgetful?: boolean;
  /** Redis's clock jumped: times by it say nothing. */
  readonly clockJumped?: boolean;
  /** Ended jobs were not kept: of those that are gone only the logs tell. */
  readonly retired?: boolean;
  /** Records were damaged on purpose: these ids are let off. */
  readonly damaged?: ReadonlySet<string>;
}

const NOTHING_TOLD = { claims: [], runs: new Map<string, boolean>(), tries: [], extends: [] };

/** Holds a history against the invariants. A line for each breach, which begins with the invariant's name. */
export function historyBreaches(evidence: Evidence, allowed: Allowances = {}): string[] {
  return [
    ...accountProblems(evidence, allowed),
    ...(allowed.forgetful ? [] : callProblems(evidence)),
    ...runProblems(evidence, allowed),
    ...jobProblems(evidence, allowed),
    ...(allowed.clockJumped
      ? []
      : [
          ...concurrencyProblems(evidence),
          ...rateProblems(evidence),
          ...pauseProblems(evidence),
          ...orderProblems(evidence),
          ...crashWaitProblems(evidence),
        ]),
    ...scheduleProblems(evidence),
    ...exitProblems(evidence),
  ];
}

/** I1: nothing is lost, and nothing comes of nothing. */
function accountProblems(evidence: Evidence, { forgetful, damaged }: Allowances): string[] {
  const { lost, unexpected } = accountOf(evidence);
  const here = (id: string): string => evidence.jobs.get(id)?.state ?? 'gone';
  return [
    ...(forgetful
      ? []
      : lost
          .filter((id) => !damaged?.has(id))
          .map((id) => `I1: ${id} was acknowledged, is ${here(id)} and was not done`)),
    ...unexpected
      .filter((id) => !damaged?.has(id))
      .map((id) => `I1: nobody has asked for ${id}, which is ${here(id)}`),
  ];
}

/** I13, I28: one call, one job, however often it was sent; and a key stands for one payload. */
function callProblems({ asked, runs }: Evidence): string[] {
  const misused = [...asked.values()]
    .filter(({ invoke, oks }) => invoke.keyOf !== undefined && oks.length > 0)
    .map(({ invoke }) => `I13: call ${invoke.n} got the key of call ${invoke.keyOf} accepted`);
  const idsOf = new Map<number, Set<string>>();
  const add = (n: number, id: string): void => {
    const ids = idsOf.get(n) ?? new Set();
    idsOf.set(n, ids.add(id));
  };
  for (const [n, { oks }] of asked) for (const { id } of oks) add(n, id);
  for (const [id, list] of runs) for (const { start } of list) if (start.n >= 0) add(start.n, id);
  const twice = [...idsOf]
    .filter(([, ids]) => ids.size > 1)
    .map(([n, ids]) => `I13, I28: call ${n} has made ${ids.size} jobs: ${[...ids].join(', ')}`);
  return [...misused, ...twice];
}

/** I8, I19, I20: what handlers saw and did agrees with how their jobs ended. */
function runProblems(evidence: Evidence, { damaged }: Allowances): string[] {
  const { runs, jobs, asked } = evidence;
  const problems: string[] = [];
  for (const [id, list] of runs) {
    if (list.some(({ start }) => !start.intact))
      problems.push(`I19: ${id} reached its handler with another payload`);
  }
  for (const [id, one] of acknowledged(evidence)) {
    const job = jobs.get(id);
    if (job === undefined || damaged?.has(id)) continue;
    const list = runs.get(id) ?? [];
    const done = list.some(({ end }) => end?.how === 'done');
    if (job.state === 'completed' && !done)
      problems.push(`I8: ${id} is completed and no handler has done it`);
    // The bad client completes whatever it is given.
    const kind = job.queue === CONTESTED ? 'plain' : one.invoke.kind;
    if (kind === 'doomed' && job.state === 'completed')
      problems.push(`I8: ${id} failed and is completed`);
    if (kind === 'doomed' && job.state === 'dead' && job.reason === 'attempts-exhausted') {
      const failed = job.history.filter(({ outcome }) => outcome === 'failed').length;
      if (failed !== job.maxAttempts) problems.push(`I20: ${id} is dead after ${failed} attempts`);
    }
    if (one.oks.length > 0 && asked.get(one.invoke.n) !== one)
      problems.push(`I1: ${id} is counted twice`);
  }
  return problems;
}

/** I6 – I10, I12, I19, I20, I23, I26, I28, job by job. */
function jobProblems(
  evidence: Evidence,
  { forgetful, clockJumped, damaged, retired }: Allowances,
): string[] {
  const { jobs, told, events } = evidence;
  const cancelled = new Set<string>();
  const perhaps = new Set<string>();
  for (const event of events) {
    if (event.e === 'cancel') perhaps.add(event.id);
    if (event.e !== 'cancelled') continue;
    if (event.answer === 'cancelled' || event.answer === 'active') cancelled.add(event.id);
    if (event.answer !== 'unknown') perhaps.delete(event.id);
  }
  const problems = forgetful ? [] : tokenProblems(told.values());
  for (const [id, { invoke }] of acknowledged(evidence)) {
    const job = jobs.get(id) ?? null;
    if (damaged?.has(id) || ((forgetful || retired) && job === null)) continue;
    const isCancelled = cancelled.has(id) || (perhaps.has(id) && job?.state === 'cancelled');
    const accepted = { delayMs: invoke.delayMs, cancelled: isCancelled };
    const found = historyProblems(
      accepted,
      job,
      forgetful ? NOTHING_TOLD : (told.get(id) ?? NOTHING_TOLD),
    );
    problems.push(...found.filter((line) => !isExcused(line, { forgetful, clockJumped })));
  }
  return problems;
}

/** Lines that a fault makes meaningless. */
function isExcused(
  line: string,
  { forgetful, clockJumped }: { forgetful: boolean | undefined; clockJumped: boolean | undefined },
): boolean {
  // An acknowledged cancel may be among what was forgotten.
  if (forgetful && /^(I23|nobody has cancelled)/.test(line)) return true;
  return (
    clockJumped === true &&
    /^(I10|I6: two leases|a delivery ended before|I7: a lease that had ended|I28: a standing)/.test(
      line,
    )
  );
}
