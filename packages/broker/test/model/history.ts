import { assertConsistent, ScriptControl } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker, type ScriptSet } from '../../src/index.ts';
import { differences } from './compare.ts';
import { QueueReader } from './redis-view.ts';
import { ReferenceQueue } from './reference.ts';
import type { Run } from './run.ts';
import { runStep } from './run-step.ts';
import { IDEMPOTENCY_KEYS, type Step } from './steps.ts';
import { Tap, tapInto } from './tap.ts';

/** When every history begins, in the year 2030. */
const T0 = 1_900_000_000_123;
/** Redis and the broker remember each queue a little: both begin anew after so many. */
const QUEUES_PER_BROKER = 200;
/** A busy machine may be slow to answer: here no call is repeated for that, `repeat.ts` says when one is. */
const PATIENCE_MS = 60_000;

export interface LaneOptions {
  readonly port: number;
  /** Each lane has a database of Redis of its own, and with it a clock. */
  readonly db: number;
  readonly scripts: ScriptSet;
  readonly note: (event: string) => void;
}

/** Runs one history after the other, each on a queue of its own. Several lanes fill the waits of each other. */
export class Lane implements AsyncDisposable {
  readonly #options: LaneOptions;
  readonly #redis: Redis;
  readonly #control: ScriptControl;
  readonly #reader: QueueReader;
  readonly #tap: Tap;
  #broker: Broker | undefined;
  #queues = 0;
  #steps = 0;

  private constructor(options: LaneOptions) {
    this.#options = options;
    this.#redis = new Redis({ port: options.port, db: options.db });
    this.#control = new ScriptControl(this.#redis);
    this.#reader = new QueueReader(this.#redis, IDEMPOTENCY_KEYS);
    this.#tap = new Tap(options.scripts);
  }

  static async open(options: LaneOptions): Promise<Lane> {
    const lane = new Lane(options);
    for (const { source } of options.scripts.values())
      await lane.#redis.call('SCRIPT', 'LOAD', source);
    return lane;
  }

  /** Steps that were carried out. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * @param report hears of each step in a line.
   * @throws Error that says where the reference and Redis parted.
   */
  async run(steps: readonly Step[], report?: (line: string) => void): Promise<void> {
    const queue = `h${this.#queues++}`;
    const broker = await this.#fresh();
    const model = new ReferenceQueue(T0, this.#options.note);
    const setNow = (ms: number) => this.#control.setNow(ms);
    this.#tap.numbered = [];
    this.#tap.random = repeatable(steps.length);
    await setNow(T0);
    const run: Run = {
      queue,
      broker,
      model,
      setNow,
      tap: this.#tap,
      reader: this.#reader,
      redis: this.#redis,
      given: [],
    };
    let wakeTokens = 0;
    for (const step of steps) {
      const version = model.version;
      const outcome = await runStep(run, step);
      if (outcome === null) continue;
      this.#steps++;
      this.#options.note(`step: ${step.kind}`);
      report?.(outcome.did);
      const view = await this.#reader.read(queue);
      const nudged = step.kind === 'nudge';
      const problems = differences(model, view, { version, wakeTokens, nudged });
      if (outcome.nextDueAt !== undefined && outcome.nextDueAt !== model.nextDueAt)
        problems.push(`the loops were told ${outcome.nextDueAt}, not ${model.nextDueAt}`);
      if (problems.length > 0) throw new Error(problems.slice(0, 8).join('\n  '));
      wakeTokens = view.snapshot.wakeTokens;
      this.#options.note(wakeTokens === 1 ? 'wake: a token' : 'wake: no token');
    }
    await assertConsistent(this.#redis, queue);
  }

  /** The broker, and an empty database, for some histories. */
  async #fresh(): Promise<Broker> {
    if (this.#broker !== undefined && this.#queues % QUEUES_PER_BROKER !== 0) return this.#broker;
    await this.#broker?.close();
    await this.#redis.flushdb();
    const { port, db, scripts } = this.#options;
    // The broker takes over its settings; it never connects itself.
    const redis = tapInto(new Redis({ port, db, lazyConnect: true }), this.#tap);
    this.#broker = new Broker({
      redis,
      scripts,
      callTimeoutMs: PATIENCE_MS,
      deadlineMs: PATIENCE_MS,
    });
    return this.#broker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker?.close();
    this.#redis.disconnect();
  }
}

/** A small generator (mulberry32): a history that is run again makes the same choices. */
function repeatable(seed: number): () => number {
  let state = seed + 0x6d2b79f5;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
