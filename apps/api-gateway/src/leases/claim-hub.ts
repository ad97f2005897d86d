import type { ClaimResult, WakeListener } from '@relay/broker';
import { type Logger, messageOf } from '@relay/service-kit';

/** What a client waits for. */
export interface Wish {
  readonly queues: readonly string[];
  /** Claims for this client; null when it waits no more. It rejects when the store does not answer. */
  readonly claim: (queue: string) => Promise<ClaimResult | null>;
  /** Gives back what was claimed for a client that has gone. */
  readonly giveBack: (queue: string, result: ClaimResult) => void;
}

export interface ClaimHubOptions {
  readonly open: () => WakeListener;
  readonly nudge: (queue: string) => Promise<unknown>;
  readonly logger: Logger;
  /** How long a wait is before the queues are looked at anyway. Defaults to 5,000. */
  readonly pollMs?: number;
}

interface Waiter {
  readonly wish: Wish;
  /** A claim for it is under way. */
  busy: boolean;
  /** Its time is over: it is answered when no claim is under way. */
  over: boolean;
  gone: boolean;
  retryAfterMs: number | null;
  readonly answer: (result: ClaimResult) => void;
}

/** A wait that ends sooner than this without a reason means that the store is away. */
const SOON_MS = 10;
const REST_MS = 250;

/**
 * All clients of this gateway that wait for jobs, on one blocking connection.
 *
 * A wake token stands for work in its queue and is gone once it is caught: then a claim is made for
 * the client that has waited longest, which puts the token back if work remains; with no such client
 * it is put back by a nudge. A wait is cut short only when a client names a queue that it does not
 * cover: cutting closes the connection, and a token on its way is lost with it, so the queues that it
 * covered are then looked at as if each had been woken.
 */
export class ClaimHub {
  readonly #options: ClaimHubOptions;
  /** In the order in which they came. */
  readonly #waiters = new Set<Waiter>();
  /** Woken while each of their clients was busy with another claim. */
  readonly #owed = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #covered: ReadonlySet<string> = new Set();
  #cut: AbortController | undefined;
  #unpark: (() => void) | undefined;
  #listener: WakeListener | undefined;
  #loop: Promise<void> | undefined;
  #stopped = false;
  /** Redis refuses to let it wait, which was told. */
  #refused = false;

  constructor(options: ClaimHubOptions) {
    this.#options = options;
  }

  /** Clients that wait now. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Resolves with what was claimed; with nothing when the time is over or the client has gone. */
  async wait(wish: Wish, waitMs: number, signal: AbortSignal): Promise<ClaimResult> {
    if (this.#stopped || signal.aborted) return empty(null);
    let answer: ((result: ClaimResult) => void) | undefined;
    const answered = new Promise<ClaimResult>((done) => {
      answer = done;
    });
    const waiter: Waiter = {
      wish,
      busy: false,
      over: false,
      gone: false,
      retryAfterMs: null,
      answer: (result) => answer?.(result),
    };
    const end = (gone: boolean): void => this.#end(waiter, gone);
    const timer = setTimeout(end, waitMs, false);
    const leave = (): void => end(true);
    signal.addEventListener('abort', leave, { once: true });
    this.#waiters.add(waiter);
    this.#refresh(wish.queues);
    try {
      return await answered;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      this.#waiters.delete(waiter);
    }
  }

  /** A limit holds the jobs of a queue back: while it does there is no token, so it is looked at then. */
  heldBack(queue: string, ms: number): void {
    if (this.#timers.has(queue) || this.#stopped) return;
    const again = (): void => {
      this.#timers.delete(queue);
      this.#serve(queue, true);
    };
    this.#timers.set(queue, setTimeout(again, Math.max(1, ms)));
  }

  /** Answers everybody with nothing and closes the connection. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const waiter of this.#waiters) this.#end(waiter, false);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#unpark?.();
    this.#cut?.abort();
    await this.#listener?.close();
    await this.#loop;
  }

  #end(waiter: Waiter, gone: boolean): void {
    waiter.over = true;
    waiter.gone ||= gone;
    if (!waiter.busy || gone) waiter.answer(empty(waiter.retryAfterMs));
    if (!waiter.busy) this.#waiters.delete(waiter);
  }

  #refresh(queues: readonly string[]): void {
    this.#listener ??= this.#options.open();
    this.#loop ??= this.#run(this.#listener);
    if (this.#unpark !== undefined) this.#unpark();
    else if (queues.some((queue) => !this.#covered.has(queue))) this.#cut?.abort();
  }

  async #run(listener: WakeListener): Promise<void> {
    const { pollMs = 5_000 } = this.#options;
    while (!this.#stopped) {
      // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
      if (this.#waiters.size === 0) await this.#park();
      const queues = [...new Set([...this.#waiters].flatMap(({ wish }) => wish.queues))];
      if (queues.length === 0) continue;
      const cut = new AbortController();
      this.#cut = cut;
      this.#covered = new Set(queues);
      const begun = performance.now();
      // oxlint-disable-next-line no-await-in-loop
      const found = await this.#listen(() => listener.wait(queues, pollMs, cut.signal));
      this.#cut = undefined;
      this.#covered = new Set();
      if (found !== null) this.#serve(found, true);
      else for (const queue of queues) this.#serve(queue, cut.signal.aborted);
      const soon = performance.now() - begun < SOON_MS;
      // oxlint-disable-next-line no-await-in-loop
      if (found === null && soon && !cut.signal.aborted) await this.#rest();
    }
  }

  /** What Redis refuses is told once, and then a wait without a token: clients get jobs from the looks in between. */
  async #listen(wait: () => Promise<string | null>): Promise<string | null> {
    try {
      const found = await wait();
      if (found !== null) this.#refused = false;
      return found;
    } catch (error) {
      if (!this.#refused) {
        this.#options.logger.warn(
          { err: error },
          `cannot wait for jobs on behalf of clients, who get them later: ${messageOf(error)}. Let this user of Redis call BLPOP on the keys of queues (users.acl.template)`,
        );
      }
      this.#refused = true;
      return null;
    }
  }

  async #park(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#unpark = resolve;
    });
    this.#unpark = undefined;
  }

  async #rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
  }

  /** @param taken its wake token is gone: somebody must claim, or it must be put back. */
  #serve(queue: string, taken: boolean): void {
    const all = [...this.#waiters].filter(({ wish, over }) => !over && wish.queues.includes(queue));
    const waiter = all.find(({ busy }) => !busy);
    if (waiter !== undefined) void this.#claim(waiter, queue);
    else if (all.length > 0) this.#owed.add(queue);
    else if (taken && !this.#stopped) this.#putBack(queue);
  }

  #putBack(queue: string): void {
    this.#options.nudge(queue).catch((error: unknown) => {
      // The others' safety poll finds the work.
      this.#options.logger.debug({ queue }, `a wake token is lost: ${messageOf(error)}`);
    });
  }

  async #claim(waiter: Waiter, queue: string): Promise<void> {
    waiter.busy = true;
    try {
      const result = await waiter.wish.claim(queue);
      waiter.busy = false;
      if (result === null) {
        waiter.over = true;
        // The token was not used.
        this.#owed.add(queue);
      } else if (result.leases.length > 0) this.#hand(waiter, queue, result);
      else if (result.retryAfterMs !== null) {
        waiter.retryAfterMs = Math.min(result.retryAfterMs, waiter.retryAfterMs ?? Infinity);
        this.heldBack(queue, result.retryAfterMs);
      }
    } catch (error) {
      waiter.busy = false;
      this.#options.logger.debug({ queue }, `no claim for a waiting client: ${messageOf(error)}`);
    }
    if (waiter.over) this.#end(waiter, false);
    if (this.#owed.delete(queue)) this.#serve(queue, true);
  }

  #hand(waiter: Waiter, queue: string, result: ClaimResult): void {
    this.#waiters.delete(waiter);
    if (waiter.gone) waiter.wish.giveBack(queue, result);
    else waiter.answer(result);
  }
}

function empty(retryAfterMs: number | null): ClaimResult {
  return { leases: [], retryAfterMs, ghosts: [] };
}
