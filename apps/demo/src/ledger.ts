import { isDeepStrictEqual } from 'node:util';
import type { Job, JobSummary } from '@relay/contract';
import type { DocumentIndex } from './documents.ts';
import type { Item } from './plan.ts';
import type { DemoProgress, DemoReport } from './report.ts';

/** How many problems the report spells out. */
const SHOWN_PROBLEMS = 20;

/** A job as the ledger knows it. */
export interface Entry {
  readonly item: Item;
  readonly id: string;
  /** Undefined: any result will do. */
  readonly expected: DocumentIndex | undefined;
}

/** The states that a job does not leave by itself. */
export const ENDS = ['completed', 'dead', 'cancelled'] as const;
export type End = (typeof ENDS)[number];

/** The end that a job has come to, if it has. */
export function endOf(state: JobSummary['state']): End | undefined {
  return ENDS.find((end) => end === state);
}

/** Tells whether the document has changed since, so that another result is right now. */
export type Recheck = (item: Item) => Promise<DocumentIndex | undefined>;

/** What became of every job of a run. Each one that is accepted ends in exactly one count. */
export class Ledger {
  readonly #jobs: number;
  readonly #recheck: Recheck;
  readonly #open = new Map<number, Entry>();
  readonly #ids = new Map<number, string>();
  readonly #strangers = new Set<string>();
  readonly #counts: Record<End, number> = { completed: 0, dead: 0, cancelled: 0 };
  readonly #workers: Record<string, number> = {};
  readonly #problems: string[] = [];
  #retried = 0;
  #recovered = 0;
  #wrong = 0;
  #lost = 0;
  #changes = 0;

  constructor({ jobs, recheck }: { jobs: number; recheck: Recheck }) {
    this.#jobs = jobs;
    this.#recheck = recheck;
  }

  /** Grows with everything that happens: standing still is what patience is measured by. */
  get changes(): number {
    return this.#changes;
  }

  /** Accepted and not ended, in the order of acceptance. */
  get open(): readonly Entry[] {
    return [...this.#open.values()];
  }

  get openCount(): number {
    return this.#open.size;
  }

  get progress(): DemoProgress {
    const { completed, dead } = this.#counts;
    return { jobs: this.#jobs, accepted: this.#ids.size, completed, dead };
  }

  /** The gateway took the job. */
  accept(entry: Entry): void {
    this.#changes += 1;
    this.#ids.set(entry.item.number, entry.id);
    this.#open.set(entry.item.number, entry);
  }

  /** The open entry of a job that was seen in the queue; an id that was never given to us is doubled. */
  recognise(number: number, id: string): Entry | undefined {
    const known = this.#ids.get(number);
    // Its answer is still on the way to us.
    if (known === undefined) return undefined;
    if (known !== id && !this.#strangers.has(id)) {
      this.#strangers.add(id);
      this.#note(`doubled: job ${number} is ${known}, and ${id} too`);
    }
    return known === id ? this.#open.get(number) : undefined;
  }

  /** The job has come to its end. */
  async end(entry: Entry, end: End, job: Job): Promise<void> {
    if (!this.#open.delete(entry.item.number)) return;
    this.#changes += 1;
    this.#counts[end] += 1;
    if (job.attempts > 1) this.#retried += 1;
    if (job.crashes > 0) this.#recovered += 1;
    const worker = job.workerId ?? 'nobody';
    this.#workers[worker] = (this.#workers[worker] ?? 0) + 1;
    if (end === 'completed') await this.#compare(entry, job.result);
  }

  /** Nobody waits for it any longer. */
  lose(entry: Entry, state: string): void {
    if (!this.#open.delete(entry.item.number)) return;
    this.#lost += 1;
    const { type } = entry.item.request;
    this.#note(`lost: job ${entry.item.number} (${type}), ${entry.id}: ${state}`);
  }

  report(durationMs: number): DemoReport {
    return {
      jobs: this.#jobs,
      ...this.#counts,
      lost: this.#lost,
      doubled: this.#strangers.size,
      wrong: this.#wrong,
      retried: this.#retried,
      recovered: this.#recovered,
      workers: { ...this.#workers },
      durationMs,
      problems: [...this.#problems],
    };
  }

  async #compare({ item, id, expected }: Entry, result: unknown): Promise<void> {
    if (item.fate !== 'dies') {
      if (expected === undefined || isDeepStrictEqual(result, expected)) return;
      // Somebody may have edited the document while its job waited.
      if (isDeepStrictEqual(result, await this.#recheck(item))) return;
    }
    this.#wrong += 1;
    this.#note(`wrong: job ${item.number}, ${id}: another result than ${item.section.path} gives`);
  }

  #note(problem: string): void {
    if (this.#problems.length < SHOWN_PROBLEMS) this.#problems.push(problem);
  }
}
