import { type Payload, sumOf } from './payload.ts';

/** What one process was handed: how often each job, and what was wrong. */
export interface Account {
  /** Deliveries of each job, by its number; stops at 255. */
  readonly seen: Uint8Array;
  /** Jobs whose text is not the one that was sent. */
  readonly corrupt: number;
  /** Jobs of another run, or with a number that nobody gave. */
  readonly foreign: number;
}

/** Keeps account of every delivery of a run. */
export class Ledger implements Account {
  readonly seen: Uint8Array;
  corrupt = 0;
  foreign = 0;
  /** Deliveries. */
  done = 0;
  readonly #run: string;

  constructor(run: string, jobs: number) {
    this.#run = run;
    this.seen = new Uint8Array(jobs);
  }

  /** @returns the deliveries of this job so far, this one included; 0 when it is no job of this run. */
  enter(job: Payload): number {
    this.done++;
    if (job.run !== this.#run || !(job.n in this.seen)) {
      this.foreign++;
      return 0;
    }
    if (sumOf(job.text) !== job.sum) this.corrupt++;
    const times = Math.min(255, (this.seen[job.n] ?? 0) + 1);
    this.seen[job.n] = times;
    return times;
  }
}

/**
 * Whether all processes of a run together were handed each job exactly so often.
 *
 * @param left jobs that the queue still holds after the run.
 * @returns why the run is void, or null.
 */
export function verdictOf(
  accounts: readonly Account[],
  jobs: number,
  { times = 1, left = 0 }: { readonly times?: number; readonly left?: number } = {},
): string | null {
  let lost = 0;
  let doubled = 0;
  for (let n = 0; n < jobs; n++) {
    let seen = 0;
    for (const account of accounts) seen += account.seen[n] ?? 0;
    if (seen < times) lost++;
    else if (seen > times) doubled++;
  }
  const corrupt = accounts.reduce((sum, account) => sum + account.corrupt, 0);
  const foreign = accounts.reduce((sum, account) => sum + account.foreign, 0);
  const faults = { lost, doubled, corrupt, foreign, left };
  const found = Object.entries(faults).filter(([, count]) => count > 0);
  if (found.length === 0) return null;
  return `of ${jobs} jobs: ${found.map(([what, count]) => `${count} ${what}`).join(', ')}`;
}
