import type { ClaimResult, SettleAndClaimResult } from '@relay/broker';
import { Deliveries, type EndedJob } from './deliveries.ts';
import { Heartbeat } from './heartbeat.ts';
import { LoopPauses } from './loop-pauses.ts';
import type { LoopWatch } from './loop-watch.ts';
import { tellClaimed } from './report.ts';
import { codeOf, type Runtime, reportStoreError } from './runtime.ts';
import type { SlotPool, SlotShare } from './slot-pool.ts';

/**
 * Settlements, and claims, in one call. The broker takes 1,000, but a call blocks Redis for everybody:
 * 1,000 of both took it 15 ms, 500 take 8.
 */
const MAX_BATCH = 500;
/** How much later than it must a loop may turn before it counts as stuck, ms. */
const STUCK_MS = 10_000;

export interface QueueLoopOptions {
  readonly queue: string;
  readonly limit: number;
  readonly weight: number;
  readonly pool: SlotPool;
  readonly runtime: Runtime;
  readonly watch: LoopWatch;
  /** It has come to rest, or something of note happened while the worker drains. */
  readonly onTurn: () => void;
}

/**
 * The claim loop of one queue. One call at a time settles what has ended and claims what there is
 * room for; what ends meanwhile waits for the next one, so that batches grow with the load.
 *
 * A turn is taken when something has changed (`poke`): a job ended, a wake-up, room, the answer to a
 * call. A turn without anything to do does nothing, so the loop never spins. It is *hungry* while it
 * believes that the queue has work: from the start or a wake-up until a claim brings less than it
 * asked for.
 */
export class QueueLoop {
  readonly queue: string;
  readonly deliveries: Deliveries;
  readonly share: SlotShare;
  readonly #runtime: Runtime;
  readonly #onTurn: () => void;
  readonly #heartbeat: Heartbeat;
  readonly #watch: LoopWatch;
  readonly #pauses = new LoopPauses();
  #claiming = false;
  #scheduled = false;
  #calling = false;
  #nudging = false;
  #closed = false;
  #hungry = false;
  /** Woken while a call was under way, which perhaps looked too early. */
  #woken = false;
  /** A wake token was taken from the queue; a call or a nudge puts it back if there is work left. */
  #holdsToken = false;
  #lastCallAt = Number.NEGATIVE_INFINITY;
  /** Slots for what a claim may bring that is under way with a wait. */
  #aside = 0;

  constructor(options: QueueLoopOptions) {
    const { queue, runtime, watch } = options;
    this.queue = queue;
    this.#runtime = runtime;
    this.#watch = watch;
    this.#onTurn = options.onTurn;
    this.share = options.pool.join({
      limit: options.limit,
      weight: options.weight,
      contends: () => this.#hungry && this.#claiming && !this.#occupied,
      onRoom: () => this.poke(),
    });
    this.#heartbeat = new Heartbeat({ queue, runtime, watch, deliveries: () => this.deliveries });
    this.deliveries = new Deliveries({
      queue,
      runtime,
      share: this.share,
      watch,
      onChange: () => this.poke(),
      onProgress: () => this.#heartbeat.hasten(),
      extend: (job, leaseMs) => this.#heartbeat.extendOne(job, leaseMs),
      giveUp: (job) => void this.#heartbeat.giveUp(job).then(() => this.poke()),
    });
  }

  /** A wake-up for it would be of use: it has room and may claim. */
  get wakeable(): boolean {
    const room = this.share.room + this.#aside;
    return this.#claiming && !this.#closed && !this.#pauses.resting && room > 0;
  }

  /** Has room and no reason to believe that there is work: only a wake-up brings it to claim. */
  get idle(): boolean {
    return this.wakeable && !this.#hungry && !this.#occupied;
  }

  /** A claim may be made for it later, without another look: no handler is likely to hold up this process then. */
  get mayClaimAhead(): boolean {
    return !this.#watch.hasNoticed || this.share.used === 0;
  }

  /** Nothing runs, nothing is left to settle or to give back, no call is under way. */
  get quiet(): boolean {
    const calling = this.#calling || this.#nudging || this.#heartbeat.givingUp;
    return !calling && !this.#holdsToken && this.deliveries.open === 0;
  }

  /** How many slots {@link setAside} keeps: free ones, but not to be had by other claims. */
  get aside(): number {
    return this.#aside;
  }

  /** A claim that is under way with a wait must not be made any more: it may not claim, or there is no room for what comes. */
  get asideUnwanted(): boolean {
    return this.#aside > 0 && (!this.#claiming || this.share.room < 0);
  }

  start(): void {
    this.#claiming = true;
    this.#hungry = true;
    this.#lastCallAt = this.#runtime.now();
    this.#heartbeat.start();
    this.poke();
  }

  /** Claims no more from now on; what comes with a call that is under way goes back at no cost. */
  drain(): void {
    this.#claiming = false;
    this.#hungry = false;
    this.#pauses.forgetLimit();
    this.deliveries.drain();
    this.poke();
  }

  /** Claims no more until it is taken back; what runs goes on. */
  setQuiet(quiet: boolean): void {
    this.#claiming = !quiet;
    this.#hungry = !quiet;
    if (quiet) this.#pauses.forgetLimit();
    this.poke();
  }

  /** What keeps it from its work, if anything does: a call that never ends, or nobody who calls. */
  get trouble(): string | null {
    const { now, settings } = this.#runtime;
    const silentMs = Math.round(now() - this.#lastCallAt);
    if (this.#closed) return `queue ${this.queue} is not served any more: the broker was closed`;
    if (this.#calling && silentMs > settings.leaseMs + STUCK_MS) {
      return `a call for queue ${this.queue} has been under way for ${silentMs} ms`;
    }
    // What became of a claim behind a wait is asked for as long as its lease may last.
    const lookUpMs = this.#aside > 0 ? settings.leaseMs : 0;
    const patienceMs = 3 * settings.pollMs + lookUpMs + STUCK_MS;
    if (this.wakeable && !this.#calling && silentMs > patienceMs) {
      return `queue ${this.queue} has not been looked at for ${silentMs} ms`;
    }
    return null;
  }

  /** Ends for good. Calls that are under way must have been aborted. */
  close(): void {
    this.#closed = true;
    this.#heartbeat.stop();
    this.#pauses.end();
    this.deliveries.abandonUnsettled();
  }

  /** There may be work. `token`: the queue's wake token was taken. */
  wake({ token }: { token: boolean }): void {
    if (token) this.#holdsToken = true;
    if (this.#claiming) this.#hungry = true;
    if (this.#calling) this.#woken = true;
    this.poke();
  }

  /** Keeps at most `max` slots for a claim that goes with a wait. @returns how many it got. */
  setAside(max: number): number {
    this.#aside = this.share.reserve(max);
    return this.#aside;
  }

  /** What the claim for which slots were set aside has brought by `sentAt` (monotonic ms); null: nobody knows. */
  takeAside(reply: ClaimResult | null, sentAt: number): void {
    const room = this.#aside;
    this.#aside = 0;
    this.share.release(room - (reply?.leases.length ?? 0));
    // A call has perhaps filled all other slots, and would have gone on.
    if (this.#hungry) this.poke();
    if (reply === null) return;
    this.#lastCallAt = this.#runtime.now();
    // As many as it could: there are perhaps more.
    if (room > 0 && reply.leases.length >= room) this.wake({ token: false });
    this.#take(reply, sentAt);
  }

  /** Looks at the queue if that has not been done for `pollMs`. */
  pollIfDue(): void {
    const { now, settings } = this.#runtime;
    if (this.idle && now() - this.#lastCallAt >= settings.pollMs) this.wake({ token: false });
  }

  /** Takes a turn after everything that is about to happen in this tick has happened. */
  poke(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    // Runs after all pending promise callbacks: handlers that end together are settled together.
    process.nextTick(() => this.#turn());
  }

  get #occupied(): boolean {
    return this.#calling || this.#pauses.resting || this.#closed;
  }

  #turn(): void {
    this.#scheduled = false;
    if (this.#occupied) return;
    const ended = this.deliveries.takeEnded(MAX_BATCH);
    const claims = this.#claiming && (this.#hungry || ended.length > 0);
    const room = claims ? this.share.reserve(MAX_BATCH) : 0;
    if (ended.length > 0 || room > 0) void this.#call(ended, room);
    else if (this.#holdsToken) void this.#nudge();
    this.#onTurn();
  }

  /** Never rejects. */
  async #call(ended: readonly EndedJob[], room: number): Promise<void> {
    const { settings, now, abort } = this.#runtime;
    const { workerId, leaseMs } = settings;
    this.#calling = true;
    this.#woken = false;
    this.#holdsToken = false;
    const sentAt = now();
    this.#lastCallAt = sentAt;
    try {
      const reply = await settings.broker.settleAndClaim(
        this.queue,
        ended.map((job) => job.settlement),
        { workerId, max: room, leaseMs },
        { deadlineMs: leaseMs, signal: abort },
      );
      this.#calling = false;
      this.#answered({ ended, room, sentAt, reply });
    } catch (error) {
      this.#calling = false;
      this.#failed({ ended, room, error });
    }
    this.poke();
  }

  #answered(call: {
    ended: readonly EndedJob[];
    room: number;
    sentAt: number;
    reply: SettleAndClaimResult;
  }): void {
    const { room, reply } = call;
    const count = reply.leases.length;
    this.#pauses.recovered();
    this.share.release(room - count);
    this.deliveries.settled(call.ended, reply.settled);
    if (room > 0) this.#hungry = this.#claiming && (this.#woken || count >= room);
    this.#take(reply, call.sentAt);
  }

  #take(reply: ClaimResult, sentAt: number): void {
    const { events, settings } = this.#runtime;
    if (reply.retryAfterMs !== null && this.#claiming) {
      // There will be work, whether or not somebody says so. As if the token had been taken: without room for the work
      // somebody else is told of it.
      this.#pauses.awaitLimit(reply.retryAfterMs, () => this.wake({ token: true }));
    }
    for (const id of reply.ghosts) {
      settings.logger.warn({ queue: this.queue, job: id }, 'an id without a record was taken out');
      events.emit('ghost', { queue: this.queue, id });
    }
    if (reply.leases.length === 0) return;
    this.deliveries.begin(reply.leases, sentAt + settings.leaseMs);
    // Counting costs 20 µs, for which no job shall wait.
    tellClaimed(events, this.queue, reply.leases);
  }

  #failed(call: { ended: readonly EndedJob[]; room: number; error: unknown }): void {
    const { error } = call;
    this.share.release(call.room);
    this.deliveries.putBack(call.ended);
    this.#hungry = this.#claiming;
    reportStoreError(this.#runtime, { queue: this.queue, op: 'settle-and-claim', error });
    if (codeOf(error) === 'closed') {
      this.#runtime.settings.logger.error({ queue: this.queue }, 'the broker was closed');
      this.close();
      return;
    }
    if (!this.#closed) this.#pauses.rest(error, () => this.poke());
  }

  /** No room for the work that the token stands for: let the broker tell somebody else. */
  async #nudge(): Promise<void> {
    const { settings, abort } = this.#runtime;
    this.#holdsToken = false;
    this.#nudging = true;
    try {
      await settings.broker.nudge(this.queue, { signal: abort });
    } catch (error) {
      reportStoreError(this.#runtime, { queue: this.queue, op: 'nudge', error });
    }
    this.#nudging = false;
    this.poke();
  }
}
