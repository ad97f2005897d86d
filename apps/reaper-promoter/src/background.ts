import type { Broker, DueListener } from '@relay/broker';
import type { Heartbeat, Logger } from '@relay/service-kit';
import { Directory } from './directory.ts';
import { LOOK, type VisitTimes } from './due-loop.ts';
import { type Loop, SupervisedLoop } from './loop.ts';
import { expireLoop } from './loops/expire.ts';
import type { LoopParts, QueueLoop } from './loops/parts.ts';
import { promoteLoop } from './loops/promote.ts';
import { reapLoop } from './loops/reap.ts';
import { retentionLoop } from './loops/retention.ts';
import { rollUpLoop } from './loops/roll-up.ts';
import { SchedulesLoop } from './loops/schedules.ts';
import type { LoopMetrics } from './metrics.ts';
import { Presence } from './presence.ts';
import { hashOf, Shares } from './shares.ts';
import { StoreClock } from './store-clock.ts';
import { Sweep } from './sweep.ts';

export type BackgroundBroker = Pick<
  Broker,
  | 'reap'
  | 'promote'
  | 'expire'
  | 'retire'
  | 'rollUp'
  | 'heads'
  | 'queues'
  | 'dueListener'
  | 'beat'
  | 'leave'
  | 'schedules'
>;

/** The loops over queues. A new one is a file in `loops/` and a line here. */
const QUEUE_LOOPS = {
  reap: reapLoop,
  promote: promoteLoop,
  expire: expireLoop,
  retention: retentionLoop,
  'roll-up': rollUpLoop,
};
export const LOOP_NAMES: readonly string[] = [
  ...Object.keys(QUEUE_LOOPS),
  'sweep',
  'schedules',
  'schedules-sweep',
];

/** Of a queue that was taken over, what is kept for its age must be seen once: each at a moment of its own, ms. */
const TAKEN_SPREAD_MS = 10_000;
/** Names a page of the registry. */
const PAGE = 1_000;

export interface BackgroundOptions {
  readonly broker: BackgroundBroker;
  /** Of this process, among the replicas; matches the pattern of names. */
  readonly replicaId: string;
  readonly version: string;
  readonly metrics: LoopMetrics;
  readonly logger: Logger;
  /** Between two sweeps over the queues, ms. */
  readonly sweepMs: number;
  /** A sign of life for each loop; it is given one at every round. */
  readonly heartbeat: (loop: string) => Pick<Heartbeat, 'beat'>;
}

/** All background loops of this process, with what they share. */
export class Background implements AsyncDisposable {
  readonly #broker: BackgroundBroker;
  readonly #queues: Directory;
  readonly #loops: readonly QueueLoop[];
  readonly #supervised: readonly Loop[];
  readonly #schedules: SchedulesLoop;
  readonly #presence: Presence;
  readonly #presenceLoop: Loop;
  readonly #logger: Logger;
  /** When a due time of a queue was heard of last, by `performance.now()`. */
  readonly #heardAt = new Map<string, number>();
  #listener: DueListener | undefined;

  constructor(options: BackgroundOptions) {
    const { broker, metrics, logger, sweepMs } = options;
    const clock = new StoreClock();
    const shares = new Shares(options.replicaId);
    this.#broker = broker;
    this.#logger = logger;
    this.#queues = new Directory(
      (cursor) => broker.queues({ limit: PAGE, ...(cursor === null ? {} : { cursor }) }),
      shares,
    );
    this.#presence = new Presence({
      broker,
      id: options.replicaId,
      service: 'reaper-promoter',
      version: options.version,
      clock,
      shares,
    });
    const observer = this.#observer(metrics, options.heartbeat);
    const parts: LoopParts = {
      clock,
      metrics,
      logger,
      observer,
      sweepMs,
      onVisited: (queue, nextDueAt, visit) => this.#visited(queue, nextDueAt, visit),
    };
    this.#loops = Object.values(QUEUE_LOOPS).map((make) => make(broker, parts));
    this.#schedules = new SchedulesLoop({ ...parts, schedules: broker.schedules, shares });
    const sweep = new Sweep({
      broker,
      directory: this.#queues,
      observer,
      logger,
      sweepMs,
      onDue: (queue, dueAt) => this.#due(queue, dueAt),
      onChanged: (queue) => this.#changed(queue),
      onTurn: (queue) => this.#eachLoop((one) => one.atTurns && one.loop.announce(queue, LOOK)),
    });
    this.#shareQueues(clock);
    shares.onChange(() => {
      logger.info({ members: shares.members, queues: this.#queues.owned }, 'shares have changed');
    });
    const supervise = (name: string, run: (signal: AbortSignal) => Promise<void>) =>
      new SupervisedLoop({ name, run, logger, observer: metrics });
    this.#presenceLoop = supervise('presence', (signal) => this.#presence.run(signal));
    this.#supervised = [
      ...this.#loops.map(({ loop }) => supervise(loop.name, (signal) => loop.run(signal))),
      supervise(sweep.name, (signal) => sweep.run(signal)),
      supervise('schedules', (signal) => this.#schedules.run(signal)),
      supervise('schedules-sweep', (signal) => this.#schedules.sweep(signal)),
    ];
  }

  /** @throws StoreUnavailableError when Redis went away again before the loops run. */
  async start(): Promise<void> {
    this.#listener = await this.#broker.dueListener((queue, dueAt) => {
      if (!this.#queues.add(queue)) return;
      this.#due(queue, dueAt);
      this.#changed(queue);
    });
    await this.#schedules.open();
    await this.#presence.beat();
    this.#presenceLoop.start();
    for (const loop of this.#supervised) loop.start();
  }

  /** Resolves when every loop has ended; the batches under way are finished. */
  async stop(): Promise<void> {
    // First of all: the others take over while the last batches end. Two owners for a moment do no harm.
    await this.#presenceLoop.stop();
    await Promise.all([this.#leave(), ...this.#supervised.map((loop) => loop.stop())]);
    await this.#listener?.close();
    await this.#schedules.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #leave(): Promise<void> {
    try {
      await this.#presence.leave();
    } catch (error) {
      // It is forgotten by itself after a while.
      this.#logger.warn({ err: error }, 'this replica could not be removed from the registry');
    }
  }

  #shareQueues(clock: StoreClock): void {
    this.#queues.listen({
      taken: (queue) => {
        const at = clock.now() + (hashOf(queue) % TAKEN_SPREAD_MS);
        this.#eachLoop((one) => one.dueTimes || one.loop.announce(queue, at));
      },
      left: (queue) => {
        this.#heardAt.delete(queue);
        this.#eachLoop((one) => one.loop.forget(queue));
      },
    });
  }

  /**
   * What one loop finds is true for all that share the due times, so that mostly one of them visits a queue: unless an
   * earlier time was published while it did. A busy queue publishes once a lease, and is visited then: it has changed.
   */
  #visited(queue: string, nextDueAt: number | null, { dueAt, startedAt }: VisitTimes): void {
    if (dueAt === LOOK) {
      if (nextDueAt !== null) this.#due(queue, nextDueAt);
      return;
    }
    this.#changed(queue);
    if ((this.#heardAt.get(queue) ?? 0) >= startedAt) return;
    this.#eachLoop((one) => one.dueTimes && one.loop.postpone(queue, nextDueAt));
  }

  #due(queue: string, dueAt: number): void {
    this.#heardAt.set(queue, performance.now());
    this.#eachLoop((one) => one.dueTimes && one.loop.announce(queue, dueAt));
  }

  #changed(queue: string): void {
    this.#eachLoop((one) => one.changed?.(queue));
  }

  #eachLoop(act: (one: QueueLoop) => unknown): void {
    for (const one of this.#loops) act(one);
  }

  /** Each round of a loop, a failed one too, shows that it turns. */
  #observer(metrics: LoopMetrics, heartbeat: BackgroundOptions['heartbeat']): LoopMetrics {
    const beats = new Map(LOOP_NAMES.map((name) => [name, heartbeat(name)]));
    return {
      ...metrics,
      round: (loop, round) => {
        metrics.round(loop, round);
        const { owned } = loop.startsWith('schedules') ? this.#schedules : this.#queues;
        metrics.owned(loop, owned);
        beats.get(loop)?.beat();
      },
    };
  }
}
