import type {
  BeatResult,
  ClaimOptions,
  ExtendResult,
  Extension,
  Lease,
  MemberBeat,
  MemberRegistry,
  SettleAndClaimResult,
  Settlement,
  WokenClaim,
} from '@relay/broker';
import { until } from '@relay/testkit';
import type { ConsumerBroker, WakeSource } from '../../src/index.ts';

export interface FakeCall {
  readonly queue: string;
  readonly items: readonly Settlement[];
  readonly claim: ClaimOptions;
  /** Answers it; what is left out is "settled" and "nothing there". */
  reply(answer?: Partial<SettleAndClaimResult>): void;
  fail(error: Error): void;
}

interface FakeWait {
  readonly queues: readonly string[];
  /** The claim behind it, if there is one. */
  readonly claim?: ClaimOptions;
  readonly aborted: boolean;
  wake(queue: string | null): void;
  /** Ends it with what its claim brought; what is left out is nothing. */
  claimed(answer?: Partial<WokenClaim>): void;
  fail(error: Error): void;
}

/** A broker whose answers the test gives one by one, so that every race has one order only. */
export class FakeBroker implements ConsumerBroker {
  /** Calls without an answer. */
  readonly open: FakeCall[] = [];
  readonly nudges: string[] = [];
  readonly extensions: (readonly Extension[])[] = [];
  readonly waits: FakeWait[] = [];
  calls = 0;
  mostOpen = new Map<string, number>();
  listenerClosed = false;
  /** Whether its listeners can claim. */
  claimsOnWake = false;
  readonly beats: ({ readonly registry: MemberRegistry } & MemberBeat)[] = [];
  readonly left: string[] = [];
  /** What the registry answers to the next sign of life. */
  quiet = false;
  onExtend: (items: readonly Extension[]) => ExtendResult[] | Promise<ExtendResult[]> = (items) =>
    items.map(() => ({ status: 'extended', expiresAt: 0, cancelRequested: false }));

  settleAndClaim(
    queue: string,
    items: readonly Settlement[],
    claim: ClaimOptions,
  ): Promise<SettleAndClaimResult> {
    this.calls += 1;
    return new Promise((resolve, reject) => {
      const close = () => this.open.splice(this.open.indexOf(call), 1);
      const call: FakeCall = {
        queue,
        items,
        claim,
        reply: (answer = {}) => {
          close();
          const settled = items.map(() => ({ status: 'settled', state: 'completed' }) as const);
          resolve({ settled, leases: [], retryAfterMs: null, ghosts: [], ...answer });
        },
        fail: (error) => {
          close();
          reject(error);
        },
      };
      this.open.push(call);
      const now = this.open.filter((one) => one.queue === queue).length;
      this.mostOpen.set(queue, Math.max(now, this.mostOpen.get(queue) ?? 0));
    });
  }

  async extend(_queue: string, items: readonly Extension[]): Promise<ExtendResult[]> {
    this.extensions.push(items);
    return await this.onExtend(items);
  }

  async beat(registry: MemberRegistry, beat: MemberBeat): Promise<BeatResult> {
    this.beats.push({ registry, ...beat });
    return { now: 0, quiet: this.quiet, members: [] };
  }

  async leave(_registry: MemberRegistry, id: string): Promise<void> {
    this.left.push(id);
  }

  async nudge(queue: string): Promise<boolean> {
    this.nudges.push(queue);
    return true;
  }

  wakeListener(): WakeSource {
    return {
      wait: async (queues, _timeoutMs, signal) => {
        const { woken } = await this.#waitFor({ queues }, signal);
        return woken;
      },
      ...(this.claimsOnWake
        ? {
            claimOnWake: async (queue, claim, { signal }, options) => {
              const waited = this.#waitFor({ queues: [queue], claim }, signal);
              options?.signal?.addEventListener('abort', () =>
                this.waits.find((wait) => wait.claim === claim)?.fail(new Error('given up')),
              );
              return (await waited).answer;
            },
          }
        : {}),
      close: async () => {
        this.listenerClosed = true;
      },
    };
  }

  /** With a claim behind it a wait that is aborted ends when the test says what the claim brought. */
  #waitFor(
    of: Pick<FakeWait, 'queues' | 'claim'>,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly woken: string | null; readonly answer: WokenClaim }> {
    const nothing = {
      leases: [],
      retryAfterMs: null,
      ghosts: [],
      woken: false,
      interrupted: false,
      refusal: null,
    };
    return new Promise((resolve, reject) => {
      const close = () => {
        const at = this.waits.indexOf(wait);
        if (at >= 0) this.waits.splice(at, 1);
      };
      const wait: FakeWait = {
        ...of,
        get aborted() {
          return signal?.aborted ?? false;
        },
        wake: (woken) => {
          close();
          resolve({ woken, answer: nothing });
        },
        claimed: (answer = {}) => {
          close();
          resolve({ woken: null, answer: { ...nothing, ...answer } });
        },
        fail: (error) => {
          close();
          reject(error);
        },
      };
      this.waits.push(wait);
      if (of.claim === undefined) signal?.addEventListener('abort', () => wait.wake(null));
    });
  }

  /** The oldest call without an answer, of `queue` if given. */
  async call(queue?: string): Promise<FakeCall> {
    return await until(() => this.open.find((one) => queue === undefined || one.queue === queue), {
      what: `a call${queue === undefined ? '' : ` on ${queue}`}`,
      everyMs: 1,
    });
  }

  async wait(): Promise<FakeWait> {
    return await until(() => this.waits[0], { what: 'a wait for work', everyMs: 1 });
  }
}

let ids = 0;

export function lease(overrides: Partial<Lease> = {}): Lease {
  ids += 1;
  return {
    queue: 'q',
    id: `job${ids}`,
    token: `token${ids}`,
    expiresAt: 0,
    leaseMs: 30_000,
    type: 'default',
    payload: '{}',
    attempt: 1,
    crashes: 0,
    priority: 0,
    maxAttempts: 5,
    maxCrashes: 3,
    timeoutMs: null,
    headers: {},
    createdAt: 0,
    readyAt: 0,
    ...overrides,
  };
}

/** Lets everything happen that needs no more than promises and ticks. */
export async function settleDown(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A promise and its ends. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
