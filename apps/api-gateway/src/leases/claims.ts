import { createHash } from 'node:crypto';
import { type ClaimResult, type Lease, StoreUnavailableError } from '@relay/broker';
import { LIMITS } from '@relay/contract';
import { type Logger, messageOf } from '@relay/service-kit';
import { z } from 'zod';
import { groupBy } from '../group-by.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { JobStore } from '../store.ts';
import type { ClaimHub } from './claim-hub.ts';
import type { HttpWorkers } from './http-workers.ts';

/** What a client asks for. */
export interface Claim {
  readonly workerId: string;
  readonly queues: readonly string[];
  readonly max: number;
  readonly leaseMs: number;
  readonly waitMs: number;
  /** Who repeats a request with its key gets what the first one got. */
  readonly key: string | undefined;
}

export interface ClaimsOptions {
  readonly store: JobStore;
  readonly hub: ClaimHub;
  readonly workers: HttpWorkers;
  readonly logger: Logger;
  /** A claim that takes longer is given up; what it brings then is given back. */
  readonly limitMs: number;
}

/** While a client waits it gives signs of life: it is silent for 30 s otherwise. */
const ALIVE_MS = 10_000;

/** Between two looks for what a claim took whose answer was lost. */
const LOOK_AGAIN_MS = 250;

/** Of payloads in one answer; each queue stops at as much by itself. */
const MOST_BYTES = 4_194_304;

const keptTries = z.object({ request: z.string(), queues: z.array(z.string()) });

/** The claims of clients over HTTP. */
export class Claims {
  readonly #options: ClaimsOptions;
  #turn = 0;

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /**
   * Takes jobs, waiting for some if there are none.
   *
   * @param gone Aborted when the client goes: nothing is claimed for it then, and what was is given back.
   */
  async take(claim: Claim, gone: AbortSignal): Promise<ClaimResult> {
    const { workers } = this.#options;
    const quiet = await workers.claims(claim.workerId, claim.queues);
    const tries = await Tries.open(this.#options.store, claim);
    const found = await this.#now(claim, tries, quiet, gone);
    if (found.leases.length > 0 || claim.waitMs === 0 || gone.aborted) return found;
    return await this.#wait(claim, tries, gone);
  }

  /** Sends jobs back at no cost, to their old places. Their leases end by themselves if that fails. */
  giveBack(leases: readonly Lease[]): void {
    const { store, logger } = this.#options;
    for (const [queue, own] of groupBy(leases, (lease) => lease.queue)) {
      const items = own.map(({ id, token }) => ({ id, token, outcome: 'release' as const }));
      store.settle(queue, items).catch((error: unknown) => {
        logger.warn({ queue }, `jobs of a client that has gone wait: ${messageOf(error)}`);
      });
    }
  }

  /** What there is now: first what earlier tries of the same request got, then the queues in turn. */
  async #now(claim: Claim, tries: Tries, quiet: boolean, gone: AbortSignal): Promise<ClaimResult> {
    const leases: Lease[] = [];
    let retryAfterMs: number | null = null;
    const attempts = tries.earlier.map((_, n) => () => this.#again(claim, tries, n));
    const from = this.#turn++ % claim.queues.length;
    const inTurn = [...claim.queues.slice(from), ...claim.queues.slice(0, from)];
    if (!quiet) {
      for (const queue of inTurn) {
        attempts.push(() => this.#claim(claim, tries, queue, claim.max - leases.length));
      }
    }
    let bytes = 0;
    for (const attempt of attempts) {
      if (gone.aborted || leases.length >= claim.max || bytes > MOST_BYTES) break;
      try {
        // oxlint-disable-next-line no-await-in-loop -- each takes what the ones before left room for.
        const result = await attempt();
        leases.push(...result.leases);
        bytes += result.leases.reduce((sum, { payload }) => sum + payload.length, 0);
        retryAfterMs = least(retryAfterMs, result.retryAfterMs);
      } catch (error) {
        // The client comes again with its key, and asks for what this try took.
        if (leases.length === 0) throw error;
        this.#recover(claim, tries);
        // What other queues gave is the client's, whatever becomes of this one.
        this.#options.logger.debug(`a claim is cut short: ${messageOf(error)}`);
        break;
      }
    }
    return { leases, retryAfterMs: leases.length > 0 ? null : retryAfterMs, ghosts: [] };
  }

  async #wait(claim: Claim, tries: Tries, gone: AbortSignal): Promise<ClaimResult> {
    const { hub, workers } = this.#options;
    const { workerId, queues, waitMs } = claim;
    const alive = setInterval(() => workers.lives(workerId, queues[0] ?? ''), ALIVE_MS);
    try {
      const wish = {
        queues,
        claim: async (queue: string) => {
          if (await workers.claims(workerId, queues))
            return { leases: [], retryAfterMs: null, ghosts: [] };
          try {
            return await this.#claim(claim, tries, queue, claim.max);
          } catch (error) {
            // The client goes on waiting, and makes new tries. One that has gone may come again, with its key.
            if (!gone.aborted) this.#recover(claim, tries);
            throw error;
          }
        },
        giveBack: (_: string, result: ClaimResult) => this.giveBack(result.leases),
      };
      return await hub.wait(wish, waitMs, gone);
    } finally {
      clearInterval(alive);
    }
  }

  async #claim(claim: Claim, tries: Tries, queue: string, max: number): Promise<ClaimResult> {
    const callId = await tries.next(queue);
    let result: ClaimResult;
    try {
      result = await this.#call(claim, queue, { max, ...(callId === undefined ? {} : { callId }) });
    } catch (error) {
      if (callId !== undefined) tries.unanswered.push({ queue, max, callId });
      throw error;
    }
    if (result.retryAfterMs !== null) this.#options.hub.heldBack(queue, result.retryAfterMs);
    return result;
  }

  async #again(claim: Claim, tries: Tries, n: number): Promise<ClaimResult> {
    return await this.#call(claim, tries.earlier[n] ?? '', {
      max: claim.max,
      callId: tries.callId(n),
    });
  }

  /**
   * Of a request that goes on without them: the tries whose answers were lost are made once more, under their names, until
   * each is answered, and what they took goes back. Beyond the leases there is nothing to give back.
   */
  #recover({ workerId, leaseMs }: Claim, tries: Tries): void {
    const { store, logger } = this.#options;
    const end = performance.now() + leaseMs;
    const ask = (queue: string, max: number, callId: string): void => {
      if (performance.now() >= end) return;
      store.claim(queue, { workerId, max, leaseMs }, { callId }).then(
        ({ leases }) => this.giveBack(leases),
        (error: unknown) => {
          if (error instanceof StoreUnavailableError)
            setTimeout(ask, LOOK_AGAIN_MS, queue, max, callId).unref();
          else logger.warn({ queue }, `what a lost claim took waits: ${messageOf(error)}`);
        },
      );
    };
    for (const { queue, max, callId } of tries.unanswered.splice(0)) ask(queue, max, callId);
  }

  /** Bounded in time; jobs that come too late are given back. */
  async #call(
    { workerId, leaseMs }: Claim,
    queue: string,
    { max, callId }: { max: number; callId?: string },
  ): Promise<ClaimResult> {
    const { store, limitMs } = this.#options;
    const options = callId === undefined ? {} : { callId };
    const claimed = store.claim(queue, { workerId, max, leaseMs }, options);
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        late = true;
        reject(new StoreUnavailableError(`claim: no answer within ${limitMs} ms`));
      }, limitMs);
    });
    // A rejection is the race's to tell; here only jobs matter.
    claimed.then(
      ({ leases }) => late && this.giveBack(leases),
      () => undefined,
    );
    try {
      return await Promise.race([claimed, over]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** A try whose answer was lost. */
interface Unanswered {
  readonly queue: string;
  readonly max: number;
  readonly callId: string;
}

/**
 * The tries of a request that has an idempotency key. Each is noted before it is made, under a name
 * of its own: whoever repeats the request makes the same tries first, and each then answers what it
 * answered, as far as its jobs are still leased.
 */
class Tries {
  /** Queues of the tries that were noted. */
  readonly earlier: readonly string[];
  readonly unanswered: Unanswered[] = [];
  readonly #store: JobStore;
  readonly #name: string | undefined;
  readonly #request: string;
  readonly #queues: string[];

  private constructor(store: JobStore, name: string | undefined, noted: z.infer<typeof keptTries>) {
    this.#store = store;
    this.#name = name;
    this.#request = noted.request;
    this.earlier = [...noted.queues];
    this.#queues = [...noted.queues];
  }

  /** @throws {HttpProblem} `idempotency-mismatch` when the key was used for another request. */
  static async open(store: JobStore, claim: Claim): Promise<Tries> {
    const { workerId, queues, max, leaseMs, key } = claim;
    const request = createHash('sha256')
      .update(JSON.stringify([workerId, queues, max, leaseMs]))
      .digest('base64url');
    if (key === undefined) return new Tries(store, undefined, { request, queues: [] });
    const name = `claim ${key}`;
    const text = await store.noted(name);
    const noted = text === null ? { request, queues: [] } : keptTries.parse(JSON.parse(text));
    if (noted.request !== request) {
      throw new HttpProblem('idempotency-mismatch', 'The key was used for another claim');
    }
    return new Tries(store, name, noted);
  }

  callId(n: number): string {
    return `${this.#name} ${n}`;
  }

  /** Notes one more try; undefined for a request without a key. */
  async next(queue: string): Promise<string | undefined> {
    if (this.#name === undefined) return undefined;
    if (this.#queues.length >= LIMITS.actionIds) return undefined;
    this.#queues.push(queue);
    const n = this.#queues.length - 1;
    await this.#store.note(
      this.#name,
      JSON.stringify({ request: this.#request, queues: this.#queues }),
    );
    return this.callId(n);
  }
}
