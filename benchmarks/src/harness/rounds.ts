import type { Context } from './context.ts';

/** How many jobs the first warm-up run has; how long it takes decides how many the others have. */
const PROBE_JOBS = 1_500;
const FEWEST_JOBS = 400;
const MOST_JOBS = 120_000;

/**
 * Runs all contenders in turns (A B C A B C …), after a warm-up of each. All get about the same time: the number of
 * jobs of each follows from its own speed in the warm-up.
 *
 * @param once one run with so many jobs; returns the jobs a second by which the number is chosen. A run that fails is
 *   void, and the next one is made all the same.
 */
export async function inTurns(
  context: Context,
  contenders: readonly string[],
  options: {
    readonly rounds?: number;
    readonly probe?: number;
    readonly most?: number;
    /** How long one run should take. Defaults to what the context says. */
    readonly runMs?: number;
    readonly once: (contender: string, jobs: number, counts: boolean) => Promise<number>;
    readonly onVoid: (contender: string, why: string) => void;
  },
): Promise<void> {
  const { rounds = context.rounds, probe = PROBE_JOBS, most = MOST_JOBS, once, onVoid } = options;
  const jobs = new Map<string, number>();
  const attempt = async (contender: string, count: number, counts: boolean): Promise<number> => {
    try {
      return await once(contender, count, counts);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      console.log(`  void: ${contender}: ${why}`);
      if (counts) onVoid(contender, why.split('\n')[0] ?? why);
      return Number.NaN;
    }
  };
  const all = context.among(contenders);
  for (const contender of all) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the machine.
    const rate = await attempt(contender, probe, false);
    jobs.set(contender, jobsFor(rate, options.runMs ?? context.runMs, most));
  }
  for (let round = 0; round < rounds; round++) {
    for (const contender of all) {
      // oxlint-disable-next-line no-await-in-loop
      await attempt(contender, jobs.get(contender) ?? probe, true);
    }
  }
}

export function jobsFor(rate: number, runMs: number, most: number): number {
  // The warm-up is slower than what follows.
  const wanted = Number.isFinite(rate) ? (rate * runMs * 1.5) / 1_000 : FEWEST_JOBS;
  return Math.round(Math.min(most, Math.max(FEWEST_JOBS, wanted)) / 100) * 100;
}
