import { randomKey } from '../enqueue.ts';
import { RelayError } from '../errors.ts';
import type { SettleAnswer, Settlement } from '../generated/contract.ts';
import { LIMITS } from '../generated/limits.ts';
import type { Http } from '../http.ts';
import { backoff, ENDLESS, sleep } from '../retry.ts';
import { settlementOfError } from './outcome.ts';
import type { RunningJob } from './running-job.ts';

export interface SettlerOptions {
  readonly http: Http;
  readonly signal: AbortSignal;
  readonly onSettled: (job: RunningJob, state: string | undefined) => void;
  readonly onError: (error: unknown) => void;
  /** Something was settled, or given up. */
  readonly onChange: () => void;
}

/**
 * Tells the gateway how deliveries ended: one call at a time, so that what ends meanwhile shares the
 * next. What could not be told is told again until its lease has gone.
 */
export class Settler {
  readonly #options: SettlerOptions;
  #waiting: RunningJob[] = [];
  #open = 0;
  #running = false;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Deliveries that ended and are not settled. */
  get open(): number {
    return this.#open;
  }

  add(job: RunningJob): void {
    this.#waiting.push(job);
    this.#open += 1;
    if (!this.#running) void this.#run();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#running = true;
    const { signal, onError } = this.#options;
    for (let failures = 0; this.#waiting.length > 0 && !signal.aborted; ) {
      const batch = this.#waiting.splice(0, LIMITS.leaseItems);
      try {
        // oxlint-disable-next-line no-await-in-loop -- one call in flight.
        await this.#settle(batch);
        failures = 0;
      } catch (error) {
        if (!signal.aborted) onError(error);
        // oxlint-disable-next-line no-await-in-loop
        if (isAboutItems(error) && !signal.aborted) await this.#oneByOne(batch, error);
        else this.#again(batch);
        // oxlint-disable-next-line no-await-in-loop
        await sleep(backoff(ENDLESS, failures++), signal).catch(stopped(signal));
      }
    }
    this.#running = false;
  }

  async #settle(batch: readonly RunningJob[]): Promise<void> {
    const { http, signal } = this.#options;
    const items = batch.map((job) => job.settlement);
    const { results } = await http.json<SettleAnswer>({
      method: 'POST',
      path: '/v1/leases/settle',
      body: JSON.stringify({ items }),
      headers: { 'idempotency-key': randomKey() },
      safe: true,
      maxMs: 1_000,
      signal,
      has: 'results',
    });
    for (const [index, job] of batch.entries()) {
      const result = results[index];
      if (result?.status === 'settled') this.#done(job, result.state);
      else if (result?.status === 'lease-lost') this.#lose(job, 'stale-settle');
      else this.#again([job]);
    }
  }

  /** The gateway refused the call: whichever item it was about must not take the others with it. */
  async #oneByOne(batch: readonly RunningJob[], error: unknown): Promise<void> {
    for (const job of batch) {
      const alone = batch.length === 1;
      if (alone && job.settlement?.outcome !== 'complete') {
        this.#lose(job, 'unsettled');
        continue;
      }
      if (alone) job.settlement = refused(job, error);
      try {
        // oxlint-disable-next-line no-await-in-loop -- one call in flight.
        await this.#settle([job]);
      } catch (next) {
        if (alone && isAboutItems(next)) this.#lose(job, 'unsettled');
        else this.#again([job]);
      }
    }
  }

  #again(jobs: readonly RunningJob[]): void {
    for (const job of jobs) {
      if (job.leaseOver || job.leaseLeftMs <= 0) this.#lose(job, 'unsettled');
      else this.#waiting.push(job);
    }
  }

  #done(job: RunningJob, state: string | undefined): void {
    this.#open -= 1;
    job.close();
    this.#options.onSettled(job, state);
    this.#options.onChange();
  }

  #lose(job: RunningJob, cause: 'stale-settle' | 'unsettled'): void {
    this.#open -= 1;
    job.lose(cause);
    this.#options.onChange();
  }
}

/** What a gateway says of a body, and what cannot be written as one. */
const OF_ITEMS = new Set(['malformed', 'validation', 'too-large']);

/** Anything else (a key that is unknown, a proxy without a gateway) says nothing about how a job ended. */
function isAboutItems(error: unknown): boolean {
  return !(error instanceof RelayError) || OF_ITEMS.has(error.code);
}

function refused(job: RunningJob, error: unknown): Settlement {
  job.error = error;
  return settlementOfError(job.token, error);
}

/** Ignores the rejection of an aborted wait, and nothing else. */
export function stopped(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
