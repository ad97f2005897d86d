import { randomUUID } from 'node:crypto';
import type { OperationState, OperationStore, StoredOperation } from '@relay/broker';
import type { Operation } from '@relay/contract';
import { codeOf, type Logger, messageOf } from '@relay/service-kit';
import { HttpProblem } from '../http/http-problem.ts';
import { newPlan, type Plan, planOf, toOperation, type Wanted } from './plan.ts';
import { type StepStore, step } from './step.ts';

export interface OperatorOptions {
  readonly operations: OperationStore;
  readonly store: StepStore;
  readonly logger: Logger;
  /** A gateway that is silent for so long loses its operation to another. Defaults to 5,000. */
  readonly leaseMs?: number;
  /** Between two looks for operations that nobody drives. Defaults to 2,000. */
  readonly lookMs?: number;
}

/** How long steps are made before what was done is saved. */
const SAVE_MS = 500;

/** Operations that one gateway drives at once. */
const AT_ONCE = 8;

/** Errors that another try may mend. */
const PASSING = new Set(['store-unavailable', 'store-full', 'closed']);

/**
 * Drives the operations of all gateways. What it does is saved at least twice a
 * second, and with it the sign that this gateway lives: when it stops, another goes on where it was.
 */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #name = `g${randomUUID().replaceAll('-', '')}`;
  readonly #stopped = new AbortController();
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /** Begins to look for work; gateways that only others asked for operations drive them too. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** @throws {HttpProblem} `rate-limited` when as many as may be are running. */
  async begin(wanted: Wanted): Promise<string> {
    const id = randomUUID().replaceAll('-', '');
    const text = JSON.stringify(newPlan(wanted));
    if ((await this.#options.operations.create(id, text)) === null) {
      throw new HttpProblem('rate-limited', 'Too many operations are running: wait for one', {
        headers: { 'Retry-After': '10' },
      });
    }
    this.#wake?.();
    return id;
  }

  async find(id: string): Promise<Operation | null> {
    const found = await this.#options.operations.find(id);
    return found === null ? null : toOperation(found);
  }

  /** Asks for its end; it ends within about a second if its driver lives. */
  async cancel(id: string): Promise<Operation | null> {
    const found = await this.#options.operations.cancel(id);
    this.#wake?.();
    return found === null ? null : toOperation(found);
  }

  /** Lets go of what it drives, for another gateway. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { operations, logger, leaseMs = 5_000, lookMs = 2_000 } = this.#options;
    const driven = new Set<Promise<void>>();
    while (!this.#stopped.signal.aborted) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
        const taken = driven.size < AT_ONCE ? await operations.take(this.#name, leaseMs) : null;
        if (taken !== null) {
          const drive = this.#drive(taken, leaseMs).finally(() => driven.delete(drive));
          driven.add(drive);
          continue;
        }
      } catch (error) {
        logger.debug(`operations wait: ${messageOf(error)}`);
      }
      // oxlint-disable-next-line no-await-in-loop
      await this.#rest(lookMs, true);
    }
    await Promise.all(driven);
  }

  /** Ends when the operation does, when this gateway stops, or when another one has it. */
  async #drive(taken: StoredOperation, leaseMs: number): Promise<void> {
    try {
      await this.#steps(taken, leaseMs);
    } catch (error) {
      // Its lease ends, and whoever takes it then goes on from what was saved.
      this.#options.logger.debug({ operation: taken.id }, `it waits: ${messageOf(error)}`);
    }
  }

  async #steps(taken: StoredOperation, leaseMs: number): Promise<void> {
    let plan = planOf(taken);
    const pace = new Pace();
    let current: StoredOperation | null = taken;
    while (current !== null && current.state === 'running') {
      const stopping = this.#stopped.signal.aborted;
      // oxlint-disable-next-line no-await-in-loop -- each turn goes on from the last.
      const turn = current.cancelRequested || stopping ? null : await this.#turn(plan, pace);
      plan = turn?.plan ?? plan;
      const state = turn?.state ?? (current.cancelRequested ? 'cancelled' : 'running');
      // oxlint-disable-next-line no-await-in-loop
      current = await this.#options.operations.save({
        id: taken.id,
        driver: this.#name,
        leaseMs: stopping ? 0 : leaseMs,
        state,
        text: JSON.stringify(plan),
      });
      if (stopping) return;
    }
    if (current === null) return;
    this.#options.logger.info(
      { operation: taken.id, queue: plan.queue, done: plan.done },
      `operation ${plan.action}: ${current.state}`,
    );
  }

  /** Steps until it is time to save. */
  async #turn(plan: Plan, pace: Pace): Promise<{ plan: Plan; state: OperationState }> {
    const until = performance.now() + SAVE_MS;
    let now = plan;
    try {
      while (performance.now() < until && !this.#stopped.signal.aborted) {
        const pause = Math.min(pace.pauseMs(), until - performance.now());
        if (pause > 0) {
          // oxlint-disable-next-line no-await-in-loop -- each step waits for its time.
          await this.#rest(pause, false);
          continue;
        }
        // oxlint-disable-next-line no-await-in-loop -- each step goes on from the last.
        const after = await step(this.#options.store, now);
        if (after === null) return { plan: now, state: 'done' };
        pace.acted(after.done - now.done, plan.ratePerSec);
        now = after;
      }
      return { plan: now, state: 'running' };
    } catch (error) {
      if (PASSING.has(codeOf(error) ?? '')) throw error;
      this.#options.logger.error({ queue: plan.queue, err: error }, 'an operation failed');
      return { plan: { ...now, problem: messageOf(error).slice(0, 500) }, state: 'failed' };
    }
  }

  /** @param wakeable ends when there is something new to do, too. */
  async #rest(ms: number, wakeable: boolean): Promise<void> {
    const { signal } = this.#stopped;
    if (signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    let end = (): void => undefined;
    await new Promise<void>((resolve) => {
      end = resolve;
      timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', end, { once: true });
      if (wakeable) this.#wake = resolve;
    });
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    if (wakeable) this.#wake = undefined;
  }
}

/** Holds to a rate: after so many jobs, so long a pause. */
class Pace {
  #resumeAt = 0;

  pauseMs(): number {
    return this.#resumeAt - performance.now();
  }

  acted(jobs: number, ratePerSec: number | undefined): void {
    if (ratePerSec === undefined) return;
    this.#resumeAt = Math.max(this.#resumeAt, performance.now()) + (jobs / ratePerSec) * 1_000;
  }
}

/** Counts what a plan would act upon, within one request. */
export async function countMatching(
  store: StepStore,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<number> {
  if (wanted.ids !== undefined) return wanted.ids.length;
  let plan: Plan | null = newPlan(wanted);
  while (plan !== null && plan.phase === 'count' && !signal.aborted) {
    // oxlint-disable-next-line no-await-in-loop -- each step goes on from the last.
    plan = await step(store, plan);
  }
  return plan?.total ?? 0;
}
