import type { Redis } from 'ioredis';
import { queueKeys } from './keys.ts';
import { judge } from './store-error.ts';

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
  /** Ends a wait that is under way and closes the connections. */
  close(): Promise<void>;
}

/** @throws what Redis refuses for good; what is over or away is no error of a wait. */
export function throwRefusal(error: unknown): void {
  const verdict = judge(error, 'waiting for work (BLPOP)');
  if (verdict.kind === 'fatal') throw verdict.error;
}

/** Told of each try that failed. */
export type OnWakeFailure = (error: unknown) => void;

/** One server: one blocking connection for all queues. */
export class SingleWakeListener implements WakeListener {
  readonly #client: Redis;
  readonly #namespace: string;
  readonly #onFailure: OnWakeFailure;
  #turn = 0;
  #closed = false;

  constructor(client: Redis, namespace: string, onFailure: OnWakeFailure) {
    this.#client = client;
    this.#namespace = namespace;
    this.#onFailure = onFailure;
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
