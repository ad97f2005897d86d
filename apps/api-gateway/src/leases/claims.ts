import { type ClaimResult, type Lease, StoreUnavailableError } from '@relay/broker';
import { type Logger, messageOf } from '@relay/service-kit';
import { groupBy } from '../group-by.ts';
import type { JobStore } from '../store.ts';
import type { ClaimHub } from './claim-hub.ts';
import type { HttpWorkers } from './http-workers.ts';
import { type NamedTry, Tries } from './tries.ts';

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
    const { earlier } = tries;
    const before = await this.#taken(claim, tries);
    // Who repeats a request is answered as at first.
    if (before.leases.length > 0 || (earlier.length > 0 && claim.waitMs === 0)) return before;
    const found = quiet ? before : await this.#now(claim, tries, gone);
    if (found.leases.length > 0 || claim.waitMs === 0 || gone.aborted || tries.lost) return found;
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

  /**
   * What earlier tries of the same request took, as far as it is still leased. None of them takes anything after that:
   * one that is still on its way, or that found nothing, would otherwise take jobs which nobody is told of.
   */
  async #taken(claim: Claim, tries: Tries): Promise<ClaimResult> {
    const recalled = await Promise.all(
      tries.earlier.map(({ queue, callId }) => this.#options.store.recall(queue, claim, callId)),
    );
    const leases = recalled.flatMap((result) => result.leases);
    // Tries whose answers were lost may have taken more than one answer may hold.
    this.giveBack(leases.slice(claim.max));
    return { ...empty(), leases: leases.slice(0, claim.max) };
  }

  /** What there is now, from the queues in turn. */
  async #now(claim: Claim, tries: Tries, gone: AbortSignal): Promise<ClaimResult> {
    const leases: Lease[] = [];
    let retryAfterMs: number | null = null;
    const from = this.#turn++ % claim.queues.length;
    const inTurn = [...claim.queues.slice(from), ...claim.queues.slice(0, from)];
    let bytes = 0;
    for (const queue of inTurn) {
      if (gone.aborted || leases.length >= claim.max || bytes > MOST_BYTES) break;
      try {
        // oxlint-disable-next-line no-await-in-loop -- each takes what the ones before left room for.
        const result = await this.#claim(claim, tries, queue, claim.max - leases.length);
        if (result === null) {
          leases.push(...(await this.#takeOver(claim, leases)));
          break;
        }
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

  /**
   * What another request with the same key has taken meanwhile. Which of the two came last, and has its client still,
   * nobody knows when they began at once: so each answers at once with what both took, and one of them is heard.
   */
  async #takeOver(claim: Claim, own: readonly Lease[]): Promise<readonly Lease[]> {
    const other = await this.#taken(claim, await Tries.open(this.#options.store, claim));
    const rest = other.leases.filter(({ token }) => own.every((lease) => lease.token !== token));
    const room = claim.max - own.length;
    this.giveBack(rest.slice(room));
    return rest.slice(0, room);
  }

  async #wait(claim: Claim, tries: Tries, gone: AbortSignal): Promise<ClaimResult> {
    const { hub, workers } = this.#options;
    const { workerId, queues, waitMs } = claim;
    const alive = setInterval(() => workers.lives(workerId, queues[0] ?? ''), ALIVE_MS);
    try {
      const wish = {
        queues,
        claim: async (queue: string) => {
          if (await workers.claims(workerId, queues)) return empty();
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

  /** Null when the request was repeated meanwhile: that one goes on. */
  async #claim(
    claim: Claim,
    tries: Tries,
    queue: string,
    max: number,
  ): Promise<ClaimResult | null> {
    const one = await tries.next(queue);
    if (one === null) return null;
    const { callId } = one;
    let result: ClaimResult;
    try {
      result = await this.#call(claim, queue, { max, ...(callId === undefined ? {} : { callId }) });
    } catch (error) {
      if (callId !== undefined) tries.unanswered.push({ queue, callId });
      throw error;
    }
    if (result.retryAfterMs !== null) this.#options.hub.heldBack(queue, result.retryAfterMs);
    return result;
  }

  /**
   * Of a request that goes on without them: what the tries took whose answers were lost goes back, as soon as that can be
   * known. Beyond the leases there is nothing to give back.
   */
  #recover(claim: Claim, tries: Tries): void {
    const { store, logger } = this.#options;
    const end = performance.now() + claim.leaseMs;
    const ask = ({ queue, callId }: NamedTry): void => {
      if (performance.now() >= end) return;
      store.recall(queue, claim, callId).then(
        ({ leases }) => this.giveBack(leases),
        (error: unknown) => {
          if (error instanceof StoreUnavailableError)
            setTimeout(ask, LOOK_AGAIN_MS, { queue, callId }).unref();
          else logger.warn({ queue }, `what a lost claim took waits: ${messageOf(error)}`);
        },
      );
    };
    for (const one of tries.unanswered.splice(0)) ask(one);
  }

  /**
   * Bounded in time. Jobs that come too late are given back, but for those of a named call: a client that repeats its
   * request meanwhile has them.
   */
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
      const giveUp = (): void => {
        late = true;
        reject(new StoreUnavailableError(`claim: no answer within ${limitMs} ms`));
      };
      // A process that was held up first reads what has come meanwhile: timers run before sockets are read.
      timer = setTimeout(() => setImmediate(giveUp), limitMs);
    });
    // A rejection is the race's to tell; here only jobs matter.
    claimed.then(
      ({ leases }) => late && callId === undefined && this.giveBack(leases),
      () => undefined,
    );
    try {
      return await Promise.race([claimed, over]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function empty(): ClaimResult {
  return { leases: [], retryAfterMs: null, ghosts: [] };
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
