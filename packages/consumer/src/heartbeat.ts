import type { Extension } from '@relay/broker';
import { RetryDelay } from './backoff.ts';
import type { Deliveries } from './deliveries.ts';
import type { LoopWatch } from './loop-watch.ts';
import type { RunningJob } from './running-job.ts';
import { type Runtime, reportStoreError } from './runtime.ts';

/** What the broker takes in one call. */
const MAX_BATCH = 1_000;
/** Reported progress waits at most so long, in ms. */
const PROGRESS_MS = 1_000;
/** The shortest lease that the broker takes. */
const GIVEN_UP_MS = 1_000;

/** Keeps the leases of one queue's deliveries alive: one call a tick for all of them. */
export class Heartbeat {
  readonly #queue: string;
  readonly #runtime: Runtime;
  readonly #deliveries: () => Deliveries;
  readonly #watch: LoopWatch;
  readonly #retry = new RetryDelay();
  #timer: NodeJS.Timeout | undefined;
  #nextAt = Number.POSITIVE_INFINITY;
  #beating = false;
  #running = false;
  #givingUp = 0;

  constructor(parts: {
    queue: string;
    runtime: Runtime;
    watch: LoopWatch;
    deliveries: () => Deliveries;
  }) {
    this.#queue = parts.queue;
    this.#runtime = parts.runtime;
    this.#watch = parts.watch;
    this.#deliveries = parts.deliveries;
  }

  start(): void {
    this.#running = true;
    this.#schedule(this.#runtime.settings.heartbeatMs);
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** There is progress to tell: the next beat comes within a second. */
  hasten(): void {
    if (this.#beating || this.#nextAt <= this.#runtime.now() + PROGRESS_MS) return;
    this.#schedule(PROGRESS_MS);
  }

  /** Extends the lease of one job at once. Throws what the broker throws. */
  async extendOne(job: RunningJob, leaseMs?: number): Promise<void> {
    await this.#extend([job], leaseMs ?? this.#runtime.settings.leaseMs);
  }

  /** Cuts the lease of a job whose handler died, so that the reaper soon counts the crash. */
  async giveUp(job: RunningJob): Promise<void> {
    this.#givingUp += 1;
    try {
      await this.#extend([job], GIVEN_UP_MS);
    } catch (error) {
      // It then runs out by itself.
      reportStoreError(this.#runtime, { queue: this.#queue, op: 'extend', error });
    }
    this.#givingUp -= 1;
  }

  /** Whether Redis is still to hear that a lease was given up. */
  get givingUp(): boolean {
    return this.#givingUp > 0;
  }

  #schedule(ms: number): void {
    if (!this.#running) return;
    clearTimeout(this.#timer);
    this.#nextAt = this.#runtime.now() + ms;
    this.#timer = setTimeout(() => void this.#beat(), ms);
  }

  async #beat(): Promise<void> {
    const { settings, now } = this.#runtime;
    this.#beating = true;
    let pause = settings.heartbeatMs;
    try {
      const horizon = now() + settings.leaseMs;
      const jobs: RunningJob[] = [];
      for (const job of this.#deliveries().all) {
        // A lease that the handler itself made longer must not be cut short.
        if (!job.leaseOver && (job.leaseDeadline <= horizon || hasNews(job))) {
          jobs.push(job);
        }
      }
      for (let from = 0; from < jobs.length; from += MAX_BATCH) {
        // One call after the other: a queue has one heartbeat under way at most.
        // oxlint-disable-next-line no-await-in-loop
        await this.#extend(jobs.slice(from, from + MAX_BATCH), settings.leaseMs);
      }
      this.#retry.reset();
    } catch (error) {
      pause = Math.min(pause, this.#retry.next());
      reportStoreError(this.#runtime, { queue: this.#queue, op: 'extend', error });
    }
    this.#beating = false;
    this.#schedule(pause);
  }

  async #extend(jobs: readonly RunningJob[], leaseMs: number): Promise<void> {
    const { settings, now, abort } = this.#runtime;
    const sentAt = now();
    const news = jobs.map((job) => ({ progress: job.progress, said: job.unsentLines }));
    const items = jobs.map((job, index): Extension => {
      const { id, token } = job.lease;
      const { progress, said } = news[index] ?? NO_NEWS;
      return {
        id,
        token,
        leaseMs: job.leaseOver ? leaseMs : Math.max(leaseMs, remaining(job, sentAt)),
        ...(progress === null ? {} : { progress }),
        ...(said === null ? {} : { logs: said.lines }),
      };
    });
    const results = await settings.broker.extend(this.#queue, items, {
      // The next beat carries fresher words than a repetition of this one.
      deadlineMs: settings.heartbeatMs,
      signal: abort,
    });
    for (const [index, job] of jobs.entries()) {
      const result = results[index];
      const item = items[index];
      if (result === undefined || item === undefined) continue;
      if (result.status === 'lease-lost') {
        // One that has ended meanwhile was perhaps just settled: its own answer will tell.
        if (job.active) job.lose('refused');
        continue;
      }
      // By this clock, from before the call: certain to be before the deadline in Redis.
      job.confirm(sentAt + item.leaseMs);
      if (job.place !== null) this.#watch.confirmed(job.place, job.leaseDeadline);
      const { progress, said } = news[index] ?? NO_NEWS;
      if (job.progress === progress) job.progress = null;
      if (said !== null) job.linesSent(said.version);
      if (result.cancelRequested) job.cancel();
    }
  }
}

const NO_NEWS = { progress: null, said: null };

function hasNews(job: RunningJob): boolean {
  return job.progress !== null || job.unsentLines !== null;
}

/** What is left of a lease that its handler made longer. */
function remaining(job: RunningJob, now: number): number {
  return Math.floor(job.leaseDeadline - now);
}
