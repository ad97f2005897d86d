import type {
  DeadReason,
  Job,
  JobState,
  Operation,
  QueueConfig,
  QueueSummary,
} from '../generated/contract.ts';
import { FakeProblem } from './problem.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A job with what no answer shows. */
export interface FakeJob extends Mutable<Job> {
  readonly seq: number;
  hasResult: boolean;
  token: string | undefined;
  leaseEndsAt: number;
  dueAt: number;
  endedAt: number;
  cancelAsked: boolean;
  startedDelivery: number;
}

/** Its revision is made of it where it is shown. */
export type FakeConfig = Omit<QueueConfig, 'revision'>;

export interface FakeQueue {
  readonly name: string;
  paused: boolean;
  config: FakeConfig;
  readonly jobs: Map<string, FakeJob>;
  readonly keys: Map<string, { id: string; fingerprint: string; expiresAt: number }>;
  readonly totals: { enqueued: number; completed: number; failed: number; dead: number };
}

export const DEFAULT_CONFIG: FakeConfig = {
  rateLimit: null,
  concurrency: null,
  maxReady: null,
  defaults: {
    maxAttempts: 5,
    maxCrashes: 3,
    backoff: { type: 'exponential', baseMs: 1_000, capMs: 600_000, jitter: 'full' },
    leaseMs: 30_000,
  },
  retention: {
    completed: { maxAgeMs: 3_600_000, maxCount: 1_000 },
    dead: { maxAgeMs: null, maxCount: null },
  },
};

const ENDED: ReadonlySet<JobState> = new Set(['completed', 'dead', 'cancelled']);

/** All that the fake knows, and what happens by itself: due times, expired leases. */
export class Model {
  readonly queues = new Map<string, FakeQueue>();
  readonly operations = new Map<string, Operation>();
  readonly workers = new Map<string, { queues: Set<string>; lastSeenAt: number; quiet: boolean }>();
  /** Token → job and what its settlement was answered. */
  readonly tokens = new Map<string, { job: FakeJob; answer?: object }>();
  readonly #listeners = new Set<() => void>();
  #offsetMs = 0;
  #serial = 0;

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  time(at = this.now()): string {
    return new Date(at).toISOString();
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
    this.tick();
  }

  next(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** Made by the first enqueue. */
  ensure(name: string): FakeQueue {
    const found = this.queues.get(name);
    if (found !== undefined) return found;
    const queue: FakeQueue = {
      name,
      paused: false,
      config: structuredClone(DEFAULT_CONFIG),
      jobs: new Map(),
      keys: new Map(),
      totals: { enqueued: 0, completed: 0, failed: 0, dead: 0 },
    };
    this.queues.set(name, queue);
    return queue;
  }

  queue(name: string): FakeQueue {
    const found = this.queues.get(name);
    if (found === undefined) throw new FakeProblem('not-found', `There is no queue "${name}"`);
    return found;
  }

  job(queue: string, id: string): FakeJob {
    const found = this.queues.get(queue)?.jobs.get(id);
    if (found === undefined)
      throw new FakeProblem('not-found', `Queue "${queue}" has no job ${id}`);
    return found;
  }

  in(queue: FakeQueue, state: JobState): FakeJob[] {
    return [...queue.jobs.values()].filter((job) => job.state === state).toSorted(ORDER[state]);
  }

  ready(job: FakeJob): void {
    this.#leave(job);
    job.state = 'ready';
  }

  schedule(job: FakeJob, dueAt: number): void {
    this.#leave(job);
    job.state = dueAt <= this.now() ? 'ready' : 'scheduled';
    job.dueAt = dueAt;
    job.runAt = this.time(dueAt);
  }

  end(job: FakeJob, state: 'completed' | 'dead' | 'cancelled', reason?: DeadReason): void {
    this.#leave(job);
    job.state = state;
    job.reason = reason ?? null;
    job.endedAt = this.now();
    job.finishedAt = this.time();
    const { totals } = this.ensure(job.queue);
    if (state === 'completed') totals.completed += 1;
    if (state === 'dead') totals.dead += 1;
  }

  /** Back to work with its counters reset. */
  revive(job: FakeJob): void {
    Object.assign(job, { attempts: 0, crashes: 0, error: null, reason: null, finishedAt: null });
    this.ready(job);
  }

  /** Does what is due. */
  tick(): void {
    const now = this.now();
    for (const queue of this.queues.values()) {
      for (const job of queue.jobs.values()) {
        if (job.state === 'scheduled' && job.dueAt <= now) this.ready(job);
        else if (job.state === 'active' && job.leaseEndsAt <= now) this.#crash(job);
      }
    }
    this.changed();
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Tells of every change, until the function that comes back is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at every change and whenever something is due, until the time or the caller is gone. */
  async wait<T>(
    look: () => T | undefined,
    { ms, signal }: { readonly ms: number; readonly signal: AbortSignal | undefined },
  ): Promise<T | undefined> {
    const until = Date.now() + ms;
    for (;;) {
      const found = look();
      const left = until - Date.now();
      if (found !== undefined || left <= 0 || signal?.aborted === true) return found;
      // oxlint-disable-next-line no-await-in-loop -- a wait.
      await this.#change(Math.min(left, Math.max(1, this.#nextDue() - this.now())), signal);
    }
  }

  summary(queue: FakeQueue): QueueSummary {
    const oldest = this.in(queue, 'ready').map((job) => job.dueAt);
    const { rateLimit, concurrency, maxReady } = queue.config;
    return {
      name: queue.name,
      paused: queue.paused,
      limits: { rateLimit, concurrency, maxReady },
      counts: this.counts(queue),
      oldestReadyMs: oldest.length === 0 ? null : Math.max(0, this.now() - Math.min(...oldest)),
      rates: {
        enqueuedPerSec: 0,
        startedPerSec: 0,
        completedPerSec: 0,
        failedPerSec: 0,
        deadPerSec: 0,
      },
    } as QueueSummary;
  }

  counts(queue: FakeQueue): Record<JobState, number> {
    const counts = { scheduled: 0, ready: 0, active: 0, completed: 0, dead: 0, cancelled: 0 };
    for (const job of queue.jobs.values()) counts[job.state] += 1;
    return counts;
  }

  #crash(job: FakeJob): void {
    job.crashes += 1;
    if (job.cancelAsked) this.end(job, 'cancelled');
    else if (job.crashes > job.maxCrashes) this.end(job, 'dead', 'crashed');
    else this.ready(job);
  }

  #leave(job: FakeJob): void {
    job.token = undefined;
    job.leaseExpiresAt = null;
    job.workerId = null;
    job.cancelAsked = false;
  }

  #nextDue(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { jobs } of this.queues.values()) {
      for (const job of jobs.values()) {
        if (job.state === 'scheduled') next = Math.min(next, job.dueAt);
        if (job.state === 'active') next = Math.min(next, job.leaseEndsAt);
      }
    }
    return next;
  }

  #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        stop();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        this.tick();
      }, ms);
      const stop = this.onChange(end);
      signal?.addEventListener('abort', end, { once: true });
    });
  }
}

export function isEnded(state: JobState): boolean {
  return ENDED.has(state);
}

const byEnd = (a: FakeJob, b: FakeJob): number => a.endedAt - b.endedAt || a.seq - b.seq;
const ORDER: Readonly<Record<JobState, (a: FakeJob, b: FakeJob) => number>> = {
  ready: (a, b) => b.priority - a.priority || a.seq - b.seq,
  scheduled: (a, b) => a.dueAt - b.dueAt || b.priority - a.priority || a.seq - b.seq,
  active: (a, b) => a.leaseEndsAt - b.leaseEndsAt || a.seq - b.seq,
  completed: byEnd,
  dead: byEnd,
  cancelled: byEnd,
};
