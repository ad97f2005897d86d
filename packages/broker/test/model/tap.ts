import type { Command, Redis, RedisOptions } from 'ioredis';
import type { ScriptSet } from '../../src/index.ts';

/** A script call as it went to Redis. */
export interface SentCall {
  readonly script: string;
  /** Arguments of EVALSHA. */
  readonly words: readonly (string | number)[];
  /** The key of the caller's session. */
  readonly session: string;
  /** The session stands for one call only, which somebody named: others repeat it by that name. */
  readonly named: boolean;
  readonly seq: number;
  reply: unknown;
}

/**
 * Listens to the calls of a broker, so that a test can send the same bytes again, and makes the chance in them
 * repeatable.
 */
export class Tap {
  readonly #scripts: ReadonlyMap<string, { readonly name: string; readonly session: number }>;
  /** Of the queue that is looked at now, oldest first; only those that keep their outcome. */
  numbered: SentCall[] = [];
  /** Where the chance of the next scripts comes from. */
  random: () => number = Math.random;

  constructor(scripts: ScriptSet) {
    this.#scripts = new Map(
      [...scripts.values()].map((script) => [
        script.sha,
        { name: script.name, session: script.keys.indexOf('call') },
      ]),
    );
  }

  /** @internal */
  onCommand(command: Command): void {
    if (command.name !== 'evalsha') return;
    const words = command.args as (string | number)[];
    const script = this.#scripts.get(String(words[0]));
    if (script === undefined) return;
    const first = 2 + Number(words[1]);
    const seedAt = { 'settle-and-claim': first + 1, reap: first + 1 }[script.name];
    if (seedAt !== undefined) words[seedAt] = String(Math.floor(this.random() * 2 ** 31));
    if (script.session < 0) return;
    const session = String(words[2 + script.session]);
    const call: SentCall = {
      script: script.name,
      words: [...words],
      session,
      named: session.includes(':call:id-'),
      seq: Number(words[first]),
      reply: undefined,
    };
    this.numbered.push(call);
    command.promise.then(
      (reply: unknown) => {
        call.reply = reply;
      },
      () => {},
    );
  }
}

/** Makes the duplicates of a client report to a {@link Tap}: hand it to a broker. */
export function tapInto(client: Redis, tap: Tap): Redis {
  const duplicate = client.duplicate.bind(client);
  const send = client.sendCommand.bind(client);
  return Object.assign(client, {
    duplicate: (options: Partial<RedisOptions>) => tapInto(duplicate(options), tap),
    sendCommand: (...args: Parameters<typeof send>) => {
      tap.onCommand(args[0]);
      return send(...args);
    },
  });
}
