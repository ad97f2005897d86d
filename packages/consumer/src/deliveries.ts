import type { Lease, Settlement, SettleResult } from '@relay/broker';
import { CODEC_HEADER, type Codecs } from './codecs.ts';
import type { LoopWatch } from './loop-watch.ts';
import { releaseOf, settlementOfError } from './outcome.ts';
import { tellSettled } from './report.ts';
import { type JobOwner, RunningJob } from './running-job.ts';
import type { Runtime } from './runtime.ts';
import type { SlotShare } from './slot-pool.ts';
import type { LeaseLossCause, Logger } from './types.ts';

/**
 * Handlers are called one after the other; after so many ms of that the event loop gets a turn, so
 * that a hundred handlers that compute for 50 ms each do not hold up the heartbeat.
 */
const START_BUDGET_MS = 10;

/** An ended delivery: its settlement is decided. */
export type EndedJob = RunningJob & { settlement: Settlement };

export interface DeliveriesOptions {
  readonly queue: string;
  readonly runtime: Runtime;
  readonly share: SlotShare;
  readonly watch: LoopWatch;
  /** There is something to settle, or a slot has become free. */
  readonly onChange: () => void;
  readonly onProgress: () => void;
  readonly extend: JobOwner['extend'];
  readonly giveUp: (job: RunningJob) => void;
}

/** The deliveries of one queue in this process: those that run and those that wait to be settled. */
export class Deliveries implements JobOwner {
  readonly logger: Logger;
  readonly codecs: Codecs;
  readonly abortGraceMs: number;
  readonly now: () => number;
  readonly onProgress: () => void;
  readonly extend: JobOwner['extend'];
  readonly #options: DeliveriesOptions;
  readonly #runtime: Runtime;
  readonly #unknownTypes = new Set<string>();
  /** Every delivery whose lease or slot is not over yet. */
  readonly #all = new Set<RunningJob>();
  #unstarted: RunningJob[] = [];
  #starting = false;
  #draining = false;
  #ended: RunningJob[] = [];

  constructor(options: DeliveriesOptions) {
    const { runtime } = options;
    this.#options = options;
    this.#runtime = runtime;
    this.logger = runtime.settings.logger;
    this.codecs = runtime.settings.codecs;
    this.abortGraceMs = runtime.settings.abortGraceMs;
    this.now = runtime.now;
    this.onProgress = options.onProgress;
    this.extend = options.extend;
  }

  get all(): Iterable<RunningJob> {
    return this.#all;
  }

  /** How many still wait for their handler or for the broker's answer. */
  get open(): number {
    let count = 0;
    for (const job of this.#all) if (!job.leaseOver) count += 1;
    return count;
  }

  /** How many handlers are still to end by themselves. */
  get active(): number {
    let count = 0;
    for (const job of this.#all) if (job.active) count += 1;
    return count;
  }

  /** Takes over what was claimed, with a deadline (monotonic ms) that is certain to be before Redis's. */
  begin(leases: readonly Lease[], leaseDeadline: number): void {
    for (const lease of leases) {
      const job = new RunningJob(lease, leaseDeadline, this);
      this.#all.add(job);
      job.place = this.#options.watch.enter(job);
      this.#unstarted.push(job);
    }
    if (leases.length > 0) this.#runtime.deadlines.arm(leaseDeadline);
    // A claim that was tried again for so long that its lease may be over is not worth a start.
    if (this.#draining || leaseDeadline <= this.now()) this.#returnUnstarted();
    else if (!this.#starting) this.#startSome();
  }

  /** From now on no handler is called; what waits for its call goes back at no cost. */
  drain(): void {
    this.#draining = true;
    this.#returnUnstarted();
  }

  /** At most `max` ended deliveries, in the order of their end. */
  takeEnded(max: number): EndedJob[] {
    // One that waited here while its lease went is not worth a word any more.
    const ended = this.#ended.filter(isEnded);
    this.#ended = ended.splice(max);
    return ended;
  }

  /** The call that was to settle these failed: again later, unless their lease has gone meanwhile. */
  putBack(jobs: readonly EndedJob[]): void {
    const now = this.now();
    for (const job of jobs) {
      if (job.leaseDeadline <= now) this.renew(job);
      if (job.leaseDeadline <= now) job.lose('unsettled');
    }
    this.#ended = [...jobs.filter((job) => !job.leaseOver), ...this.#ended];
  }

  /** The worker gives up: whatever is not settled is left to the reaper. */
  abandonUnsettled(): void {
    // A set may lose members while it is walked.
    for (const job of this.#all) job.lose('unsettled');
  }

  /** The broker's answers, in the order of `jobs`. */
  settled(jobs: readonly EndedJob[], results: readonly SettleResult[]): void {
    for (const [index, job] of jobs.entries()) {
      const result = results[index];
      if (result === undefined || result.status === 'lease-lost') job.lose('stale-settle');
      else {
        job.leaseOver = true;
        this.#leaveBoard(job);
        if (!job.slotHeld) this.#all.delete(job);
        tellSettled(this.#runtime.events, job, result.state);
      }
    }
  }

  arm(at: number): void {
    this.#runtime.deadlines.arm(at);
  }

  onEnded(job: RunningJob): void {
    this.#ended.push(job);
    if (!job.slotHeld) this.#options.share.release(1);
    this.#options.onChange();
  }

  onLost(job: RunningJob, cause: LeaseLossCause): void {
    this.#leaveBoard(job);
    if (!job.slotHeld) this.#all.delete(job);
    const { queue, id } = job.lease;
    this.logger.warn({ queue, job: id, cause }, 'the lease of a job was lost');
    this.#runtime.events.emit('lost', { job: job.job, cause, runMs: job.runMs });
  }

  onCrashed(job: RunningJob): void {
    this.#options.giveUp(job);
    this.onLost(job, 'crashed');
    this.#options.share.release(1);
    this.#options.onChange();
  }

  renew(job: RunningJob): void {
    if (job.place === null) return;
    const learned = this.#options.watch.learned(job.place);
    if (learned === 'lost') job.lose('refused');
    else if (learned > job.leaseDeadline) {
      job.confirm(learned);
      this.arm(learned);
    }
  }

  onSlotFreed(job: RunningJob, abandoned: boolean): void {
    if (job.leaseOver) this.#all.delete(job);
    this.#options.share.release(1);
    this.#options.onChange();
    if (!abandoned) return;
    const { queue, id } = job.lease;
    this.logger.warn({ queue, job: id }, 'a handler is still running after its signal was aborted');
    this.#runtime.events.emit('abandoned', { job: job.job });
  }

  #leaveBoard(job: RunningJob): void {
    if (job.place === null) return;
    this.#options.watch.leave(job.place);
    job.place = null;
  }

  #startSome(): void {
    this.#starting = true;
    const until = this.now() + START_BUDGET_MS;
    const { events } = this.#runtime;
    const told = events.has('started');
    let next = 0;
    for (; next < this.#unstarted.length; next++) {
      const job = this.#unstarted[next];
      // Its lease may have gone, or the worker may drain, while it waited here.
      if (job === undefined || !job.active) continue;
      if (next % 16 === 15 && this.now() > until) break;
      const handler = this.#runtime.settings.handlers.of(job.lease.type);
      const codecs = job.lease.headers[CODEC_HEADER];
      if (handler === undefined) this.#unhandled(job);
      else if (codecs !== undefined && this.#refuses(job, codecs)) continue;
      else {
        if (told) events.emit('started', { job: job.job });
        job.run(handler);
      }
    }
    this.#unstarted = this.#unstarted.slice(next);
    this.#starting = this.#unstarted.length > 0;
    // Only while there is something to start: this never spins.
    if (this.#starting) setImmediate(() => this.#startSome());
  }

  #returnUnstarted(): void {
    const waiting = this.#unstarted;
    this.#unstarted = [];
    for (const job of waiting) if (job.active) job.endUnstarted(releaseOf(job.lease));
  }

  /** A handler that never reads its payload would seem to have done its work. */
  #refuses(job: RunningJob, codecs: string): boolean {
    const refusal = this.codecs.refusal(job.lease.id, codecs);
    if (refusal === null) return false;
    job.error = refusal;
    job.endUnstarted(settlementOfError(job.lease, refusal));
    return true;
  }

  #unhandled(job: RunningJob): void {
    const { id, token, type, queue } = job.lease;
    const delayMs = this.#runtime.settings.unhandledDelayMs;
    if (!this.#unknownTypes.has(type)) {
      this.#unknownTypes.add(type);
      this.logger.warn(
        { queue, type },
        `no handler for job type ${type}: such jobs go back to their queue for ${delayMs} ms`,
      );
      this.#runtime.events.emit('unknownType', { queue, type });
    }
    job.endUnstarted({ id, token, outcome: 'unhandled', delayMs });
  }
}

function isEnded(job: RunningJob): job is EndedJob {
  return job.settlement !== null && !job.leaseOver;
}
