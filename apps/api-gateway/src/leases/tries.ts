import { createHash, randomUUID } from 'node:crypto';
import { LIMITS } from '@relay/contract';
import { z } from 'zod';
import { HttpProblem } from '../http/http-problem.ts';
import type { JobStore } from '../store.ts';
import type { Claim } from './claims.ts';

const noted = z.object({ request: z.string(), owner: z.string(), queues: z.array(z.string()) });

/** A claim of one queue, and the name under which it is made. */
export interface Try {
  readonly queue: string;
  /** Undefined for a request without a key. */
  readonly callId: string | undefined;
}

/** One that can be recalled. */
export interface NamedTry extends Try {
  readonly callId: string;
}

/**
 * The tries of a request that has an idempotency key. Each is noted before it is made, under a name of its own: whoever
 * repeats the request first recalls them all, and those that the first one may be about to make. That one makes no more
 * then: its client may have gone without anybody telling it.
 */
export class Tries {
  /** Of the same request, made before; empty for one that was not repeated. */
  readonly earlier: readonly NamedTry[];
  /** Those whose answers were lost. */
  readonly unanswered: NamedTry[] = [];
  readonly #store: JobStore;
  readonly #key: string | undefined;
  readonly #request: string;
  readonly #owner = randomUUID();
  readonly #queues: string[];
  /** How many of each queue there have been. */
  readonly #counts = new Map<string, number>();
  #made = 0;
  #lost = false;

  private constructor(
    store: JobStore,
    { key, queues }: Pick<Claim, 'key' | 'queues'>,
    { request, before }: { readonly request: string; readonly before: readonly string[] | null },
  ) {
    this.#store = store;
    this.#key = key;
    this.#request = request;
    // Of each queue one more than was noted: that may be on its way.
    this.#queues = before === null ? [] : [...before, ...queues];
    this.earlier = this.#queues.map((queue) => this.#name(queue));
  }

  /** @throws {HttpProblem} `idempotency-mismatch` when the key was used for another request. */
  static async open(store: JobStore, claim: Claim): Promise<Tries> {
    const { workerId, queues, max, leaseMs, key } = claim;
    const request = createHash('sha256')
      .update(JSON.stringify([workerId, queues, max, leaseMs]))
      .digest('base64url');
    const text = key === undefined ? null : await store.noted(nameOf(key));
    if (text === null) return new Tries(store, claim, { request, before: null });
    const first = noted.parse(JSON.parse(text));
    if (first.request !== request) {
      throw new HttpProblem('idempotency-mismatch', 'The key was used for another claim');
    }
    const tries = new Tries(store, claim, { request, before: first.queues });
    await tries.#note();
    return tries;
  }

  /** Somebody has repeated the request: it makes no more tries. */
  get lost(): boolean {
    return this.#lost;
  }

  /** One more try, which is noted; null when somebody has repeated the request meanwhile. */
  async next(queue: string): Promise<Try | null> {
    if (this.#key === undefined || this.#queues.length >= LIMITS.actionIds) {
      return { queue, callId: undefined };
    }
    if (this.#made > 0 && !(await this.#isMine(this.#key))) {
      this.#lost = true;
      return null;
    }
    this.#made += 1;
    const one = this.#name(queue);
    this.#queues.push(queue);
    await this.#note();
    return one;
  }

  /** By its number in its queue: the first tries of two requests that began at once are one. */
  #name(queue: string): NamedTry {
    const n = this.#counts.get(queue) ?? 0;
    this.#counts.set(queue, n + 1);
    return { queue, callId: `claim ${this.#key} ${n}` };
  }

  async #isMine(key: string): Promise<boolean> {
    const text = await this.#store.noted(nameOf(key));
    // Forgotten after ten minutes.
    return text === null || noted.parse(JSON.parse(text)).owner === this.#owner;
  }

  async #note(): Promise<void> {
    if (this.#key === undefined) return;
    const text = { request: this.#request, owner: this.#owner, queues: this.#queues };
    await this.#store.note(nameOf(this.#key), JSON.stringify(text));
  }
}

function nameOf(key: string): string {
  return `claim ${key}`;
}
