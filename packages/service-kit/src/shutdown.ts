import { messageOf } from './errors.ts';
import type { Logger } from './logger.ts';

interface Step {
  readonly name: string;
  readonly budgetMs: number;
  readonly stop: () => unknown;
}

/**
 * The orderly end of a process: what was started last is stopped first, one step after the other,
 * each within its budget. A step that fails or is late is logged, and the next one still runs.
 */
export class Shutdown {
  readonly #logger: Logger;
  readonly #steps: Step[] = [];
  readonly #started = new AbortController();
  readonly #details: (() => Readonly<Record<string, unknown>>)[] = [];
  #run: Promise<boolean> | undefined;
  #failed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Aborted as soon as the end begins. */
  get signal(): AbortSignal {
    return this.#started.signal;
  }

  /** Whether an error that nobody caught is why it ends: what is not done by then may be its cause. */
  get failed(): boolean {
    return this.#failed;
  }

  /** An error that nobody caught is, or will be, why it ends. */
  fail(): void {
    this.#failed = true;
  }

  /** What is to be said beside such an error: what was under way. */
  addDetails(read: () => Readonly<Record<string, unknown>>): void {
    this.#details.push(read);
  }

  get details(): Readonly<Record<string, unknown>> {
    return Object.assign({}, ...this.#details.map((read) => read()));
  }

  /**
   * Registers a step; steps run in the reverse order of their registration.
   *
   * @param options.budgetMs Defaults to 5,000.
   */
  add(name: string, stop: Step['stop'], { budgetMs = 5_000 }: { budgetMs?: number } = {}): void {
    this.#steps.push({ name, stop, budgetMs });
  }

  /**
   * Runs all steps, once, however often it is called.
   *
   * @returns whether every step ended well and in time.
   */
  run(): Promise<boolean> {
    this.#run ??= this.#all();
    return this.#run;
  }

  async #all(): Promise<boolean> {
    this.#started.abort(new Error('shutting down'));
    let clean = true;
    // A step that is registered by a start still under way is run too.
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      // One after the other is the point: the broker closes after those who use it.
      // oxlint-disable-next-line no-await-in-loop
      if (!(await this.#one(step))) clean = false;
    }
    return clean;
  }

  async #one(step: Step): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`not done within ${step.budgetMs} ms`)),
        step.budgetMs,
      );
    });
    try {
      await Promise.race([Promise.resolve(step.stop()), late]);
      return true;
    } catch (error) {
      this.#logger.error({ step: step.name }, `stopping ${step.name}: ${messageOf(error)}`);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
