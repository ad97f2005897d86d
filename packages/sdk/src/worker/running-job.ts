import type { RelayError } from '../errors.ts';
import type { Lease, Settlement } from '../generated/contract.ts';
import { LIMITS } from '../generated/limits.ts';
import { toJson } from '../json.ts';
import { LeaseLostError } from '../problems.ts';
import { JobCancelledError, JobTimeoutError, ReleaseError, WorkerStoppedError } from './errors.ts';
import { legible, releaseOf, settlementOfError, settlementOfValue } from './outcome.ts';
import type { Handler, JobContext, LeaseLossCause, Logger, WorkerJob } from './types.ts';

/** What a running job tells and asks of its worker. */
export interface JobOwner {
  readonly abortGraceMs: number;
  readonly logger: Logger;
  /** Its settlement is decided. */
  onEnded(job: RunningJob): void;
  onLost(job: RunningJob, cause: LeaseLossCause): void;
  /** Its handler has ended, or was given up. */
  onSlotFreed(job: RunningJob, abandoned: boolean): void;
  onProgress(): void;
  extend(job: RunningJob, leaseMs: number | undefined): Promise<void>;
}

/**
 * One delivery, from its claim to the gateway's answer to its settlement. Two things end on their own:
 * the lease (settled or lost) and the slot (the handler's end). After a timeout, a lost lease or the
 * worker's stop the lease is over while the handler may still run, for `abortGraceMs` at most.
 */
export class RunningJob {
  readonly token: string;
  readonly job: WorkerJob;
  settlement: Settlement | undefined;
  /** Settled or lost: the gateway needs to hear no more of it. */
  leaseOver = false;
  slotHeld = true;
  /** What the handler threw. */
  error: unknown;
  runMs = 0;
  /** What no heartbeat has carried yet. */
  progress: { readonly value: unknown } | undefined;
  readonly #owner: JobOwner;
  readonly #abort = new AbortController();
  readonly #startedAt = performance.now();
  #leaseDeadline = 0;
  readonly #timers: { [name: string]: ReturnType<typeof setTimeout> } = {};

  constructor({ leaseToken, job }: Lease, leaseMs: number, owner: JobOwner) {
    this.token = leaseToken;
    this.job = { ...job, createdAt: Date.parse(job.createdAt) };
    this.#owner = owner;
    this.confirm(performance.now() + leaseMs);
  }

  /** Neither ended nor lost. */
  get active(): boolean {
    return this.settlement === undefined && !this.leaseOver;
  }

  get leaseLeftMs(): number {
    return this.#leaseDeadline - performance.now();
  }

  /** Calls the handler with what `payload` resolves to. Never rejects. */
  async run(handler: Handler, payload: () => Promise<unknown>): Promise<void> {
    const { timeoutMs, id } = this.job;
    if (timeoutMs !== null) {
      this.#after('timeout', timeoutMs, () =>
        this.#leave(new JobTimeoutError(id, timeoutMs), true),
      );
    }
    try {
      const job = { ...this.job, payload: await payload() };
      const value = await handler(job, this.#context());
      this.#handlerEnded(() => settlementOfValue(this.token, value));
    } catch (thrown) {
      const error = legible(thrown);
      this.#handlerEnded(() => {
        this.error = error;
        // A handler that obeyed the worker's stop has not failed.
        const stopped = this.#abort.signal.reason instanceof WorkerStoppedError;
        return stopped ? releaseOf(this.token) : settlementOfError(this.token, error);
      });
    }
  }

  /** Ends a delivery whose handler is not called. */
  giveBack(delayMs?: number): void {
    this.slotHeld = false;
    this.#end(releaseOf(this.token, delayMs));
  }

  /** The lease is ours until `deadline`, by this machine's monotonic clock. */
  confirm(deadline: number): void {
    this.#leaseDeadline = Math.max(this.#leaseDeadline, deadline);
    this.#after('lease', this.leaseLeftMs, () => this.lose('unconfirmed'));
  }

  /** Somebody asked to cancel it: whatever settles it becomes `cancelled`. */
  cancel(): void {
    if (this.active) this.#abort.abort(new JobCancelledError(this.job.id));
  }

  askToStop(): void {
    if (this.active) this.#abort.abort(new WorkerStoppedError());
  }

  /** Back to the queue, whatever its handler does. */
  evict(): void {
    if (this.active) this.#leave(new WorkerStoppedError(), false);
  }

  /** Waits for its handler no longer. */
  abandon(): void {
    this.#freeSlot(true);
  }

  lose(cause: LeaseLossCause): void {
    if (this.leaseOver) return;
    const handlerRuns = this.slotHeld && this.settlement === undefined;
    this.close();
    this.#owner.onLost(this, cause);
    if (handlerRuns) {
      this.#abort.abort(lost(this.job.id));
      this.#waitForHandler();
    }
  }

  /** The gateway has answered its settlement. */
  close(): void {
    this.leaseOver = true;
    for (const name of ['lease', 'timeout']) clearTimeout(this.#timers[name]);
  }

  /** The lease is settled now; the handler has its grace. */
  #leave(reason: RelayError, failed: boolean): void {
    if (!this.active) return;
    if (failed) this.error = reason;
    this.#end(failed ? settlementOfError(this.token, reason) : releaseOf(this.token));
    this.#abort.abort(reason);
    this.#waitForHandler();
  }

  #waitForHandler(): void {
    this.#after('grace', this.#owner.abortGraceMs, () => this.#freeSlot(true));
  }

  /** First what is still to be told, then the slot: a worker that stops ends when it has neither. */
  #handlerEnded(settlement: () => Settlement): void {
    if (this.active) this.#end(settlement());
    this.#freeSlot(false);
  }

  #end(settlement: Settlement): void {
    this.settlement = settlement;
    this.runMs = performance.now() - this.#startedAt;
    clearTimeout(this.#timers['timeout']);
    this.#owner.onEnded(this);
  }

  #freeSlot(abandoned: boolean): void {
    clearTimeout(this.#timers['grace']);
    if (!this.slotHeld) return;
    this.slotHeld = false;
    this.#owner.onSlotFreed(this, abandoned);
  }

  #after(name: string, ms: number, then: () => void): void {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(then, ms);
  }

  #context(): JobContext {
    const { queue, id, attempt } = this.job;
    return {
      signal: this.#abort.signal,
      attempt,
      log: this.#owner.logger.child({ queue, job: id, attempt }),
      progress: (value) => {
        toJson(value, 'the progress', LIMITS.progressBytes);
        this.progress = { value };
        this.#owner.onProgress();
      },
      extend: async (leaseMs) => {
        if (this.active) await this.#owner.extend(this, leaseMs);
        if (!this.active) throw lost(id);
      },
      release: (delayMs) => {
        throw new ReleaseError(delayMs);
      },
    };
  }
}

function lost(id: string): LeaseLostError {
  return new LeaseLostError('lease-lost', `the lease of job ${id} is no longer this worker's`);
}
