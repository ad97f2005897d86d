import type { WokenClaim } from '@relay/broker';
import { RetryDelay } from './backoff.ts';
import type { QueueLoop } from './queue-loop.ts';
import { type Runtime, reportStoreError } from './runtime.ts';
import type { WakeSource } from './types.ts';

/** How much later than asked for a wait may end, ms. */
const OVERDUE_MS = 2_000;
/**
 * Jobs that a claim takes that goes with a wait: few, since it is made without a look at whether this process can still
 * run them. With one of two the queue is known to be empty.
 */
const MOST_ON_WAKE = 2;
/** The part of a lease that may have passed before its claim is answered: it counts from the beginning of the wait. */
const WAIT_PART = 1 / 4;

/**
 * Waits for work on behalf of the queues of a worker, on one blocking connection.
 *
 * While no queue is idle it waits for nothing. Otherwise it waits for every queue that has room, the
 * busy ones too, so that the wait need not be begun anew each time one of them comes to rest: cutting
 * a wait short means closing its connection, and a token that was on its way is lost with it. It is
 * cut short only when a queue becomes idle that had no room before; the queues that it covered are
 * then looked at, as if each had been woken.
 *
 * A worker of one queue sends its claim behind the wait, for Redis to carry out: a job is here after one way and not
 * three. With several it could only be made for all of them, each with slots of its own. It claims awake where its handlers
 * were seen to hold up the event loop and one of them runs: jobs that came then would wait for it, and may crash so.
 */
export class WakeHub {
  readonly #runtime: Runtime;
  readonly #loops: readonly QueueLoop[];
  readonly #retry = new RetryDelay();
  /** Redis refuses to let it wait, which was told. */
  #refused = false;
  #listener: WakeSource | undefined;
  #covered: ReadonlySet<string> = new Set();
  #wait: AbortController | undefined;
  #unpark: (() => void) | undefined;
  #endRest: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(runtime: Runtime, loops: readonly QueueLoop[]) {
    this.#runtime = runtime;
    this.#loops = loops;
  }

  start(): void {
    this.#listener = this.#runtime.settings.broker.wakeListener();
    this.#running = this.#run(this.#listener);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wait?.abort();
    this.#unpark?.();
    this.#endRest?.();
    await this.#running;
    await this.#listener?.close();
  }

  /** Some loop may have become idle. */
  refresh(): void {
    if (this.#unpark !== undefined) {
      if (this.#loops.some((loop) => loop.idle)) this.#unpark();
    } else if (this.#wait !== undefined) {
      const missed = this.#loops.some((loop) => loop.idle && !this.#covered.has(loop.queue));
      if (missed || this.#loops.some((loop) => loop.asideUnwanted)) this.#wait.abort();
    }
  }

  async #run(listener: WakeSource): Promise<void> {
    while (!this.#stopped) {
      const idle = this.#loops.some((loop) => loop.idle);
      // One wait after the other is the point of this loop.
      // oxlint-disable-next-line no-await-in-loop
      await (idle ? this.#waitOnce(listener) : this.#park());
    }
  }

  async #park(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#unpark = resolve;
    });
    this.#unpark = undefined;
  }

  async #waitOnce(listener: WakeSource): Promise<void> {
    const { settings, now } = this.#runtime;
    const loops = this.#loops.filter((loop) => loop.wakeable);
    const wait = new AbortController();
    this.#wait = wait;
    this.#covered = new Set(loops.map((loop) => loop.queue));
    const startedAt = now();
    // A connection that died without a word would be waited on for ever.
    const overdue = setTimeout(() => wait.abort(), settings.pollMs + OVERDUE_MS);
    const alone = loops.length === 1 && this.#loops.length === 1 ? loops[0] : undefined;
    const woken = await (alone?.mayClaimAhead && this.#canClaimOnWake(listener)
      ? this.#claimOnWake(listener, alone, wait.signal)
      : this.#wakeOne(listener, loops, wait.signal));
    clearTimeout(overdue);
    this.#wait = undefined;
    if (woken) this.#retry.reset();
    else if (!wait.signal.aborted && now() - startedAt < settings.pollMs / 2) {
      // It should have waited: Redis is away. The claims will tell; here it must not become a spin.
      await this.#rest();
    }
    for (const loop of this.#loops) loop.pollIfDue();
  }

  #canClaimOnWake(
    listener: WakeSource,
  ): listener is WakeSource & Required<Pick<WakeSource, 'claimOnWake'>> {
    const { pollMs, leaseMs } = this.#runtime.settings;
    return listener.claimOnWake !== undefined && !this.#refused && pollMs <= leaseMs * WAIT_PART;
  }

  /** @returns whether there was work. */
  async #claimOnWake(
    listener: Required<Pick<WakeSource, 'claimOnWake'>>,
    loop: QueueLoop,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { settings, now, abort } = this.#runtime;
    const { workerId, leaseMs, pollMs } = settings;
    const sentAt = now();
    const claim = { workerId, leaseMs, max: loop.setAside(MOST_ON_WAKE) };
    const wait = { timeoutMs: pollMs, signal };
    const lookUp = { deadlineMs: leaseMs, signal: abort };
    let reply: WokenClaim | null = null;
    try {
      reply = await listener.claimOnWake(loop.queue, claim, wait, lookUp);
    } catch (error) {
      reportStoreError(this.#runtime, { queue: loop.queue, op: 'settle-and-claim', error });
    }
    loop.takeAside(reply, sentAt);
    if (reply === null || reply.interrupted) loop.wake({ token: true });
    if (reply !== null && reply.refusal !== null) this.#refuse(reply.refusal);
    // Without a job too, where another call was faster than the claim: there was work, and there may be more.
    return reply !== null && (reply.woken || reply.leases.length > 0);
  }

  /** @returns whether there was work. */
  async #wakeOne(
    listener: WakeSource,
    loops: readonly QueueLoop[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const queues = loops.map((loop) => loop.queue);
    const woken = await this.#listen(() =>
      listener.wait(queues, this.#runtime.settings.pollMs, signal),
    );
    if (signal.aborted) for (const loop of loops) loop.wake({ token: true });
    else if (woken !== null) loops.find((loop) => loop.queue === woken)?.wake({ token: true });
    return woken !== null;
  }

  async #listen(wait: () => Promise<string | null>): Promise<string | null> {
    try {
      const woken = await wait();
      if (woken !== null && this.#refused) {
        this.#refused = false;
        this.#runtime.settings.logger.info({}, 'wake-ups for new jobs work again');
      }
      return woken;
    } catch (error) {
      this.#refuse(error);
      return null;
    }
  }

  /** Told once, and not at each try: until somebody gives it the right, each one ends so. */
  #refuse(error: unknown): void {
    if (!this.#refused) this.#tellRefused(error);
    this.#refused = true;
  }

  #tellRefused(error: unknown): void {
    const { settings } = this.#runtime;
    settings.logger.warn(
      { err: error },
      `cannot wait for jobs, and looks for them every ${settings.pollMs} ms instead: they start that much later. Let this user of Redis call BLPOP on the keys of queues (users.acl.template)`,
    );
    this.#runtime.events.emit('error', { queue: null, op: 'wake', error });
  }

  async #rest(): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#retry.next());
      this.#endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endRest = undefined;
  }
}
