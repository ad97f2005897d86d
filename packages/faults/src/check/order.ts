import type { Evidence } from './evidence.ts';

/** The queue of I21: one worker of concurrency 1, one priority, no retries, one producer that waits for each answer. */
export const ORDERED = 'ordered';

/** I21: jobs start in the order in which they were accepted. */
export function orderProblems({ asked, runs }: Evidence): string[] {
  const accepted = [...asked.values()]
    .filter(({ invoke, oks }) => invoke.queue === ORDERED && oks.length > 0)
    .map(({ invoke, oks }) => ({ n: invoke.n, t: oks[0]?.t ?? 0, id: oks[0]?.id ?? '' }))
    .toSorted((a, b) => a.t - b.t);
  const startOf = (id: string): number => runs.get(id)?.[0]?.start.t ?? Number.POSITIVE_INFINITY;
  const problems: string[] = [];
  for (const [i, one] of accepted.entries()) {
    const before = accepted[i - 1];
    if (before !== undefined && startOf(before.id) > startOf(one.id))
      problems.push(`I21: ${one.id} was accepted after ${before.id} and started before it`);
  }
  return problems;
}

/** I22: each tick of a schedule of one a second gives exactly one job. A job tells its tick in its headers. */
export function scheduleProblems({ jobs }: Evidence): string[] {
  const ticks = new Map<string, string[]>();
  for (const job of jobs.values()) {
    const tick = job.headers['relay-tick'];
    if (tick === undefined) continue;
    const key = String(Date.parse(tick));
    ticks.set(key, [...(ticks.get(key) ?? []), job.id]);
  }
  const problems = [...ticks]
    .filter(([, ids]) => ids.length > 1)
    .map(
      ([tick, ids]) =>
        `I22: the tick ${new Date(Number(tick)).toISOString()} has ${ids.length} jobs: ${ids.join(', ')}`,
    );
  const times = [...ticks.keys()].map(Number).toSorted((a, b) => a - b);
  for (const [i, at] of times.entries()) {
    const before = times[i - 1];
    if (before !== undefined && at - before > 1_000)
      problems.push(
        `I22: no job for the ${(at - before) / 1_000 - 1} ticks after ${new Date(before).toISOString()}`,
      );
  }
  return problems;
}
