import { loadScripts, type Script } from '@relay/broker';
import { Redis } from 'ioredis';
import type { Payload } from '../harness/payload.ts';
import type { Client, OpenOptions, PreparedWorker, WorkOptions } from './contender.ts';
import { openRelay } from './relay.ts';

const LEASE_MS = 30_000;

/**
 * The yardstick of the runtime: Relay's own script, in a bare loop with full batches. No slots, no heartbeats, no time
 * limits, no metrics; it parses the payload, calls the handler and settles.
 */
export async function openCeiling(options: OpenOptions): Promise<Client> {
  const relay = await openRelay({ ...options, kept: false });
  return { ...relay, worker: (work) => prepare(options, work) };
}

async function prepare({ url, queue }: OpenOptions, work: WorkOptions): Promise<PreparedWorker> {
  const script = loadScripts().get('settle-and-claim');
  if (script === undefined) throw new Error('there is no script "settle-and-claim"');
  const redis = new Redis(url);
  await redis.script('LOAD', script.source);
  const loop = new Loop(redis, script, queue, work);
  return {
    start: () => loop.start(),
    async stop() {
      await loop.stop();
      redis.disconnect();
    },
  };
}

class Loop {
  readonly #redis: Redis;
  readonly #script: Script;
  readonly #keys: readonly string[];
  readonly #work: WorkOptions;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(redis: Redis, script: Script, queue: string, work: WorkOptions) {
    this.#redis = redis;
    this.#script = script;
    this.#keys = script.keys.map((name) =>
      name === 'call' ? `relay:{${queue}}:call:ceiling` : `relay:{${queue}}:${name}`,
    );
    this.#work = work;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { concurrency, handle } = this.#work;
    let ended: string[] = [];
    for (let seq = 1; !this.#stopped || ended.length > 0; seq++) {
      const max = this.#stopped ? 0 : concurrency;
      const token = `ceiling${String(seq).padStart(10, '0')}`;
      const args = [seq, seq, ended.length / 2, max, LEASE_MS, token, 'ceiling', ...ended];
      // oxlint-disable-next-line no-await-in-loop -- one call after the other is what is measured.
      const cells = (await this.#redis.evalsha(
        this.#script.sha,
        this.#keys.length,
        ...this.#keys,
        ...args,
      )) as string[];
      ended = [];
      for (let at = 6; at < cells.length; at += 3) {
        const record = cells[at + 1] ?? '';
        const payload = record.slice(record.indexOf('\n', record.indexOf('\n') + 1) + 1);
        void handle(JSON.parse(payload) as Payload);
        ended.push(cells[at] ?? '', `${token}.${(at - 3) / 3}`);
      }
      // oxlint-disable-next-line no-await-in-loop -- nothing there: the run is over, or has not begun.
      if (cells.length === 6 && !this.#stopped) await new Promise((go) => setTimeout(go, 1));
    }
  }
}
