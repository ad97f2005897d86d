import type { Cluster, Redis } from 'ioredis';
import { queueKeys } from './keys.ts';
import { judgeWait, type OnWakeFailure, type WakeListener } from './wake-listener.ts';

/** Queues beyond these are left to the caller's safety poll: each costs connections of its own. */
const MOST_QUEUES = 64;
const BLOCK_S = 5;

interface Watch {
  readonly client: Redis | Cluster;
  blocking: boolean;
}

/**
 * On a cluster: a blocking command may name keys of one slot only, so each queue has a connection of its own. A command
 * that blocks is left to block when a wait ends; a token that it then catches is put back by `nudge`, for another
 * process.
 */
export class ClusterWakeListener implements WakeListener {
  readonly #open: () => Redis | Cluster;
  readonly #namespace: string;
  readonly #nudge: (queue: string) => Promise<unknown>;
  readonly #onFailure: OnWakeFailure;
  readonly #watches = new Map<string, Watch>();
  #wake: ((queue: string | null) => void) | undefined;
  #refuse: ((error: unknown) => void) | undefined;
  #waitingFor: readonly string[] = [];
  #closed = false;

  constructor(
    open: () => Redis | Cluster,
    namespace: string,
    nudge: (queue: string) => Promise<unknown>,
    onFailure: OnWakeFailure,
  ) {
    this.#open = open;
    this.#onFailure = onFailure;
    this.#namespace = namespace;
    this.#nudge = nudge;
  }

  async wait(
    queues: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<string | null> {
    if (this.#closed || signal?.aborted || queues.length === 0) return null;
    this.#waitingFor = queues;
    const found = new Promise<string | null>((resolve, reject) => {
      this.#wake = resolve;
      this.#refuse = reject;
    });
    const over = (): void => this.#wake?.(null);
    const timer = setTimeout(over, Math.max(10, timeoutMs));
    signal?.addEventListener('abort', over, { once: true });
    for (const queue of queues.slice(0, MOST_QUEUES)) this.#watch(queue);
    try {
      return await found;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', over);
      this.#wake = undefined;
      this.#refuse = undefined;
      this.#waitingFor = [];
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.(null);
    for (const { client } of this.#watches.values()) client.disconnect();
    this.#watches.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #watch(queue: string): void {
    const watch = this.#watches.get(queue) ?? { client: this.#open(), blocking: false };
    this.#watches.set(queue, watch);
    if (watch.blocking) return;
    watch.blocking = true;
    void this.#block(queue, watch.client)
      .then((woken) => this.#caught(queue, woken))
      .finally(() => {
        watch.blocking = false;
        if (!this.#closed && this.#waitingFor.includes(queue)) this.#watch(queue);
      });
  }

  /** True when there was a token; a failure is as good as none, after a pause: the client reconnects by itself. */
  async #block(queue: string, client: Redis | Cluster): Promise<boolean> {
    try {
      return (await client.blpop(queueKeys.wake(this.#namespace, queue), BLOCK_S)) !== null;
    } catch (error) {
      if (!this.#closed) this.#failed(error);
      await new Promise((resolve) => setTimeout(resolve, 250).unref());
      return false;
    }
  }

  /** Whoever waits is told what will not pass by itself. */
  #failed(error: unknown): void {
    this.#onFailure(error);
    const verdict = judgeWait(error);
    if (verdict.kind === 'fatal') this.#refuse?.(verdict.error);
  }

  async #caught(queue: string, woken: boolean): Promise<void> {
    if (!woken) return;
    if (this.#wake && this.#waitingFor.includes(queue)) {
      this.#wake(queue);
      this.#wake = undefined;
      this.#waitingFor = [];
      return;
    }
    // Nobody waits here any more. If the nudge fails, the others' safety poll finds the work.
    if (!this.#closed) await this.#nudge(queue).catch(() => false);
  }
}
