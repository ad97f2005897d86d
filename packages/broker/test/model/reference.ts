import type { DeadReason, Delivery, JobState, SettleResult } from '../../src/index.ts';
import {
  type Between,
  type ModelJob,
  type ModelLease,
  type ModelSettings,
  newSettings,
} from './reference-job.ts';

const HISTORY_LENGTH = 20;
const LAST_BUCKET = 27;

/** A claim that was given a name, and took something. */
export interface ModelCall {
  readonly leases: readonly { readonly id: string; readonly token: string }[];
  readonly leasesEndAt: number;
  readonly retryAfterMs: number | null;
  readonly expiresAt: number;
}

/** Something that Redis forgets by itself. */
export interface Memory {
  readonly kind: 'key' | 'call' | 'settlement';
  readonly name: string;
}

/** An idempotency key in use. */
export interface ModelKey {
  readonly fingerprint: string;
  readonly id: string;
  readonly windowMs: number;
  readonly expiresAt: number;
}

/**
 * A queue as the design describes it, in memory and without any cleverness: a map of jobs, each of which says where it
 * is. The verbs are functions over it in the files beside this one; none of them knows how Redis holds anything.
 */
export class ReferenceQueue {
  now: number;
  settings: ModelSettings = newSettings();
  readonly jobs = new Map<string, ModelJob>();
  readonly keys = new Map<string, ModelKey>();
  /** By the name that was given. */
  readonly calls = new Map<string, ModelCall>();
  /** By id and token: answers that were to be remembered. */
  readonly settlements = new Map<string, { result: SettleResult; expiresAt: number }>();
  readonly totals = new Map<string, number>();
  /** The token bucket as the last claim left it; null: never used, so full. */
  bucket: { tokens: number; at: number } | null = null;
  /** Changes with everything that the wake rule looks at. */
  version = 0;
  /** Hears of every branch that was taken, for the coverage table. */
  readonly note: (event: string) => void;
  #lastOrder = 0;

  constructor(now: number, note: (event: string) => void) {
    this.now = now;
    this.note = note;
  }

  /** The jobs of a state, next to be acted upon first. */
  in(state: JobState): ModelJob[] {
    const jobs: ModelJob[] = [];
    for (const job of this.jobs.values()) if (job.state === state) jobs.push(job);
    return jobs.toSorted(ORDER[state]);
  }

  size(state: JobState): number {
    let size = 0;
    for (const job of this.jobs.values()) if (job.state === state) size++;
    return size;
  }

  count(total: string, n = 1): void {
    if (n > 0) this.totals.set(total, (this.totals.get(total) ?? 0) + n);
  }

  /** Entry e of a histogram counts what took from 2^(e−1) to below 2^e ms, entry 0 what took less than one. */
  observe(histogram: 'wait' | 'run', ms: number): void {
    let entry = 0;
    while (2 ** entry <= ms && entry < LAST_BUCKET) entry++;
    this.count(`${histogram}:${entry}`);
  }

  /** Ready behind all others of its priority, or at the place that it had. */
  toReady(job: ModelJob, place: 'last' | 'old'): void {
    job.state = 'ready';
    job.lease = null;
    if (place === 'last') job.order = ++this.#lastOrder;
    this.version++;
  }

  toScheduled(job: ModelJob, due: number | Between): void {
    job.state = 'scheduled';
    job.lease = null;
    job.drawn = typeof due === 'number' ? null : due;
    job.scheduledFor = typeof due === 'number' ? due : due[0];
    this.version++;
  }

  /** After a delivery: it becomes ready again then. */
  toRetry(job: ModelJob, due: number | Between): void {
    this.toScheduled(job, due);
    job.readyAt = job.scheduledFor;
  }

  /** What Redis drew; false when that is out of bounds. */
  adopt(job: ModelJob, due: number): boolean {
    if (job.drawn === null) return true;
    const [earliest, latest] = job.drawn;
    job.drawn = null;
    job.scheduledFor = due;
    job.readyAt = due;
    return due >= earliest && due <= latest;
  }

  toActive(job: ModelJob, lease: ModelLease): void {
    job.state = 'active';
    job.lease = lease;
    job.expiresAt = null;
    this.version++;
  }

  toDead(job: ModelJob, reason: DeadReason): void {
    job.reason = reason;
    this.count('dead');
    this.note(`dead: ${reason}`);
    this.#end(job, 'dead');
  }

  toCancelled(job: ModelJob): void {
    this.count('cancelled');
    this.#end(job, 'cancelled');
  }

  toCompleted(job: ModelJob): void {
    this.#end(job, 'completed');
  }

  remove(job: ModelJob): void {
    this.jobs.delete(job.id);
    if (job.state === 'ready') this.version++;
  }

  /** Notes the end of a delivery; the job still has its lease. */
  endDelivery(job: ModelJob, outcome: Delivery['outcome'], message: string | null): void {
    const { lease } = job;
    if (lease === null) throw new Error(`${job.id} has no lease`);
    job.history.push({
      number: lease.number,
      outcome,
      startedAt: lease.start,
      endedAt: this.now,
      workerId: lease.owner,
      message,
    });
    if (job.history.length > HISTORY_LENGTH) {
      job.history.shift();
      this.note('history: the oldest delivery is forgotten');
    }
  }

  /** Drops what has been remembered for long enough. */
  forget(): Memory[] {
    const forgotten: Memory[] = [];
    const drop = (
      kind: Memory['kind'],
      memories: Map<string, { readonly expiresAt: number }>,
    ): void => {
      for (const [name, { expiresAt }] of memories) {
        if (expiresAt > this.now) continue;
        memories.delete(name);
        forgotten.push({ kind, name });
        this.note(`forgotten: a ${kind}`);
      }
    };
    drop('key', this.keys);
    drop('call', this.calls);
    drop('settlement', this.settlements);
    return forgotten;
  }

  /** Tokens in the bucket now, with fractions; null without a rate limit. */
  bucketTokens(): number | null {
    const { rateLimit } = this.settings;
    if (rateLimit === null) return null;
    const { rate, perMs, burst } = rateLimit;
    if (this.bucket === null) return burst;
    const elapsed = Math.max(0, this.now - this.bucket.at);
    return Math.min(burst, this.bucket.tokens + (elapsed * rate) / perMs);
  }

  /** Whether a claim could take something now: then, and only then, a wake token stands ready (I29). */
  get claimable(): boolean {
    const { paused, concurrency } = this.settings;
    return (
      !paused &&
      this.size('ready') > 0 &&
      (concurrency === null || this.size('active') < concurrency) &&
      (this.bucketTokens() ?? 1) >= 1
    );
  }

  /** When a background loop has something to do here; null: never. */
  get nextDueAt(): number | null {
    let earliest: number | null = null;
    for (const job of this.jobs.values()) {
      for (const time of [
        job.lease?.deadline ?? null,
        job.state === 'scheduled' ? job.scheduledFor : null,
        job.expiresAt,
      ]) {
        if (time !== null && (earliest === null || time < earliest)) earliest = time;
      }
    }
    return earliest;
  }

  #end(job: ModelJob, state: 'completed' | 'dead' | 'cancelled'): void {
    job.state = state;
    job.lease = null;
    job.expiresAt = null;
    job.endedAt = this.now;
    this.version++;
  }
}

type Order = (a: ModelJob, b: ModelJob) => number;

/** Where nothing else decides, ids do. */
const byId: Order = (a, b) => (a.id < b.id ? -1 : 1);
const byEnd: Order = (a, b) => a.endedAt - b.endedAt || byId(a, b);

const ORDER: Readonly<Record<JobState, Order>> = {
  ready: (a, b) => b.priority - a.priority || a.order - b.order || byId(a, b),
  scheduled: (a, b) => a.scheduledFor - b.scheduledFor || b.priority - a.priority || byId(a, b),
  active: (a, b) => (a.lease?.deadline ?? 0) - (b.lease?.deadline ?? 0) || byId(a, b),
  completed: byEnd,
  dead: byEnd,
  cancelled: byEnd,
};
