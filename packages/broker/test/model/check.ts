import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { histories } from './histories.ts';
import { Lane, type LaneOptions } from './history.ts';
import { shorten } from './shorten.ts';
import type { Step } from './steps.ts';

/** Histories at once in one process: each waits for Redis most of its time. */
const LANES = 4;

/** How the model is run; every value can be given by the environment, so that a failure can be repeated. */
export interface ModelRun {
  readonly seed: number;
  readonly runs: number;
  /** Which history of the seed fails, as it was printed. */
  readonly path: string | undefined;
}

/** `RELAY_TEST_SEED`, `RELAY_MODEL_RUNS` and `RELAY_MODEL_PATH`. */
export function modelRun(defaultRuns: number): ModelRun {
  const { RELAY_TEST_SEED: seed, RELAY_MODEL_RUNS: runs, RELAY_MODEL_PATH: path } = process.env;
  return {
    seed: seed ? Number(seed) : randomInt(2 ** 31 - 1),
    runs: path ? 1 : runs ? Number(runs) : defaultRuns,
    path: path || undefined,
  };
}

/** A history after which the reference and Redis differ. */
export interface Counterexample {
  readonly seed: number;
  readonly path: string;
  /** How many histories were run until it. */
  readonly histories: number;
  readonly steps: readonly Step[];
  readonly problem: string;
}

/** Runs histories on one lane until one fails, or until `stop` says that another lane has found one. */
export async function findCounterexample(
  lane: Lane,
  { seed, runs, path }: ModelRun,
  stop: () => boolean = () => false,
): Promise<Counterexample | null> {
  let count = 0;
  const property = fc.asyncProperty(histories, async (steps) => {
    if (stop()) return;
    count++;
    await lane.run(steps);
  });
  const result = await fc.check(property, {
    seed,
    numRuns: runs,
    // Small values first would make most histories short ones.
    unbiased: true,
    endOnFailure: true,
    ...(path === undefined ? {} : { path }),
  });
  if (!result.failed || result.counterexample === null) return null;
  return {
    seed,
    path: result.counterexamplePath ?? '',
    histories: count,
    steps: result.counterexample[0],
    problem: messageOf(result.errorInstance),
  };
}

/**
 * Runs all histories of a {@link ModelRun}, in a few lanes side by side.
 *
 * @throws Error with the shortest history found that fails, command by command.
 */
export async function checkModel(
  run: ModelRun,
  options: Omit<LaneOptions, 'db'>,
): Promise<{ readonly steps: number }> {
  const lanes = run.path === undefined ? LANES : 1;
  let failed = false;
  const results = await Promise.all(
    Array.from({ length: lanes }, async (_, i) => {
      await using lane = await Lane.open({ ...options, db: i });
      const runs = Math.ceil(run.runs / lanes);
      const seed = run.seed + i;
      const found = await findCounterexample(lane, { ...run, seed, runs }, () => failed);
      if (found === null) return { steps: lane.steps, report: null };
      failed = true;
      return { steps: lane.steps, report: await report(found, lane) };
    }),
  );
  const first = results.find((result) => result.report !== null)?.report;
  if (first) throw new Error(first);
  return { steps: results.reduce((sum, { steps }) => sum + steps, 0) };
}

/** Shortens a counterexample and writes down what each of its commands did, jobs called j1, j2, … */
async function report(found: Counterexample, lane: Lane): Promise<string> {
  const failureOf = (steps: readonly Step[], hear?: (line: string) => void) =>
    lane.run(steps, hear).then(() => null, messageOf);
  const steps = await shorten(found.steps, async (some) => (await failureOf(some)) !== null);
  const lines: string[] = [];
  const problem = await failureOf(steps, (line) => lines.push(line));
  const names = new Map<string, string>();
  const named = (text: string): string =>
    text.replaceAll(/\b[0-9A-Za-z]{20}\b/g, (id) => {
      const name = names.get(id) ?? `j${names.size + 1}`;
      names.set(id, name);
      return name;
    });
  return [
    'the reference and Redis differ after this history:',
    ...lines.map((line, i) => `  ${String(i + 1).padStart(2)}. ${named(line)}`),
    `  ${named(problem ?? `${found.problem} (but not when run once more)`)}`,
    'repeat it with',
    `  RELAY_TEST_SEED=${found.seed} RELAY_MODEL_PATH=${found.path} npm run test:model`,
  ].join('\n');
}

/** Of a difference its description; of an error of the test itself also where it happened. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' ? error.message : (error.stack ?? error.message);
}
