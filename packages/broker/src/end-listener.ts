import type { Cluster, Redis } from 'ioredis';
import { endedChannel } from './keys.ts';
import { subscribe } from './subscribing.ts';

/** How a job that was waited for ended; `deleted` and `gone`: it is no more. */
export type EndState = 'completed' | 'dead' | 'cancelled' | 'deleted';

/** Hears of the ends of jobs that somebody waits for, on one connection however many wait. */
export class EndListener {
  readonly #open: () => Redis | Cluster;
  readonly #namespace: string;
  readonly #deadlineMs: number;
  readonly #waiting = new Map<string, Set<(state: EndState) => void>>();
  #client: Promise<Redis | Cluster> | undefined;

  /** @param deadlineMs how long a subscription is tried while Redis is away. */
  constructor(open: () => Redis | Cluster, namespace: string, deadlineMs: number) {
    this.#open = open;
    this.#namespace = namespace;
    this.#deadlineMs = deadlineMs;
  }

  /** Subscribes, if that was not done yet. Must come before the look at the job. */
  async start(): Promise<void> {
    this.#client ??= this.#subscribe();
    try {
      await this.#client;
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }

  /** Calls back once when the job ends; the answer stops that. */
  listen(queue: string, id: string, onEnd: (state: EndState) => void): () => void {
    const name = `${queue} ${id}`;
    const callbacks = this.#waiting.get(name) ?? new Set();
    callbacks.add(onEnd);
    this.#waiting.set(name, callbacks);
    return () => {
      callbacks.delete(onEnd);
      if (callbacks.size === 0) this.#waiting.delete(name);
    };
  }

  async close(): Promise<void> {
    // Where the subscription failed, whoever asked for it was told, and there is nothing to close.
    const client = await this.#client?.catch(() => undefined);
    client?.disconnect();
  }

  async #subscribe(): Promise<Redis | Cluster> {
    const client = this.#open();
    client.on('message', (_channel: string, message: string) => {
      const [queue, id, state] = message.split(' ');
      const callbacks = this.#waiting.get(`${queue} ${id}`);
      for (const onEnd of callbacks ?? []) onEnd(state as EndState);
    });
    await subscribe(client, endedChannel(this.#namespace), {
      what: "a subscription to jobs' ends",
      deadlineMs: this.#deadlineMs,
    });
    return client;
  }
}
