import type { Principal } from '../auth/principal.ts';
import { busy } from './busy.ts';

export interface KeyLimitsOptions {
  /** Requests a second of one key, as many at once after a pause of a second; 0: no limit. */
  readonly ratePerSec: number;
  /** Requests of one key at once, waiting ones counted; 0: no limit. */
  readonly concurrency: number;
  /** Keys remembered at most. Defaults to 10,000: about 1 MB. */
  readonly mostKeys?: number;
  /** Monotonic, in ms. Defaults to `performance.now`. */
  readonly now?: () => number;
}

/** What is known of one key. */
interface Bucket {
  /** Whole and broken tokens at {@link filledAt}. */
  tokens: number;
  filledAt: number;
  running: number;
}

/**
 * Holds each API key to a rate (a token bucket) and to a number of requests at once, so that one
 * client in a loop leaves room for the others. Only keys that exist come here, so strangers cannot
 * fill the memory; those that are replaced again and again are forgotten, the longest unused first.
 */
export class KeyLimits {
  readonly #options: KeyLimitsOptions;
  readonly #mostKeys: number;
  readonly #now: () => number;
  /** In the order of their first use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: KeyLimitsOptions) {
    this.#options = options;
    this.#mostKeys = options.mostKeys ?? 10_000;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Admits a request of a key, to be ended by {@link leave}.
   *
   * @throws {HttpProblem} `rate-limited`, with the time after which to come again.
   */
  enter({ id }: Principal): void {
    const { ratePerSec, concurrency } = this.#options;
    const now = this.#now();
    const bucket = this.#buckets.get(id) ?? this.#create(id, now);
    if (concurrency > 0 && bucket.running >= concurrency) {
      throw busy('key-concurrency', `This key has ${concurrency} requests under way`);
    }
    if (ratePerSec > 0) {
      const grown = bucket.tokens + ((now - bucket.filledAt) * ratePerSec) / 1_000;
      bucket.tokens = Math.min(ratePerSec, grown);
      bucket.filledAt = now;
      if (bucket.tokens < 1) {
        const seconds = (1 - bucket.tokens) / ratePerSec;
        throw busy('key-rate', `This key may send ${ratePerSec} requests a second`, seconds);
      }
      bucket.tokens -= 1;
    }
    bucket.running += 1;
  }

  /** A request that was admitted has ended. */
  leave({ id }: Principal): void {
    const bucket = this.#buckets.get(id);
    if (bucket !== undefined && bucket.running > 0) bucket.running -= 1;
  }

  #create(id: string, now: number): Bucket {
    if (this.#buckets.size >= this.#mostKeys) this.#forgetOne();
    const bucket = { tokens: this.#options.ratePerSec, filledAt: now, running: 0 };
    this.#buckets.set(id, bucket);
    return bucket;
  }

  /** One that has no request under way; if all have, the oldest: a bound is a bound. */
  #forgetOne(): void {
    for (const [id, { running }] of this.#buckets) {
      if (running > 0) continue;
      this.#buckets.delete(id);
      return;
    }
    for (const id of this.#buckets.keys()) {
      this.#buckets.delete(id);
      return;
    }
  }
}
