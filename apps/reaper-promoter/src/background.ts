import type { Broker, DueListener } from '@relay/broker';
import type { Heartbeat, Logger } from '@relay/service-kit';
import { QueueDirectory } from './directory.ts';
import { type Loop, SupervisedLoop } from './loop.ts';
import type { DueWork, LoopParts } from './loops/parts.ts';
import { promoteLoop } from './loops/promote.ts';
import { reapLoop } from './loops/reap.ts';
import type { LoopMetrics } from './metrics.ts';
import { Presence } from './presence.ts';
import { StoreClock } from './store-clock.ts';

export type BackgroundBroker = Pick<
  Broker,
  'reap' | 'promote' | 'queues' | 'dueListener' | 'beat' | 'leave'
>;

/** The loops over due queues. A new one is a file in `loops/` and a line here. */
const DUE_LOOPS = { reap: reapLoop, promote: promoteLoop };
export const LOOP_NAMES: readonly string[] = Object.keys(DUE_LOOPS);

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
  readonly #directory: QueueDirectory;
  readonly #work: readonly DueWork[];
  readonly #loops: readonly Loop[];
  readonly #presence: Presence;
  readonly #logger: Logger;
  #listener: DueListener | undefined;

  constructor(options: BackgroundOptions) {
    const { broker, metrics, logger } = options;
    this.#broker = broker;
    this.#directory = new QueueDirectory(broker);
    const clock = new StoreClock();
    this.#presence = new Presence({
      broker,
      id: options.replicaId,
      info: { service: 'reaper-promoter', version: options.version },
      clock,
    });
    this.#logger = logger;
    const parts: LoopParts = {
      directory: this.#directory,
      clock,
      metrics,
      logger,
      observer: withSignsOfLife(metrics, options.heartbeat),
      sweepMs: options.sweepMs,
    };
    this.#work = Object.values(DUE_LOOPS).map((make) => make(broker, parts));
    const supervise = (name: string, run: (signal: AbortSignal) => Promise<void>) =>
      new SupervisedLoop({ name, run, logger, observer: metrics });
    this.#loops = [
      supervise('presence', (signal) => this.#presence.run(signal)),
      ...this.#work.map(({ name, loop }) => supervise(name, (signal) => loop.run(signal))),
    ];
  }

  /** @throws StoreUnavailableError when Redis went away again before the loops run. */
  async start(): Promise<void> {
    this.#listener = await this.#broker.dueListener((queue, dueAt) => {
      this.#directory.add(queue);
      for (const { loop } of this.#work) loop.announce(queue, dueAt);
    });
    await this.#presence.beat();
    for (const loop of this.#loops) loop.start();
  }

  /** Resolves when every loop has ended; the batches under way are finished. */
  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await this.#listener?.close();
    try {
      await this.#presence.leave();
    } catch (error) {
      // It is forgotten by itself after a while.
      this.#logger.warn({ err: error }, 'this replica could not be taken out of the registry');
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Each round of a loop, a failed one too, shows that it turns. */
function withSignsOfLife(
  metrics: LoopMetrics,
  heartbeat: BackgroundOptions['heartbeat'],
): LoopMetrics {
  const beats = new Map(LOOP_NAMES.map((name) => [name, heartbeat(name)]));
  return {
    ...metrics,
    round(loop, round) {
      metrics.round(loop, round);
      beats.get(loop)?.beat();
    },
  };
}
