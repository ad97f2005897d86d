import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { probedLua } from './lua-coverage.ts';

const CONTROL = 'relay-test';

/**
 * The pieces of Lua that take the place of the broker's own in tests, by path: pass them to its `loadScripts`. They
 * hold each script to its promises, and take their time and their failures from a {@link ScriptControl}.
 * Not for Redis Cluster: they use a key of their own.
 */
export function testLua(): Record<string, string> {
  const read = (name: string): string =>
    readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), 'utf8');
  return { ...probedLua(), 'lib/call': read('call'), 'lib/now': read('now') };
}

/** What became of a call that was told to fail. */
export interface ForcedFailure {
  /** The command whose turn it was; null: the script made fewer calls. */
  readonly command: string | null;
  /** True: the script had written before, so the failure was not carried out, see {@link guarded}. */
  readonly afterWrite: boolean;
  /** After a write: the call cannot fail, since the script had read its key as the right type. */
  readonly guarded: boolean;
}

/** Drives scripts that were loaded with {@link testLua}. */
export class ScriptControl {
  readonly #client: Redis;

  constructor(client: Redis) {
    this.#client = client;
  }

  /** Stops the scripts' clock at `ms`; null lets it run as Redis's. */
  async setNow(ms: number | null): Promise<void> {
    if (ms === null) await this.#client.hdel(CONTROL, 'now');
    else await this.#client.hset(CONTROL, { now: ms });
  }

  /** The `nth` call (from 1) of the next runs of `script` fails, if nothing was written before. */
  async failAt(script: string, nth: number): Promise<void> {
    await this.#client.hdel(CONTROL, 'failed', 'failedAfterWrite', 'failedKnown');
    await this.#client.hset(CONTROL, { failScript: script, failAt: nth });
  }

  /** Ends {@link failAt} and tells what happened. */
  async endFailure(): Promise<ForcedFailure> {
    const [command = null, afterWrite, guarded] = await this.#client.hmget(
      CONTROL,
      'failed',
      'failedAfterWrite',
      'failedKnown',
    );
    await this.#client.hdel(CONTROL, 'failScript', 'failAt');
    return { command, afterWrite: afterWrite === '1', guarded: guarded === '1' };
  }

  /** The most Redis calls that a run of each script has made since the start. */
  async mostCalls(): Promise<Map<string, number>> {
    const fields = await this.#client.hgetall(CONTROL);
    return new Map(
      Object.entries(fields)
        .filter(([field]) => field.startsWith('calls:'))
        .map(([field, calls]) => [field.slice('calls:'.length), Number(calls)]),
    );
  }
}
