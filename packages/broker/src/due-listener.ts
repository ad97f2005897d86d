import type { Cluster, Redis } from 'ioredis';
import { subscribe } from './subscribing.ts';

/** Called with a queue (or schedule) and the time, in ms of Redis's clock, at which it needs a loop earlier than known. */
export type OnDue = (queue: string, dueAt: number) => void;

/** Hears the due times that the scripts publish. What is missed while Redis is away is found by the loops' sweep. */
export class DueListener implements AsyncDisposable {
  readonly #client: Redis | Cluster;

  private constructor(client: Redis | Cluster) {
    this.#client = client;
  }

  static async open(
    client: Redis | Cluster,
    channel: string,
    { onDue, deadlineMs }: { readonly onDue: OnDue; readonly deadlineMs: number },
  ): Promise<DueListener> {
    client.on('message', (from: string, message: string) => {
      const [queue, dueAt] = message.split(' ');
      if (from === channel && queue !== undefined && dueAt !== undefined)
        onDue(queue, Number(dueAt));
    });
    await subscribe(client, channel, { what: 'a subscription to due times', deadlineMs });
    return new DueListener(client);
  }

  async close(): Promise<void> {
    this.#client.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
