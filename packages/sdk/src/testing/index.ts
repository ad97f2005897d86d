import { Relay, type RelayOptions } from '../index.ts';
import { Model } from './model.ts';
import { fakeFetch } from './server.ts';

/**
 * A Relay in memory, for the tests of those who use the SDK: the same client, in front of a fake that
 * holds the same contract and passes the same conformance list as a real gateway. Everything works as
 * it does there, workers and events too; jobs become due by themselves, or when `advance` says so.
 * Rates and series are empty, rate limits are not enforced, and there are no schedules and no overview.
 *
 * @example
 * ```ts
 * const { relay } = new FakeRelay();
 * await signUp(relay, { email: 'ada@example.org' });
 * const jobs = await Array.fromAsync(relay.queue('emails').jobs({ state: 'ready' }));
 * ```
 */
export class FakeRelay {
  /** A client of the fake. */
  readonly relay: Relay;
  /** For a client of your own: `new Relay({ url: 'http://relay.test', fetch: fake.fetch })`. */
  readonly fetch: NonNullable<RelayOptions['fetch']>;
  readonly #model = new Model();

  /** @param options Of the client. */
  constructor(options: Omit<RelayOptions, 'url' | 'fetch'> = {}) {
    this.fetch = fakeFetch(this.#model);
    this.relay = new Relay({ url: 'http://relay.test', ...options, fetch: this.fetch });
  }

  /** Lets time pass for the fake: jobs become due, leases run out. */
  advance(ms: number): void {
    this.#model.advance(ms);
  }

  /** Forgets all queues, jobs, workers and operations. */
  clear(): void {
    const { queues, operations, workers, tokens } = this.#model;
    for (const map of [queues, operations, workers, tokens]) map.clear();
  }
}
