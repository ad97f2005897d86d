import { queuesKey } from './keys.ts';
import { Issues } from './names.ts';
import type { QueueCalls } from './queue-calls.ts';
import { Recent } from './recent.ts';
import type { CallOptions, ScriptRunner } from './runner.ts';
import type { Page } from './types.ts';

const RENEW_MS = 30_000;
const SCAN_PAGE = 1_000;

/**
 * The list of all queues of a namespace. Producers and workers do without it; the background loops and whoever lists
 * queues find them here, so that every queue with a job must be in it.
 */
export class Registry {
  readonly #calls: QueueCalls;
  readonly #runner: ScriptRunner;
  readonly #registered = new Recent<number>();
  /** Under way: those who come in the same moment share it. */
  readonly #registering = new Map<string, Promise<void>>();

  constructor(calls: QueueCalls, runner: ScriptRunner) {
    this.#calls = calls;
    this.#runner = runner;
  }

  /** Registers a queue that is used; undefined, and not a promise, when that was done within the last 30 s. */
  touch(queue: string, options: CallOptions = {}): Promise<void> | undefined {
    const last = this.#registered.get(queue);
    if (last !== undefined && performance.now() - last < RENEW_MS) return undefined;
    let registering = this.#registering.get(queue);
    if (registering === undefined) {
      registering = this.#register(queue, options).finally(() => this.#registering.delete(queue));
      this.#registering.set(queue, registering);
    }
    return registering;
  }

  /** As {@link touch}, whatever this broker knows of it: the queue was perhaps forgotten by another one. */
  async touchAnew(queue: string, options: CallOptions): Promise<void> {
    this.#registered.delete(queue);
    await this.touch(queue, options);
  }

  /** As {@link touch}, for callers who have what they came for: a failure leaves it to the next use of the queue. */
  renew(queue: string): void {
    this.touch(queue)?.catch(() => this.#registered.delete(queue));
  }

  async #register(queue: string, options: CallOptions): Promise<void> {
    await this.#calls.run(queue, { script: 'register', args: [queue], options });
    this.#registered.set(queue, performance.now());
  }

  async remove(queue: string, options: CallOptions): Promise<void> {
    const key = queuesKey(this.#calls.namespace);
    this.#registered.delete(queue);
    await this.#runner.command(
      'the removal of a queue',
      (client) => client.zrem(key, queue),
      options,
    );
  }

  async has(queue: string, options: CallOptions): Promise<boolean> {
    const key = queuesKey(this.#calls.namespace);
    return (
      (await this.#runner.command(
        'a look at the queues',
        (client) => client.zscore(key, queue),
        options,
      )) !== null
    );
  }

  /** By name. `search` keeps the names that contain it. */
  async list(
    {
      search = '',
      cursor = '',
      limit = 50,
    }: {
      search?: string;
      cursor?: string;
      limit?: number;
    } = {},
    options: CallOptions = {},
  ): Promise<Page<string>> {
    const issues = new Issues();
    issues.integer('/limit', limit, [1, SCAN_PAGE]);
    issues.check();
    const key = queuesKey(this.#calls.namespace);
    const items: string[] = [];
    let after = cursor;
    for (;;) {
      const from = after === '' ? '-' : `(${after}`;
      const count = search === '' ? limit + 1 - items.length : SCAN_PAGE;
      const names = await this.#runner.command(
        'a list of the queues',
        (client) => client.zrangebylex(key, from, '+', 'LIMIT', 0, count),
        options,
      );
      for (const name of names) {
        if (!name.includes(search)) continue;
        if (items.length === limit) return { items, nextCursor: items.at(-1) ?? null };
        items.push(name);
      }
      after = names.at(-1) ?? '';
      if (names.length < count) return { items, nextCursor: null };
    }
  }
}
