import { newTokenBase, seed } from './ids.ts';
import { readLeases } from './leases.ts';
import { assertName, Issues, isJobId, isLeaseToken } from './names.ts';
import type { Parts } from './producing.ts';
import { LIMITS, shortHash } from './request.ts';
import type { Argument, CallOptions, Invocation } from './runner.ts';
import { type Session, SessionPool } from './sessions.ts';
import {
  assertBatch,
  assertSettlement,
  decodeSettlements,
  encodeLogs,
  encodeSettlement,
} from './settlement.ts';
import type {
  ClaimOptions,
  ClaimResult,
  ExtendResult,
  Extension,
  SettleAndClaimResult,
  Settlement,
} from './types.ts';
import type { Cell } from './views.ts';

const DEFAULT_LEASE_MS = 30_000;

type ClaimReply = [
  letters: string,
  retryAfter: number,
  now: number,
  until: number,
  ghosts: string[],
  tokenBase: string,
  ...leases: Cell[],
];

/** For clients that reach the broker through somebody else, such as plain HTTP. */
export interface WorkOptions extends CallOptions {
  /** Keeps the answer to each settlement for ten minutes: settling again with its token is answered as at first. */
  readonly remember?: boolean;
  /** Names the call: whoever makes it again within ten minutes gets its outcome, from whichever process. */
  readonly callId?: string;
}

/** What became of a claim that was sent ahead. */
export interface SentClaim {
  readonly claimed: ClaimResult;
  /** Why no answer came, if none did; what was claimed is known all the same. */
  readonly failure: unknown;
}

/** The most jobs of a call that claims none, and sees to it that an earlier one with its number will not either. */
const SEAL = -1;

/** The worker's verbs. */
export class Working {
  readonly #parts: Parts;
  readonly #sessions: SessionPool;
  /** Of claims that are sent ahead: what is under way for long must not stand between others. */
  readonly #ahead = new SessionPool();

  constructor(parts: Parts, sessions: SessionPool) {
    this.#parts = parts;
    this.#sessions = sessions;
  }

  async settleAndClaim(
    queue: string,
    items: readonly Settlement[],
    claim: ClaimOptions,
    options: WorkOptions,
  ): Promise<SettleAndClaimResult> {
    assertBatch(items, 'settlements');
    const args = claimArgs(claim, items.length);
    items.forEach((item, index) => {
      assertSettlement(item, index);
      args.push(item.id, encodeSettlement(item));
    });
    const { remember, callId } = options;
    const keyHashes =
      remember === true ? items.map(({ id, token }) => shortHash(`${id} ${token}`)) : undefined;
    const send = (session: Session): Promise<unknown> => {
      args[AT.seq] = session.seq;
      return this.#parts.calls.run(queue, {
        script: 'settle-and-claim',
        args,
        session: session.id,
        options,
        ...(keyHashes === undefined ? {} : { callHashes: keyHashes }),
      });
    };
    const reply =
      callId === undefined ? await this.#sessions.use(queue, send) : await send(sessionOf(callId));
    return this.#read(queue, claim, reply);
  }

  /**
   * A claim that `send` brings to Redis on a connection of its own, and that is perhaps carried out long after. Where
   * `send` fails nobody knows whether it was, or will be: the call is then made again with its number, as one that
   * claims nothing more. `options` are about that one.
   */
  async sendAhead(
    queue: string,
    claim: ClaimOptions,
    send: (invocation: Invocation) => Promise<unknown>,
    options: CallOptions,
  ): Promise<SentClaim> {
    const args = claimArgs(claim, 0);
    return this.#ahead.use(queue, async (session) => {
      args[AT.seq] = session.seq;
      const call = { script: 'settle-and-claim', args, session: session.id, options };
      try {
        const reply = await send(this.#parts.calls.invocation(queue, call));
        return { claimed: this.#read(queue, claim, reply), failure: null };
      } catch (failure) {
        args[AT.max] = SEAL;
        return {
          claimed: this.#read(queue, claim, await this.#parts.calls.run(queue, call)),
          failure,
        };
      }
    });
  }

  #read(
    queue: string,
    { leaseMs = DEFAULT_LEASE_MS }: Pick<ClaimOptions, 'leaseMs'>,
    reply: unknown,
  ): SettleAndClaimResult {
    const [letters, retryAfter, , expiresAt, ghosts, tokenBase, ...cells] = reply as ClaimReply;
    // Only a queue that had work: whoever claims from names that nobody uses must not fill the registry.
    if (cells.length > 0) this.#parts.registry.renew(queue);
    return {
      settled: decodeSettlements(letters),
      leases: readLeases({ queue, tokenBase, expiresAt, leaseMs }, cells),
      retryAfterMs: retryAfter < 0 ? null : retryAfter,
      ghosts,
    };
  }

  /** See {@link Broker.recall}. */
  async recall(
    queue: string,
    claim: Omit<ClaimOptions, 'max'>,
    callId: string,
    options: CallOptions,
  ): Promise<ClaimResult> {
    const args = claimArgs({ ...claim, max: 0 }, 0);
    args[AT.max] = SEAL;
    const { id, seq } = sessionOf(callId);
    args[AT.seq] = seq;
    const call = { script: 'settle-and-claim', args, session: id, options };
    const { settled: _, ...claimed } = this.#read(
      queue,
      claim,
      await this.#parts.calls.run(queue, call),
    );
    return claimed;
  }

  async extend(
    queue: string,
    items: readonly Extension[],
    options: CallOptions,
  ): Promise<ExtendResult[]> {
    if (items.length === 0) return [];
    assertBatch(items, 'extensions');
    const args: Argument[] = [items.length, ...items.flatMap(encodeExtension)];
    const reply = (await this.#parts.calls.run(queue, {
      script: 'extend',
      args,
      options,
    })) as number[];
    return items.map((_, i): ExtendResult => {
      const expiresAt = reply[i * 2] ?? -1;
      return expiresAt < 0
        ? { status: 'lease-lost' }
        : { status: 'extended', expiresAt, cancelRequested: reply[i * 2 + 1] === 1 };
    });
  }
}

/** A named call has a session of its own, in which it is the only one. */
function sessionOf(callId: string): Session {
  return { id: `id-${shortHash(callId)}`, seq: 1 };
}

/** Places in the arguments of `lua/settle-and-claim.lua`. */
const AT = { seq: 0, max: 3 } as const;

/** The fixed arguments of `lua/settle-and-claim.lua`; the number of the call is still to come. */
function claimArgs(claim: ClaimOptions, items: number): Argument[] {
  const { workerId, max, leaseMs = DEFAULT_LEASE_MS } = claim;
  assertName(workerId, 'workerId');
  const issues = new Issues();
  issues.integer('/max', max, [0, LIMITS.batch]);
  issues.integer('/leaseMs', leaseMs, LIMITS.leaseMs);
  issues.check();
  return [0, seed(), items, max, leaseMs, newTokenBase(), workerId];
}

function encodeExtension(item: Extension, index: number): Argument[] {
  const { id, token, leaseMs, progress, logs } = item;
  const issues = new Issues();
  if (!isJobId(id)) issues.add(`/${index}/id`, 'is not a job id');
  if (!isLeaseToken(token)) issues.add(`/${index}/token`, 'is not a lease token');
  issues.integer(`/${index}/leaseMs`, leaseMs, LIMITS.leaseMs);
  // JSON text has no line feed but as white space, and the state keeps it on one line.
  const line = progress === undefined ? '' : progress.replace(/[\r\n]+/g, ' ');
  if (Buffer.byteLength(line) > LIMITS.progressBytes) {
    issues.add(`/${index}/progress`, `must be at most ${LIMITS.progressBytes} bytes`);
  }
  const said = logs === undefined ? '' : encodeLogs(logs, `/${index}`, issues);
  issues.check();
  return [id, token, leaseMs, said === '' ? line : `${line}\n${said}`];
}
