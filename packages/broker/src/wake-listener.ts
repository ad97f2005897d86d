import type { Redis } from 'ioredis';
import { untilReady } from './connection.ts';
import { queueKeys } from './keys.ts';
import type { Argument, CallOptions, Invocation } from './runner.ts';
import { judge, type Verdict } from './store-error.ts';
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
  /**
   * The wait ended in another way than by itself, or could not begin: a token may be gone for which nothing was claimed,
   * so claim or nudge.
   */
  readonly interrupted: boolean;
  /** Why Redis does not let it wait, as {@link WakeListener.wait} would have thrown. */
  readonly refusal: unknown;
}

/** What the error of a wait says; what is over or away is no error of a wait. */
export function judgeWait(error: unknown): Verdict {
  return judge(error, 'waiting for work (BLPOP)');
}

/** Told of each try that failed. */
export type OnWakeFailure = (error: unknown) => void;

const NO_CLAIM: WokenClaim = {
  leases: [],
  retryAfterMs: null,
  ghosts: [],
  woken: false,
  interrupted: false,
  refusal: null,
};

/** One server: one blocking connection for all queues. */
export class SingleWakeListener implements WakeListener {
  readonly #client: Redis;
  readonly #namespace: string;
  readonly #onFailure: OnWakeFailure;
  readonly #claims: Pick<Working, 'sendAhead'>;
  readonly #end = new AbortController();
  #turn = 0;

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
    if (this.#isOver(signal) || queues.length === 0) return null;
    const keys = this.#rotated(queues).map((queue) => queueKeys.wake(this.#namespace, queue));
    const until = performance.now() + timeoutMs;
    const abort = this.#disconnect;
    try {
      if (this.#client.status !== 'ready') await this.#connect(signal);
      signal?.addEventListener('abort', abort, { once: true });
      const found = await this.#client.blpop(...keys, secondsUntil(until));
      return found === null
        ? null
        : (queues.find((queue) => queueKeys.wake(this.#namespace, queue) === found[0]) ?? null);
    } catch (error) {
      // Away or aborted: the contract is the same as for a wait that is over.
      const refusal = this.#refusalIn(error, signal);
      if (refusal !== null) throw refusal;
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
    if (this.#isOver(signal)) return NO_CLAIM;
    const until = performance.now() + timeoutMs;
    if (this.#client.status !== 'ready') {
      try {
        await this.#connect(signal);
      } catch (error) {
        return { ...NO_CLAIM, interrupted: true, refusal: this.#refusalIn(error, signal) };
      }
    }
    let woken = false;
    let refusal: Error | null = null;
    const abort = this.#disconnect;
    signal?.addEventListener('abort', abort, { once: true });
    const send = async ({ script, keys, args }: Invocation): Promise<unknown> => {
      const waited = this.#client
        .blpop(queueKeys.wake(this.#namespace, queue), secondsUntil(until))
        .then(
          (found) => {
            woken = found !== null;
          },
          (error: unknown) => {
            refusal ??= this.#refusalIn(error, signal);
          },
        );
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
    this.#end.abort();
    this.#client.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #isOver(signal: AbortSignal | undefined): boolean {
    return this.#end.signal.aborted || signal?.aborted === true;
  }

  /** Before a command that blocks: sent without a connection it would wait in the client, deaf to the signal. */
  async #connect(signal: AbortSignal | undefined): Promise<void> {
    const end = this.#end.signal;
    try {
      await untilReady(this.#client, signal === undefined ? end : AbortSignal.any([signal, end]));
    } catch (error) {
      // Given up: perhaps nobody is at the other end to answer the handshake, for which the client would wait for ever.
      if (this.#client.status === 'connect') this.#disconnect();
      throw error;
    }
  }

  /** Only closing the connection ends a blocking command at once; it opens again by itself. */
  readonly #disconnect = (): void => this.#client.disconnect(true);

  /** Tells of a wait that failed. @returns what Redis refuses for good, if it does. */
  #refusalIn(error: unknown, signal: AbortSignal | undefined): Error | null {
    if (this.#isOver(signal)) return null;
    this.#onFailure(error);
    const verdict = judgeWait(error);
    // The name of the server leads to another one by now.
    if (verdict.kind === 'transient' && verdict.reconnect) this.#disconnect();
    return verdict.kind === 'fatal' ? verdict.error : null;
  }

  /** BLPOP serves the first key that has a token: in turn, so that no queue is always the last. */
  #rotated(queues: readonly string[]): readonly string[] {
    const from = this.#turn++ % queues.length;
    return [...queues.slice(from), ...queues.slice(0, from)];
  }
}

/** From now until then (by `performance.now`), as BLPOP takes it: for 0 it would wait for ever. */
function secondsUntil(then: number): number {
  return Math.max(10, then - performance.now()) / 1000;
}
