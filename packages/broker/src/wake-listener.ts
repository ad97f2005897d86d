import type { Redis } from 'ioredis';
import { queueKeys } from './keys.ts';
import type { Argument, CallOptions, Invocation } from './runner.ts';
import { judge } from './store-error.ts';
import type { ClaimOptions, ClaimResult } from './types.ts';
import type { Working } from './working.ts';

/**
 * Waits for work in any of some queues, on connections of its own.
 *
 * The token that wakes it is gone from the queue: whoever called must claim, which puts the token back if work remains.
 * A process that dies in between costs the others at most their next safety poll.
 */
export interface WakeListener extends AsyncDisposable {
  /**
   * Resolves with the queue that has work, or with null when `timeoutMs` (at least 10) have passed, the signal was
   * aborted, or Redis is away: the caller then claims as at a safety poll, with a pause of its own if that fails too.
   * One call at a time.
   *
   * @throws {StoreDeniedError} where Redis refuses to let this user wait: only safety polls then find work.
   * @throws {StoreCorruptError} where a wake token is something else.
   */
  wait(queues: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<string | null>;
  /**
   * As {@link wait} for one queue, with a claim behind it that Redis carries out by itself the moment that the wait ends,
   * a wait without a token too: work that comes is here after one way, not three. Not on a cluster.
   *
   * Until it has ended the claim may be made at any time, also after this process has died without a word: such jobs
   * come back when their leases expire. Where the wait ended in another way than by itself Redis is asked what became of
   * the claim, and told to make it no more; `options` are about that call.
   *
   * @throws what {@link Broker.claim} may throw: what the claim may have taken then comes back when its leases expire.
   */
  claimOnWake?(
    queue: string,
    claim: ClaimOptions,
    wait: { readonly timeoutMs: number; readonly signal?: AbortSignal },
    options?: CallOptions,
  ): Promise<WokenClaim>;
  /** Ends a wait that is under way and closes the connections. */
  close(): Promise<void>;
}

/** What a claim brought that Redis was to carry out when work comes. */
export interface WokenClaim extends ClaimResult {
  /** There was a token, whether or not somebody else was faster than the claim; false when the time was over. */
  readonly woken: boolean;
  /** The wait ended in another way than by itself: a token may be gone for which nothing was claimed, so claim or nudge. */
  readonly interrupted: boolean;
  /** Why Redis does not let it wait, as {@link WakeListener.wait} would have thrown. */
  readonly refusal: unknown;
}

/** @throws what Redis refuses for good; what is over or away is no error of a wait. */
export function throwRefusal(error: unknown): void {
  const refusal = refusalOf(error);
  if (refusal !== null) throw refusal;
}

function refusalOf(error: unknown): Error | null {
  const verdict = judge(error, 'waiting for work (BLPOP)');
  return verdict.kind === 'fatal' ? verdict.error : null;
}

/** Told of each try that failed. */
export type OnWakeFailure = (error: unknown) => void;

/** One server: one blocking connection for all queues. */
export class SingleWakeListener implements WakeListener {
  readonly #client: Redis;
  readonly #namespace: string;
  readonly #onFailure: OnWakeFailure;
  readonly #claims: Pick<Working, 'sendAhead'>;
  #turn = 0;
  #closed = false;

  constructor(
    client: Redis,
    namespace: string,
    parts: { readonly onFailure: OnWakeFailure; readonly claims: Pick<Working, 'sendAhead'> },
  ) {
    this.#client = client;
    this.#namespace = namespace;
    this.#onFailure = parts.onFailure;
    this.#claims = parts.claims;
  }

  async wait(
    queues: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<string | null> {
    if (this.#closed || signal?.aborted || queues.length === 0) return null;
    const keys = this.#rotated(queues).map((queue) => queueKeys.wake(this.#namespace, queue));
    // Only closing the connection ends a blocking command at once; it opens again by itself.
    const abort = (): void => this.#client.disconnect(true);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const found = await this.#client.blpop(...keys, Math.max(10, timeoutMs) / 1000);
      return found === null
        ? null
        : (queues.find((queue) => queueKeys.wake(this.#namespace, queue) === found[0]) ?? null);
    } catch (error) {
      // Away or aborted: the contract is the same as for a wait that is over.
      if (this.#closed || signal?.aborted) return null;
      this.#onFailure(error);
      throwRefusal(error);
      return null;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async claimOnWake(
    queue: string,
    claim: ClaimOptions,
    wait: { readonly timeoutMs: number; readonly signal?: AbortSignal },
    options: CallOptions = {},
  ): Promise<WokenClaim> {
    const { timeoutMs, signal } = wait;
    if (this.#closed || signal?.aborted) {
      const nothing = { leases: [], retryAfterMs: null, ghosts: [] };
      return { ...nothing, woken: false, interrupted: false, refusal: null };
    }
    let woken = false;
    let refusal: unknown = null;
    const told = (error: unknown): void => {
      if (this.#closed || signal?.aborted) return;
      this.#onFailure(error);
      refusal ??= refusalOf(error);
    };
    const abort = (): void => this.#client.disconnect(true);
    signal?.addEventListener('abort', abort, { once: true });
    const send = async ({ script, keys, args }: Invocation): Promise<unknown> => {
      const waited = this.#client
        .blpop(queueKeys.wake(this.#namespace, queue), Math.max(10, timeoutMs) / 1000)
        .then((found) => {
          woken = found !== null;
        }, told);
      // Redis keeps it until the command before it has ended.
      const answer = this.#client.evalsha(
        script.sha,
        keys.length,
        ...(keys as string[]),
        ...(args as Argument[]),
      );
      const [reply] = await Promise.all([answer, waited]);
      return reply;
    };
    try {
      const { claimed, failure } = await this.#claims.sendAhead(queue, claim, send, options);
      return { ...claimed, woken, interrupted: failure !== null, refusal };
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** BLPOP serves the first key that has a token: in turn, so that no queue is always the last. */
  #rotated(queues: readonly string[]): readonly string[] {
    const from = this.#turn++ % queues.length;
    return [...queues.slice(from), ...queues.slice(0, from)];
  }
}
