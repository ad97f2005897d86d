import type { Lease, LogLine, Settlement } from '@relay/broker';
import type { Codecs } from './codecs.ts';
import { HandlerContext } from './context.ts';
import type { Due } from './deadlines.ts';
import {
  type ConsumerError,
  intentOf,
  JobCancelledError,
  JobTimeoutError,
  LeaseLostError,
  WorkerStoppedError,
} from './errors.ts';
import { KeptLines } from './job-log.ts';
import { JobView } from './job-view.ts';
import type { BoardPlace } from './lease-board.ts';
import { legible, releaseOf, settlementOfError, settlementOfValue } from './outcome.ts';
import type { Handler, LeaseLossCause, Logger } from './types.ts';

/** What a running job tells and asks of the one that runs it. */
export interface JobOwner {
  readonly logger: Logger;
  readonly codecs: Codecs;
  readonly abortGraceMs: number;
  now(): number;
  /** Monotonic ms at which {@link RunningJob.onDue} wants to be called. */
  arm(at: number): void;
  /** Its settlement is decided; its slot may be held on (`slotHeld`). */
  onEnded(job: RunningJob): void;
  onLost(job: RunningJob, cause: LeaseLossCause): void;
  /** The handler of a job that had ended or was lost has come to its end too, or was given up. */
  onSlotFreed(job: RunningJob, abandoned: boolean): void;
  onProgress(): void;
  /** Its lease seems over by this clock: the heartbeat thread may have kept it. */
  renew(job: RunningJob): void;
  /** What ran it died. */
  onCrashed(job: RunningJob): void;
  extend(job: RunningJob, leaseMs: number | undefined): Promise<void>;
}

/**
 * One delivery in this process, from its claim to the broker's answer to its settlement.
 *
 * Two things end on their own: the *lease* (settled or lost) and the *slot* (the handler's end). In
 * the ordinary case the handler ends first and settles. After a timeout, a lost lease or an eviction
 * the lease is over while the handler may still run; the slot stays taken until it ends, or for
 * `abortGraceMs` at most.
 */
export class RunningJob implements Due {
  readonly lease: Lease;
  readonly job: JobView;
  /** Monotonic ms; the lease ends here unless a heartbeat is confirmed. */
  leaseDeadline: number;
  /** Decided when the delivery has ended. */
  settlement: Settlement | null = null;
  /** Settled or lost: the broker needs to hear no more of it. */
  leaseOver = false;
  slotHeld = true;
  /** What the handler threw. */
  error: unknown = null;
  /** From the handler's call to its end, ms. */
  runMs = 0;
  /** JSON text that no heartbeat has carried yet. */
  progress: string | null = null;
  /** Where the heartbeat thread finds it. */
  place: BoardPlace | null = null;
  #said: KeptLines | null = null;
  readonly #owner: JobOwner;
  /** Monotonic ms; negative: the handler was not called yet. */
  #startedAt = -1;
  #timeoutAt = Number.POSITIVE_INFINITY;
  #abandonAt = Number.POSITIVE_INFINITY;
  #abortReason: ConsumerError | null = null;
  #controller: AbortController | null = null;

  constructor(lease: Lease, leaseDeadline: number, owner: JobOwner) {
    this.lease = lease;
    this.leaseDeadline = leaseDeadline;
    this.job = new JobView(lease, owner.codecs);
    this.#owner = owner;
  }

  /** Neither ended nor lost. */
  get active(): boolean {
    return this.settlement === null && !this.leaseOver;
  }

  /** Made when it is first read: most handlers never do. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#abortReason !== null) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get dueAt(): number {
    if (this.active) return Math.min(this.#timeoutAt, this.leaseDeadline);
    return this.slotHeld ? this.#abandonAt : Number.POSITIVE_INFINITY;
  }

  /** The handler logged a line. */
  keep(line: LogLine): void {
    this.#said ??= new KeptLines();
    this.#said.add(line);
  }

  /** What it logged, if the broker has not heard all of it. */
  get unsentLines(): ReturnType<KeptLines['unsent']> {
    return this.#said === null ? null : this.#said.unsent();
  }

  linesSent(version: number): void {
    this.#said?.sent(version);
  }

  /** Calls the handler. Never throws. */
  run(handler: Handler): void {
    const now = this.#owner.now();
    this.#startedAt = now;
    if (this.lease.timeoutMs !== null) {
      this.#timeoutAt = now + this.lease.timeoutMs;
      this.#owner.arm(this.#timeoutAt);
    }
    let value: unknown;
    try {
      value = handler(this.job, new HandlerContext(this, this.#owner));
      // Whatever it returned: to ask for its `then`, and to call that, may throw too.
      if (isThenable(value)) {
        value.then(
          (result) => this.#returned(result),
          (error: unknown) => this.#threw(error),
        );
        return;
      }
    } catch (error) {
      this.#threw(error);
      return;
    }
    this.#returned(value);
  }

  /** Ends a delivery whose handler was not called. */
  endUnstarted(settlement: Settlement): void {
    this.#end(settlement);
  }

  /** The broker confirmed the lease until `deadline` (monotonic ms). */
  confirm(deadline: number): void {
    this.leaseDeadline = Math.max(this.leaseDeadline, deadline);
  }

  /** Somebody asked to cancel: the handler is told, and whatever settles it becomes `cancelled`. */
  cancel(): void {
    if (this.active) this.#abort(new JobCancelledError(`job ${this.lease.id} was cancelled`));
  }

  /** The lease has gone. */
  lose(cause: LeaseLossCause): void {
    if (this.leaseOver) return;
    const wasActive = this.active;
    if (wasActive) this.#countRun();
    this.leaseOver = true;
    this.#owner.onLost(this, cause);
    if (!wasActive) return;
    if (!this.#started) {
      this.#freeSlot(false);
      return;
    }
    this.#leaveHandler();
    this.#abort(new LeaseLostError(`the lease of job ${this.lease.id} has gone`));
  }

  /** The worker stops: the handler is asked to end. */
  askToStop(): void {
    if (this.active) {
      this.#abort(new WorkerStoppedError('the worker stops and its time to drain is over'));
    }
  }

  /** The worker stops: the job goes back to its queue, whatever its handler does. */
  evict(): void {
    if (!this.active) return;
    if (!this.#started) {
      this.#end(releaseOf(this.lease));
      return;
    }
    this.#decide(releaseOf(this.lease));
    this.#countRun();
    this.#leaveHandler();
    this.#owner.onEnded(this);
  }

  /** The worker stops and does not trust it: whatever its handler does, this delivery counts as a crash. */
  crash(): void {
    if (!this.active) return;
    if (this.#started) this.#crash();
    else this.#end(releaseOf(this.lease));
  }

  onDue(now: number): void {
    if (!this.active) this.#freeSlot(true);
    else if (this.#timeoutAt <= now) this.#timeOut();
    else {
      this.#owner.renew(this);
      if (this.leaseDeadline <= now) this.lose('unconfirmed');
    }
  }

  #timeOut(): void {
    const { id, token, timeoutMs } = this.lease;
    this.#decide({ id, token, outcome: 'timeout' });
    const reason = new JobTimeoutError(`job ${id} ran longer than its ${timeoutMs} ms`);
    this.error = reason;
    this.#countRun();
    this.#leaveHandler();
    this.#owner.onEnded(this);
    this.#abort(reason);
  }

  #returned(value: unknown): void {
    if (!this.active) this.#freeSlot(false);
    else this.#end(settlementOfValue(this.lease, value));
  }

  #threw(thrown: unknown): void {
    if (!this.active) {
      this.#freeSlot(false);
      return;
    }
    const error = legible(thrown);
    this.error = error;
    if (intentOf(error)?.kind === 'crash') {
      this.#crash();
      return;
    }
    // The handler obeyed the signal: that is not its failure.
    const stopped = this.#abortReason instanceof WorkerStoppedError;
    this.#end(stopped ? releaseOf(this.lease) : settlementOfError(this.lease, error));
  }

  /** Neither settled nor kept: its lease is left to run out. */
  #crash(): void {
    this.#countRun();
    this.leaseOver = true;
    this.slotHeld = false;
    this.#owner.onCrashed(this);
  }

  #decide(settlement: Settlement): void {
    const said = this.unsentLines;
    this.settlement = said === null ? settlement : { ...settlement, logs: said.lines };
  }

  #end(settlement: Settlement): void {
    this.#decide(settlement);
    this.slotHeld = false;
    this.#countRun();
    this.#owner.onEnded(this);
  }

  /** The lease is over before the handler is. */
  #leaveHandler(): void {
    this.#abandonAt = this.#owner.now() + this.#owner.abortGraceMs;
    this.#owner.arm(this.#abandonAt);
  }

  get #started(): boolean {
    return this.#startedAt >= 0;
  }

  #countRun(): void {
    if (this.#started) this.runMs = this.#owner.now() - this.#startedAt;
  }

  #freeSlot(abandoned: boolean): void {
    if (!this.slotHeld) return;
    this.slotHeld = false;
    this.#owner.onSlotFreed(this, abandoned);
  }

  #abort(reason: ConsumerError): void {
    if (this.#abortReason !== null) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
