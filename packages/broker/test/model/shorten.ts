import type { Step } from './steps.ts';

/** By then a counterexample is short enough to be read. */
const LONGEST_MS = 30_000;

type Fails = (steps: readonly Step[]) => Promise<boolean>;

/**
 * Looks for a shorter history that fails too: leaves out steps, larger groups first, then jobs and items of what is
 * left. (fast-check's own way was tried: it took a thousand runs for a history of 60 steps and left half of them.)
 */
export async function shorten(steps: readonly Step[], fails: Fails): Promise<readonly Step[]> {
  const deadline = performance.now() + LONGEST_MS;
  const late = (): boolean => performance.now() > deadline;
  let shortest = await withoutGroups(steps, fails, late);
  for (let i = 0; i < shortest.length && !late(); i++) {
    for (const smaller of smallerSteps(shortest[i])) {
      const candidate = shortest.with(i, smaller);
      if (!(await fails(candidate))) continue;
      shortest = candidate;
      i--;
      break;
    }
  }
  return withoutGroups(shortest, fails, late);
}

async function withoutGroups(
  steps: readonly Step[],
  fails: Fails,
  late: () => boolean,
): Promise<readonly Step[]> {
  let shortest = steps;
  for (let size = Math.ceil(shortest.length / 2); size >= 1; size = Math.floor(size / 2)) {
    // From the end: what came after the failure goes first.
    for (let from = shortest.length - size; from > -size && !late(); from -= size) {
      const candidate = shortest.toSpliced(Math.max(0, from), size);
      if (candidate.length > 0 && (await fails(candidate))) shortest = candidate;
    }
  }
  return shortest;
}

/** The same step with one job or item less. */
function smallerSteps(step: Step | undefined): Step[] {
  if (step === undefined) return [];
  if ('jobs' in step && step.jobs.length > 1)
    return step.jobs.map((_, i) => ({ ...step, jobs: step.jobs.toSpliced(i, 1) }) as Step);
  if ('items' in step && step.items.length > 0)
    return step.items.map((_, i) => ({ ...step, items: step.items.toSpliced(i, 1) }) as Step);
  return [];
}
