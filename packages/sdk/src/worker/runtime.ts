import { type Schemas, validated } from '../definition.ts';
import { randomKey } from '../enqueue.ts';
import { RelayError } from '../errors.ts';
import type { ClaimAnswer, ExtendAnswer, Lease } from '../generated/contract.ts';
import { LIMITS } from '../generated/limits.ts';
import { type Http, mayPass } from '../http.ts';
import { backoff, ENDLESS, sleep } from '../retry.ts';
import { leftOf, restOf } from './answer-times.ts';
import type { Emitter } from './emitter.ts';
import { Gate } from './gate.ts';
import { ofPayload } from './outcome.ts';
import { RunningJob } from './running-job.ts';
import type { Settings } from './settings.ts';
import { Settler, stopped } from './settler.ts';
import type { Handler, WorkerEvents } from './types.ts';

/** After the drain: what aborted handlers get to end by themselves, in ms. */
const LAST_WORDS_MS = 500;
/** After that: what the last settlements get to be answered, in ms. */
const FLUSH_MS = 5_000;
/** What the gateway gets to tell what a claim took that the stop has cut short, in ms; at most twice that, with tries. */
const LOOK_BACK_MS = 1_000;
const PROGRESS_MS = 1_000;

export interface RuntimeOptions {
  readonly http: Http;
  readonly settings: Settings;
  readonly schemas: ReadonlyMap<string, Schemas | undefined>;
  readonly handlerOf: (type: string) => Handler | undefined;
  readonly events: Emitter<WorkerEvents>;
}

/** The claims, heartbeats and deliveries of a worker that has started. */
export class Runtime {
  readonly #http: Http;
  readonly #options: RuntimeOptions;
  readonly #settings: Settings;
  readonly #events: Emitter<WorkerEvents>;
  readonly #gate = new Gate();
  readonly #jobs = new Set<RunningJob>();
  readonly #settler: Settler;
  /** Ends claims. */
  readonly #claiming = new AbortController();
  /** Ends everything else. */
  readonly #closing = new AbortController();
  readonly #beatTimer: ReturnType<typeof setInterval>;
  #claimUnderWay = false;
  #progressTimer: ReturnType<typeof setTimeout> | undefined;

  /** The heartbeat begins here. */
  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#http = options.http;
    this.#settings = options.settings;
    this.#events = options.events;
    this.#beatTimer = setInterval(() => void this.#beat(), options.settings.heartbeatMs);
    this.#settler = new Settler({
      http: options.http,
      signal: this.#closing.signal,
      onSettled: (job, state) => this.#onSettled(job, state),
      onError: (error) => this.#trouble('settle', error),
      onChange: () => this.#gate.notify(),
    });
  }

  get busy(): number {
    return [...this.#jobs].filter((job) => job.slotHeld).length;
  }

  async stop(drainMs: number): Promise<void> {
    this.#claiming.abort(new Error('the worker stops'));
    this.#gate.notify();
    const settled = (): boolean => this.#settler.open === 0 && !this.#claimUnderWay;
    const idle = (): boolean => this.busy === 0 && settled();
    if (!(await this.#gate.until(idle, drainMs))) {
      for (const job of this.#jobs) job.askToStop();
      await this.#gate.until(idle, LAST_WORDS_MS);
      for (const job of this.#jobs) job.evict();
      await this.#gate.until(settled, FLUSH_MS);
    }
    this.#closing.abort(new Error('the worker has stopped'));
    clearInterval(this.#beatTimer);
    clearTimeout(this.#progressTimer);
    for (const job of this.#jobs) {
      job.lose('unsettled');
      job.abandon();
    }
  }

  /** @throws {RelayError} when the gateway refuses for good before it has ever answered. */
  async claimLoop(): Promise<void> {
    const { signal } = this.#claiming;
    const { concurrency } = this.#settings;
    let failures = 0;
    let everAnswered = false;
    while (!signal.aborted) {
      const room = (): boolean => this.busy < concurrency && this.#settler.open <= concurrency;
      // oxlint-disable-next-line no-await-in-loop -- one claim in flight.
      await this.#gate.until(() => signal.aborted || room());
      if (signal.aborted) return;
      try {
        const max = Math.min(concurrency - this.busy, LIMITS.leaseItems);
        // oxlint-disable-next-line no-await-in-loop
        const pauseMs = await this.#claimOrLookBack(max, randomKey());
        failures = 0;
        everAnswered = true;
        // oxlint-disable-next-line no-await-in-loop
        if (pauseMs > 0) await sleep(pauseMs, signal).catch(stopped(signal));
      } catch (error) {
        this.#trouble('claim', error);
        if (!everAnswered && !mayPass(error)) throw error;
        const wait = Math.max(backoff(ENDLESS, failures++), restOf(error));
        // oxlint-disable-next-line no-await-in-loop
        await sleep(wait, signal).catch(stopped(signal));
      }
    }
  }

  /** @returns how long not to ask again, in ms. */
  async #claimOrLookBack(max: number, key: string): Promise<number> {
    const { waitMs, leaseMs } = this.#settings;
    const { signal } = this.#claiming;
    this.#claimUnderWay = true;
    try {
      return await this.#claim({ max, key, waitMs, maxMs: leaseMs, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      // Its answer may have been on its way. With its key it is answered again; what it took goes back.
      const lookBack = { waitMs: 0, timeoutMs: LOOK_BACK_MS, maxMs: LOOK_BACK_MS };
      await this.#claim({ max, key, ...lookBack, signal: this.#closing.signal }).catch(
        (missed: unknown) => this.#trouble('claim', missed),
      );
      return 0;
    } finally {
      this.#claimUnderWay = false;
      this.#gate.notify();
    }
  }

  /** @returns how long not to ask again, in ms. */
  async #claim(call: {
    readonly max: number;
    readonly key: string;
    readonly waitMs: number;
    readonly timeoutMs?: number;
    readonly maxMs: number;
    readonly signal: AbortSignal;
  }): Promise<number> {
    const { max, key, ...times } = call;
    const { waitMs } = times;
    const { workerId, leaseMs } = this.#settings;
    const queues = [...this.#options.schemas.keys()];
    const asked = performance.now();
    const { body, headers, attempt } = await this.#http.answer<ClaimAnswer>({
      method: 'POST',
      path: '/v1/leases',
      body: JSON.stringify({ workerId, queues, max, leaseMs, waitMs }),
      has: 'leases',
      headers: { 'idempotency-key': key },
      safe: true,
      ...times,
    });
    let least = leaseMs;
    for (const lease of body.leases) {
      const left = attempt === 1 ? leaseMs : leftOf(lease, headers, leaseMs);
      least = Math.min(least, left);
      this.#begin(lease, left);
    }
    if (least < leaseMs / 2) void this.#beat();
    if (body.leases.length > 0) return 0;
    // Somebody who answers at once that there is nothing must not be asked at once again.
    const early = performance.now() - asked < waitMs / 2 ? 100 : 0;
    return Math.min(body.retryAfterMs ?? early, waitMs);
  }

  #begin(lease: Lease, leaseMs: number): void {
    const { unhandledDelayMs, abortGraceMs, logger } = this.#settings;
    const job = new RunningJob(lease, leaseMs, {
      abortGraceMs,
      logger,
      onEnded: (ended) => this.#settler.add(ended),
      onLost: (gone, cause) => {
        this.#forget(gone);
        this.#events.emit('lost', { job: gone.job, cause });
      },
      onSlotFreed: (freed, abandoned) => {
        this.#forget(freed);
        if (abandoned) this.#events.emit('abandoned', { job: freed.job });
      },
      onProgress: () => {
        this.#progressTimer ??= setTimeout(() => void this.#beat(), PROGRESS_MS);
      },
      extend: (one, ms) => this.#extend([one], ms),
    });
    this.#jobs.add(job);
    if (this.#claiming.signal.aborted) {
      job.giveBack();
      return;
    }
    const { queue, type, payload } = lease.job;
    const handler = this.#options.handlerOf(type);
    if (handler === undefined) {
      this.#events.emit('unknownType', { queue, type });
      job.giveBack(unhandledDelayMs);
      return;
    }
    this.#events.emit('started', { job: job.job });
    const schemas = this.#options.schemas.get(queue);
    void job.run(handler, async () =>
      schemas === undefined ? payload : await checkedPayload(schemas, type, payload),
    );
  }

  #onSettled(job: RunningJob, state: string | undefined): void {
    this.#forget(job);
    const { outcome } = job.settlement ?? { outcome: 'release' };
    this.#events.emit('settled', {
      job: job.job,
      outcome: OUTCOMES[outcome],
      state,
      runMs: job.runMs,
      error: job.error,
    });
  }

  /** Once its lease and its slot are over. */
  #forget(job: RunningJob): void {
    if (job.leaseOver && !job.slotHeld) this.#jobs.delete(job);
    this.#gate.notify();
  }

  /** Never rejects. */
  async #beat(): Promise<void> {
    clearTimeout(this.#progressTimer);
    this.#progressTimer = undefined;
    const jobs = [...this.#jobs].filter((job) => !job.leaseOver);
    for (let from = 0; from < jobs.length; from += LIMITS.leaseItems) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- a few calls of 100 leases.
        await this.#extend(jobs.slice(from, from + LIMITS.leaseItems));
      } catch (error) {
        this.#trouble('extend', error);
      }
    }
  }

  async #extend(jobs: readonly RunningJob[], wishedMs = this.#settings.leaseMs): Promise<void> {
    const asked = performance.now();
    // A heartbeat does not take back what a handler has asked for.
    const leases = jobs.map((job) => Math.ceil(Math.max(wishedMs, job.leaseLeftMs)));
    const sent = jobs.map((job) => job.progress);
    const items = jobs.map((job, index) => ({
      leaseToken: job.token,
      leaseMs: leases[index],
      ...(sent[index] === undefined ? {} : { progress: sent[index].value }),
    }));
    const { results } = await this.#http.json<ExtendAnswer>({
      method: 'POST',
      path: '/v1/leases/extend',
      body: JSON.stringify({ items }),
      safe: true,
      timeoutMs: this.#settings.heartbeatMs,
      maxMs: this.#settings.heartbeatMs,
      signal: this.#closing.signal,
      has: 'results',
    });
    for (const [index, job] of jobs.entries()) {
      const result = results[index];
      // One that has ended meanwhile is settled by its own call.
      if (job.leaseOver || result === undefined || result.status === 'unavailable') continue;
      if (result.status === 'lease-lost') {
        if (job.active) job.lose('refused');
        continue;
      }
      job.confirm(asked + (leases[index] ?? wishedMs));
      if (job.progress === sent[index]) job.progress = undefined;
      if (result.cancelRequested === true) job.cancel();
    }
  }

  #trouble(op: 'claim' | 'settle' | 'extend', error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#settings.logger.warn({ err: error, op }, 'the gateway did not do as asked');
    this.#events.emit('error', { op, error });
  }
}

const OUTCOMES = { complete: 'completed', fail: 'failed', release: 'released' } as const;

async function checkedPayload(schemas: Schemas, type: string, payload: unknown): Promise<unknown> {
  try {
    return await validated(schemas, type, payload);
  } catch (error) {
    throw error instanceof RelayError ? ofPayload(error) : error;
  }
}
