import { type BoardPlace, LeaseBoard, sharedNow } from './lease-board.ts';
import type { RunningJob } from './running-job.ts';
import type { Runtime } from './runtime.ts';
import { type HeartbeatThread, startThread } from './thread-host.ts';

/** Slots of the board beyond two for each job that may run: ended jobs that wait for their settlement. */
const SPARE_SLOTS = 1_000;
const MAX_TICK_MS = 500;

/**
 * Notices when a handler has held up the event loop for longer than half a heartbeat, and tells
 * `blocked` when it turns again. With a heartbeat thread the leases are extended meanwhile.
 */
export class LoopWatch {
  readonly #runtime: Runtime;
  readonly #jobs: () => number;
  readonly #board: LeaseBoard | null;
  readonly #queueIndex: ReadonlyMap<string, number>;
  readonly #freeSlots: number[] = [];
  /** From `now` of the runtime to the clock that all threads share. */
  readonly #offset: number;
  readonly tickMs: number;
  readonly blockedAfterMs: number;
  #thread: HeartbeatThread | undefined;
  #timer: NodeJS.Timeout | undefined;
  #generation = 0;
  #lastBeat = 0;
  #lastExtended = 0;
  #noticed = false;

  constructor(runtime: Runtime, jobs: () => number) {
    const { settings } = runtime;
    this.#runtime = runtime;
    this.#jobs = jobs;
    this.#offset = sharedNow() - runtime.now();
    this.#queueIndex = new Map(settings.queues.map(({ name }, index) => [name, index]));
    this.tickMs = Math.max(25, Math.min(MAX_TICK_MS, Math.floor(settings.heartbeatMs / 4)));
    this.blockedAfterMs = Math.max(2 * this.tickMs, settings.heartbeatMs / 2);
    this.#board = settings.heartbeatThread === null ? null : this.#makeBoard();
  }

  /** Whether a handler of this process was ever noticed to do so: then another may at any time. */
  get hasNoticed(): boolean {
    return this.#noticed;
  }

  start(): void {
    this.#lastBeat = this.#runtime.now();
    if (this.#board !== null) {
      this.#board.beatAt = sharedNow();
      this.#thread = startThread(this.#runtime, this, this.#board.memory);
    }
    this.#timer = setInterval(() => this.#beat(), this.tickMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#thread?.stop();
  }

  /** Puts a claimed job on the board; null: there is none, or it is full. */
  enter(job: RunningJob): BoardPlace | null {
    const board = this.#board;
    if (board === null) return null;
    const slot = this.#freeSlots.pop();
    if (slot === undefined) return null;
    const { queue, id, token } = job.lease;
    this.#generation = this.#generation === 2_147_483_647 ? 1 : this.#generation + 1;
    const generation = this.#generation;
    const deadline = job.leaseDeadline + this.#offset;
    const index = this.#queueIndex.get(queue) ?? 0;
    if (board.write(slot, { generation, queue: index, id, token, deadline })) {
      return { slot, generation };
    }
    this.#freeSlots.push(slot);
    return null;
  }

  leave({ slot }: BoardPlace): void {
    this.#board?.free(slot);
    this.#freeSlots.push(slot);
  }

  /** A heartbeat of the main thread was confirmed. */
  confirmed({ slot }: BoardPlace, deadline: number): void {
    this.#board?.setDeadline(slot, deadline + this.#offset);
  }

  /** What the thread learned of a lease: until when it holds (0: nothing new), or that it has gone. */
  learned({ slot, generation }: BoardPlace): number | 'lost' {
    if (this.#board === null) return 0;
    if (this.#board.isLost(slot, generation)) return 'lost';
    const deadline = this.#board.threadDeadline(slot, generation);
    return deadline === 0 ? 0 : deadline - this.#offset;
  }

  #makeBoard(): LeaseBoard {
    const slots = Math.max(4_096, 2 * this.#runtime.settings.concurrency + SPARE_SLOTS);
    const board = new LeaseBoard(LeaseBoard.memoryFor(slots));
    for (let slot = slots - 1; slot >= 0; slot--) this.#freeSlots.push(slot);
    return board;
  }

  #beat(): void {
    const { now, events, settings } = this.#runtime;
    const at = now();
    const blockedMs = at - this.#lastBeat;
    this.#lastBeat = at;
    if (this.#board !== null) this.#board.beatAt = at + this.#offset;
    if (blockedMs <= this.blockedAfterMs) return;
    this.#noticed = true;
    const total = this.#board?.extended ?? 0;
    const extended = total - this.#lastExtended;
    this.#lastExtended = total;
    const event = { blockedMs: Math.round(blockedMs), jobs: this.#jobs(), extended };
    settings.logger.warn(event, 'a handler has blocked the event loop, and with it the heartbeat');
    events.emit('blocked', event);
  }
}
