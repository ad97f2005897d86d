import type { Cluster, Redis } from 'ioredis';
import type { CallOptions, Invocation } from './runner.ts';
import { ScriptRunner } from './runner.ts';

/** How many replicas an enqueue waits for, and for how long: what was reached is told, not promised. */
const REPLICAS = 1;
const WAIT_MS = 1_000;

/** A reply, and the number of replicas that had acknowledged the write when it came. */
export interface Replicated {
  readonly reply: unknown;
  readonly replicas: number;
}

/**
 * Runs scripts whose writes shall be on a replica, on a connection of its own: WAIT speaks of the writes of its
 * connection, and blocks it. A repeated call writes again (see `lua/lib/call-record.lua`), else WAIT would answer at
 * once.
 */
export class Replicating {
  readonly #open: (silenceMs: number) => Redis | Cluster;
  readonly #deadlineMs: number;
  readonly #silenceMs: number;
  #connection: { readonly client: Redis | Cluster; readonly runner: ScriptRunner } | undefined;

  /**
   * A replica's time comes on top of both: calls share the connection, so one that was given up while it waits for a
   * replica would make the next one late, and so on.
   *
   * @param silenceMs after which a connection gives up a command.
   */
  constructor(open: (silenceMs: number) => Redis | Cluster, deadlineMs: number, silenceMs: number) {
    this.#open = open;
    this.#deadlineMs = deadlineMs + WAIT_MS;
    this.#silenceMs = silenceMs + WAIT_MS;
  }

  async run({ script, keys, args, what }: Invocation, options: CallOptions): Promise<Replicated> {
    this.#connection ??= this.#connect();
    const { runner } = this.#connection;
    // The source is sent whole: a pipeline has no second try at a script that Redis does not know.
    const send = async (client: Redis | Cluster): Promise<Replicated> => {
      const results = await client
        .pipeline()
        .eval(script.source, keys.length, ...(keys as string[]), ...(args as (string | number)[]))
        .wait(REPLICAS, WAIT_MS)
        .exec();
      const [evaluated, waited] = results ?? [];
      if (evaluated?.[0]) throw evaluated[0];
      if (waited?.[0]) throw waited[0];
      return { reply: evaluated?.[1], replicas: Number(waited?.[1] ?? 0) };
    };
    return runner.command(what, send, options);
  }

  close(): void {
    this.#connection?.runner.close();
    this.#connection?.client.disconnect();
  }

  #connect(): { readonly client: Redis | Cluster; readonly runner: ScriptRunner } {
    const client = this.#open(this.#silenceMs);
    return {
      client,
      runner: new ScriptRunner(client, {
        deadlineMs: this.#deadlineMs,
        silenceMs: this.#silenceMs,
      }),
    };
  }
}
