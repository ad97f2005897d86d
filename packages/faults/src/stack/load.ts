import { join } from 'node:path';
import {
  Broker,
  BrokerError,
  type EnqueueRequest,
  InvalidStateError,
  type ScriptSet,
} from '@relay/broker';
import { Relay, RelayError } from '@relay/sdk';
import { randomFrom } from '@relay/testkit';
import {
  CONTESTED,
  type Kind,
  MAIN,
  monotonicMs,
  payloadOf,
  type RunEvent,
  type Via,
  type Wanted,
} from '../history/events.ts';
import { EventLog } from '../history/log.ts';

export interface LoadOptions {
  readonly dir: string;
  readonly seed: number;
  readonly gatewayUrls: readonly string[];
  readonly redisUrl: string;
  readonly scripts: ScriptSet;
  /** Jobs a second. */
  readonly perSecond: number;
  /** Shares of 100 by kind; the rest is plain. Defaults to some of each that does no harm. */
  readonly mix?: Readonly<Partial<Record<Kind, number>>>;
  /** Share of the jobs that are asked to be on a replica. Defaults to 0. */
  readonly replicatedShare?: number;
}

const MIX = { flaky: 6, doomed: 1, slow: 2, delayed: 5, cancelled: 3 } as const;
const TICK_MS = 20;
/** Calls without an answer, beyond which the producers wait. */
const MOST_OPEN = 600;
/** How long a producer tries before it gives up a job whose fate it does not know. */
const PATIENCE_MS = 20_000;
/** Refusals after which nothing was accepted. */
const REFUSED: ReadonlySet<string> = new Set([
  'store-full',
  'queue-full',
  'validation',
  'rate-limited',
  'idempotency-mismatch',
  'invalid-input',
  'store-corrupt',
]);

interface Job extends Wanted {
  readonly queue: string;
  readonly delayMs: number;
  readonly replicated: boolean;
  /** Asked for twice at once, under one idempotency key, and then with another payload. */
  readonly twice: boolean;
  /** It has the idempotency key of this call. */
  readonly keyOf?: number;
  /** Defaults to what its kind can do with. */
  readonly maxCrashes?: number;
}

/** Producers that ask for jobs at a steady rate, through the SDK over HTTP and through the broker. */
export class Load {
  readonly #options: LoadOptions;
  readonly #log: EventLog<RunEvent>;
  readonly #random: () => number;
  readonly #relays: readonly Relay[];
  readonly #broker: Broker;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #n = 0;
  #owed = 0;
  #open = 0;
  #lastAt = 0;
  #refused = 0;
  readonly #calls = new Set<Promise<void>>();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#log = new EventLog(join(options.dir, 'producers.log'));
    this.#random = randomFrom(options.seed);
    this.#relays = options.gatewayUrls.map(
      (url) => new Relay({ url, timeoutMs: 3_000, retry: { maxMs: PATIENCE_MS, capMs: 1_000 } }),
    );
    const { redisUrl: redis, scripts } = options;
    this.#broker = new Broker({ redis, scripts, deadlineMs: PATIENCE_MS });
  }

  /** Calls so far. */
  get asked(): number {
    return this.#n;
  }

  /** Calls that were refused so far. */
  get refused(): number {
    return this.#refused;
  }

  start(): void {
    this.#lastAt = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Asks for one job besides the load. */
  async ask(kind: Kind, more: Partial<Job> = {}, via: Via = 'broker'): Promise<void> {
    await this.#call({ ...this.#job(kind), ...more }, via);
  }

  /** Asks for no more, and waits for the answers. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#calls.size > 0) await Promise.all(this.#calls);
    this.#stopping.abort();
    await this.#broker.close();
  }

  #tick(): void {
    const now = performance.now();
    this.#owed += ((now - this.#lastAt) / 1_000) * this.#options.perSecond;
    this.#lastAt = now;
    // After a pause of this process there is no flood: the load is what can be had.
    this.#owed = Math.min(this.#owed, this.#options.perSecond / 4);
    for (; this.#owed >= 1 && this.#open < MOST_OPEN; this.#owed--) {
      const via = this.#random() < 0.6 && this.#relays.length > 0 ? 'sdk' : 'broker';
      this.#track(this.#call(this.#job(this.#kind()), via));
    }
  }

  #track(call: Promise<void>): void {
    this.#open++;
    const tracked = call.finally(() => {
      this.#open--;
      this.#calls.delete(tracked);
    });
    this.#calls.add(tracked);
  }

  #kind(): Kind {
    let at = this.#random() * 100;
    for (const [kind, share] of Object.entries(this.#options.mix ?? MIX)) {
      at -= share;
      if (at < 0) return kind as Kind;
    }
    return 'plain';
  }

  #job(kind: Kind): Job {
    const random = this.#random;
    const workMs = kind === 'slow' ? 1_500 + random() * 1_500 : 2 + random() * 25;
    return {
      n: this.#n++,
      kind,
      workMs: Math.round(workMs),
      queue: random() < 0.1 ? CONTESTED : MAIN,
      delayMs:
        kind === 'delayed'
          ? Math.round(100 + random() * 2_000)
          : kind === 'cancelled' && random() < 0.5
            ? 1_000
            : 0,
      replicated: random() < (this.#options.replicatedShare ?? 0),
      twice: random() < 0.03,
    };
  }

  async #call(job: Job, via: Via): Promise<void> {
    this.#invoke(job, via);
    const { n, kind, queue } = job;
    const send = (again: boolean): Promise<string | null> =>
      this.#send(job, { via, again, relay: (n + (again ? 1 : 0)) % this.#relays.length });
    const [id] = await Promise.all([send(false), ...(job.twice ? [send(true)] : [])]);
    if (job.twice && id !== null) await this.#misuseKey(job, via);
    if (kind === 'cancelled' && id !== null) await this.#cancel(queue, id);
  }

  #invoke({ n, queue, kind, delayMs, replicated, keyOf }: Job, via: Via): void {
    const t = monotonicMs();
    const more = keyOf === undefined ? {} : { keyOf };
    this.#log.note({ e: 'invoke', t, n, queue, kind, via, delayMs, replicated, ...more });
  }

  /** The key of a job that was accepted, for another one. */
  async #misuseKey({ n, queue }: Job, via: Via): Promise<void> {
    const other = { ...this.#job('plain'), queue, twice: false, keyOf: n };
    this.#invoke(other, via);
    await this.#send(other, { via, again: false, relay: other.n % this.#relays.length });
  }

  async #send(
    job: Job,
    { via, again, relay }: { via: Via; again: boolean; relay: number },
  ): Promise<string | null> {
    const { n } = job;
    try {
      const result = via === 'sdk' ? await this.#overHttp(job, relay) : await this.#direct(job);
      const { id, duplicate } = result;
      const replicas = 'replicas' in result ? result.replicas : undefined;
      const told = replicas === undefined ? {} : { replicas };
      this.#log.note({ e: 'ok', t: monotonicMs(), n, id, duplicate, again, ...told });
      return id;
    } catch (error) {
      if (!(error instanceof RelayError || error instanceof BrokerError)) throw error;
      const { code } = error;
      if (code === 'idempotency-mismatch' && job.keyOf !== undefined) {
        this.#log.note({ e: 'mismatch', t: monotonicMs(), n });
        return null;
      }
      if (REFUSED.has(code)) this.#refused++;
      this.#log.note({ e: REFUSED.has(code) ? 'fail' : 'unknown', t: monotonicMs(), n, code });
      return null;
    }
  }

  async #overHttp(job: Job, relay: number) {
    const { kind, queue, delayMs } = job;
    const options = {
      ...requestOf(job),
      ...(delayMs > 0 ? { delayMs } : {}),
      ...keyFor(job),
    };
    const client = this.#relays[relay];
    if (client === undefined) throw new Error('no gateway to send to');
    return await client.queue(queue).enqueue(kind, payloadOf(job), options);
  }

  async #direct(job: Job) {
    const { kind, queue, delayMs } = job;
    const request: EnqueueRequest = {
      ...requestOf(job),
      type: kind,
      payload: JSON.stringify(payloadOf(job)),
      ...(delayMs > 0 ? { delayMs } : {}),
      ...keyFor(job),
    };
    return await this.#broker.enqueue(queue, request);
  }

  async #cancel(queue: string, id: string): Promise<void> {
    this.#log.note({ e: 'cancel', t: monotonicMs(), id });
    const answer = await this.#broker.cancel(queue, id).catch((error: unknown) => {
      if (error instanceof InvalidStateError) return 'too-late' as const;
      if (error instanceof BrokerError) return 'unknown' as const;
      throw error;
    });
    this.#log.note({ e: 'cancelled', t: monotonicMs(), id, answer });
  }
}

/** Those that kill or block whoever runs them shall be dead soon: each crash waits longer. */
const MAX_CRASHES: Readonly<Partial<Record<Kind, number>>> = { poison: 2, blocking: 1 };

function keyFor({ n, twice, keyOf = n }: Job): { readonly idempotencyKey?: string } {
  return twice || keyOf !== n ? { idempotencyKey: `key ${keyOf}` } : {};
}

function requestOf({ kind, replicated, maxCrashes = MAX_CRASHES[kind] ?? 5 }: Job) {
  return {
    maxAttempts: kind === 'doomed' ? 2 : 4,
    maxCrashes,
    backoff: { type: 'fixed', baseMs: 200 },
    durability: replicated ? 'replicated' : 'local',
  } as const;
}
