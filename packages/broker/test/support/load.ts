import type { Broker } from '../../src/index.ts';
import { of } from './broker-fixture.ts';

/**
 * Producers and consumers on every broker, until it is ended. Keeps count of what was accepted and what was completed,
 * and of everything that a caller should not have seen.
 */
export class Load {
  /** What was thrown at a caller. */
  readonly errors: unknown[] = [];
  /** Jobs whose lease was called lost. */
  lost = 0;
  /** The longest that a producer or consumer took for its round since somebody set it to 0, in ms. */
  longestMs = 0;
  readonly #accepted = new Set<string>();
  readonly #done = new Set<string>();
  readonly #queue: string;
  readonly #loops: readonly Promise<void>[];
  /** Jobs that may wait: producers rest beyond it. */
  readonly #backlog: number;
  #producing = true;

  constructor(brokers: readonly Broker[], queue: string, backlog = 500) {
    this.#queue = queue;
    this.#backlog = backlog;
    this.#loops = brokers.flatMap((broker, i) => [this.#produce(broker), this.#consume(broker, i)]);
  }

  get accepted(): number {
    return this.#accepted.size;
  }

  get done(): number {
    return this.#done.size;
  }

  /** Accepted and not completed. */
  get missing(): string[] {
    return [...this.#accepted].filter((id) => !this.#done.has(id));
  }

  /** Ends the producers, and the consumers when nothing is left to do. */
  async end(): Promise<void> {
    this.#producing = false;
    await Promise.all(this.#loops);
  }

  async #produce(broker: Broker): Promise<void> {
    while (this.#producing) {
      const requests = Array.from({ length: 10 }, (_, i) => ({
        payload: '{"n":1}',
        ...(i === 0 ? { idempotencyKey: `${Math.random()}`, delayMs: 5 } : {}),
      }));
      await this.#time(async () => {
        for (const outcome of await broker.enqueueMany(this.#queue, requests)) {
          if (!outcome.ok) throw outcome.error;
          this.#accepted.add(outcome.result.id);
        }
      });
      while (this.#producing && this.accepted - this.done > this.#backlog) await turn();
    }
  }

  async #consume(broker: Broker, i: number): Promise<void> {
    while (this.#producing || this.accepted > this.done) {
      await this.#time(async () => {
        await broker.promote(this.#queue);
        await broker.reap(this.#queue);
        const claim = { workerId: `w${i}`, max: 20, leaseMs: 20_000 };
        const { leases } = await broker.claim(this.#queue, claim);
        if (leases.length === 0) await turn();
        await broker.extend(
          this.#queue,
          leases.slice(0, 1).map((lease) => ({ ...of(lease), leaseMs: 20_000 })),
        );
        const items = leases.map((lease) => ({ ...of(lease), outcome: 'complete' }) as const);
        const answers = await broker.settle(this.#queue, items);
        for (const [at, answer] of answers.entries()) {
          if (answer.status === 'settled') this.#done.add(items[at]!.id);
          else this.lost++;
        }
      });
    }
  }

  async #time(run: () => Promise<void>): Promise<void> {
    const start = performance.now();
    try {
      await run();
    } catch (error) {
      this.errors.push(error);
      await turn();
    }
    this.longestMs = Math.max(this.longestMs, Math.round(performance.now() - start));
  }
}

/** Lets everything else have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
