import type { Evidence, KeptJob, Limits } from './evidence.ts';

/** Ms of Redis's clock by which a token bucket may round in a window. */
const ROUNDING_MS = 2;

/** I15: at no time more live leases than the queue allows, by Redis's clock. */
export function concurrencyProblems({ jobs, limits }: Evidence): string[] {
  const problems: string[] = [];
  for (const [queue, { concurrency }] of limits) {
    if (concurrency === undefined) continue;
    const edges: { at: number; step: number }[] = [];
    for (const { history } of of(jobs, queue)) {
      for (const { startedAt, endedAt } of history) {
        // A lease ends before another begins in the same ms: the script that ends it may begin the next.
        if (endedAt > startedAt) edges.push({ at: startedAt, step: 1 }, { at: endedAt, step: -1 });
      }
    }
    edges.sort((a, b) => a.at - b.at || a.step - b.step);
    let live = 0;
    let most = 0;
    for (const { step } of edges) {
      live += step;
      most = Math.max(most, live);
    }
    if (most > concurrency)
      problems.push(`I15: ${most} live leases on ${queue}, whose limit is ${concurrency}`);
  }
  return problems;
}

/** I16: lease starts in any window w ≤ rate · w + burst. The widest breach of each queue. */
export function rateProblems({ jobs, limits }: Evidence): string[] {
  const problems: string[] = [];
  for (const [queue, { rateLimit }] of limits) {
    if (rateLimit === undefined) continue;
    const starts = of(jobs, queue)
      .flatMap(({ history }) => history.map(({ startedAt }) => startedAt))
      .toSorted((a, b) => a - b);
    const excess = worstExcess(starts, rateLimit);
    if (excess >= 1)
      problems.push(`I16: ${queue} started ${Math.ceil(excess)} jobs too many for its rate`);
  }
  return problems;
}

/** Starts i … j are j − i + 1; the bucket allows burst + (t(j) − t(i)) · rate. One pass over j, with the best i so far. */
function worstExcess(
  starts: readonly number[],
  { rate, perMs, burst }: NonNullable<Limits['rateLimit']>,
): number {
  const perMsRate = rate / perMs;
  let best = Number.NEGATIVE_INFINITY;
  let worst = Number.NEGATIVE_INFINITY;
  for (const [j, at] of starts.entries()) {
    best = Math.max(best, at * perMsRate - j);
    worst = Math.max(worst, j + 1 - burst - (at + ROUNDING_MS) * perMsRate + best);
  }
  return worst;
}

/** I17: after an acknowledged pause nothing is claimed until somebody asks for the queue to go on. */
export function pauseProblems({ jobs, events }: Evidence): string[] {
  const problems: string[] = [];
  for (const [i, event] of events.entries()) {
    if (event.e !== 'paused') continue;
    const { queue, at } = event;
    const resume = events.slice(i).find((one) => one.e === 'resume' && one.queue === queue);
    const until = resume?.e === 'resume' ? resume.at : Number.POSITIVE_INFINITY;
    for (const { id, history } of of(jobs, queue)) {
      if (history.some(({ startedAt }) => startedAt > at && startedAt < until))
        problems.push(`I17: ${id} was claimed while ${queue} was paused`);
    }
  }
  return problems;
}

function of(jobs: Evidence['jobs'], queue: string): KeptJob[] {
  return [...jobs.values()].filter((job) => job.queue === queue);
}
