import type { Cluster, Redis } from 'ioredis';
import {
  assertSupported,
  openCallConnection,
  openListenConnection,
  parseServerInfo,
  type RedisSource,
  type ServerInfo,
} from './connection.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { DueListener, type OnDue } from './due-listener.ts';
import { type EnqueueOutcome, Enqueuer, type Outgoing } from './enqueuer.ts';
import { InvalidStateError, NotFoundError, ValidationError } from './errors.ts';
import { newTokenBase, randomText } from './ids.ts';
import { readLeases } from './leases.ts';
import { assertName, Issues, isJobId, isLeaseToken } from './names.ts';
import { QueueCalls } from './queue-calls.ts';
import { Registry } from './registry.ts';
import { type EncodedRequest, encodeRequest, LIMITS, validateRequest } from './request.ts';
import { type Argument, type CallOptions, ScriptRunner } from './runner.ts';
import { loadScripts, type ScriptSet } from './scripts.ts';
import { SessionPool } from './sessions.ts';
import {
  assertBatch,
  assertSettlement,
  decodeSettlements,
  encodeSettlement,
} from './settlement.ts';
import type {
  ClaimOptions,
  ClaimResult,
  EnqueueRequest,
  EnqueueResult,
  ExtendResult,
  Extension,
  Job,
  JobState,
  JobSummary,
  ListOptions,
  Page,
  PromoteResult,
  QueueStats,
  ReapResult,
  SettleAndClaimResult,
  Settlement,
  SettleResult,
} from './types.ts';
import { type Cell, readJob, readRows, readStats } from './views.ts';
import { WakeListener } from './wake-listener.ts';

export interface BrokerOptions {
  readonly redis: RedisSource;
  /** Prefix of all keys; two namespaces never meet. Defaults to `relay`. */
  readonly namespace?: string;
  /** A connection on which a command has no answer for so long is given up, in ms. Defaults to 1,500. */
  readonly callTimeoutMs?: number;
  /** How long a call is tried again while Redis is away, in ms. Defaults to 10,000. */
  readonly deadlineMs?: number;
  /** For tests: scripts with a clock and a door of their own. Defaults to those of the package. */
  readonly scripts?: ScriptSet;
}

const DEFAULT_LEASE_MS = 30_000;
const NOTHING: ClaimOptions = { workerId: 'none', max: 0 };

/**
 * The queue, as methods over Redis: each verb is one Lua script. It runs no background work; opening happens on the
 * first call or with {@link connect}.
 *
 * @example
 * await using broker = new Broker({ redis: 'redis://127.0.0.1:6379' });
 * await broker.enqueue('emails', { type: 'welcome', payload: JSON.stringify({ to: 'ada@example.org' }) });
 * const { leases } = await broker.claim('emails', { workerId: 'w1', max: 10 });
 * await broker.settle('emails', leases.map(({ id, token }) => ({ id, token, outcome: 'complete' })));
 */
export class Broker implements AsyncDisposable {
  readonly namespace: string;
  readonly #source: RedisSource;
  readonly #client: Redis | Cluster;
  readonly #runner: ScriptRunner;
  readonly #calls: QueueCalls;
  readonly #registry: Registry;
  readonly #sessions = new SessionPool();
  readonly #enqueuers = new Map<string, Enqueuer>();
  #lastError: Error | null = null;

  constructor({
    redis,
    namespace = 'relay',
    callTimeoutMs = 1_500,
    deadlineMs = 10_000,
    scripts = loadScripts(),
  }: BrokerOptions) {
    this.namespace = namespace;
    this.#source = redis;
    this.#client = openCallConnection(redis, callTimeoutMs);
    // What goes wrong reaches the caller through the call that failed; this keeps the reason for `status`.
    this.#client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    this.#runner = new ScriptRunner(this.#client, deadlineMs);
    this.#calls = new QueueCalls(this.#runner, scripts, namespace);
    this.#registry = new Registry(this.#calls, this.#runner);
  }

  /**
   * Opens the connection and checks the server.
   *
   * @throws StoreUnavailableError within the deadline, StoreDeniedError, StoreUnsupportedError (version, eviction policy)
   */
  async connect(options: CallOptions = {}): Promise<ServerInfo> {
    const info = parseServerInfo(
      await this.#runner.command(
        'the first look at the server',
        (client) => client.info(),
        options,
      ),
    );
    assertSupported(info);
    return info;
  }

  /** Whether Redis can be reached now, and if not, why. */
  get status(): { readonly state: 'ready' | 'away' | 'closed'; readonly reason: string | null } {
    const { status } = this.#client;
    if (status === 'ready') return { state: 'ready', reason: null };
    return {
      state: status === 'end' ? 'closed' : 'away',
      reason: this.#lastError?.message ?? status,
    };
  }

  /** @throws StoreUnavailableError when Redis does not answer within `timeoutMs`. */
  async ping(timeoutMs = 1_000): Promise<void> {
    await this.#runner.command('a ping', (client) => client.ping(), { deadlineMs: timeoutMs });
  }

  /**
   * Accepts a job. Calls made in the same tick leave as one script call.
   *
   * @throws ValidationError, QueueFullError, IdempotencyMismatchError, StoreFullError, StoreUnavailableError
   */
  async enqueue(
    queue: string,
    request: EnqueueRequest,
    options: CallOptions = {},
  ): Promise<EnqueueResult> {
    assertName(queue, 'queue');
    const invalid = validateRequest(request);
    if (invalid) throw invalid;
    const registering = this.#registry.touch(queue, options);
    if (registering) await registering;
    const [outcome] = await this.#enqueuer(queue).add([encodeRequest(request)], options);
    if (!outcome?.ok) throw outcome?.error ?? new Error('the enqueue script gave no answer');
    return outcome.result;
  }

  /**
   * Accepts many jobs, each with its own outcome, in the order given. Up to 1,000 jobs or 1 MiB form a chunk, which is
   * accepted in one step; rejects only when no chunk could be sent.
   */
  async enqueueMany(
    queue: string,
    requests: readonly EnqueueRequest[],
    options: CallOptions = {},
  ): Promise<EnqueueOutcome[]> {
    assertName(queue, 'queue');
    const invalid = requests.map(validateRequest);
    const encoded: EncodedRequest[] = [];
    for (const [index, request] of requests.entries())
      if (!invalid[index]) encoded.push(encodeRequest(request));
    if (encoded.length > 0) await this.#registry.touch(queue, options);
    const sent = encoded.length > 0 ? await this.#enqueuer(queue).add(encoded, options) : [];
    const outcomes = sent.values();
    return invalid.map((error): EnqueueOutcome => {
      if (error) return { ok: false, error };
      const { value } = outcomes.next();
      return (
        value ?? {
          ok: false,
          error: new ValidationError([{ path: '', message: 'the enqueue script gave no answer' }]),
        }
      );
    });
  }

  /** Takes up to `max` ready jobs, as the limits of the queue allow. */
  async claim(queue: string, claim: ClaimOptions, options: CallOptions = {}): Promise<ClaimResult> {
    return this.settleAndClaim(queue, [], claim, options);
  }

  /** Ends up to 1,000 leases. A stale token changes nothing and is answered `lease-lost`. */
  async settle(
    queue: string,
    items: readonly Settlement[],
    options: CallOptions = {},
  ): Promise<readonly SettleResult[]> {
    if (items.length === 0) return [];
    return (await this.settleAndClaim(queue, items, NOTHING, options)).settled;
  }

  /** {@link settle} and {@link claim} in one step: what a worker under load calls. */
  async settleAndClaim(
    queue: string,
    items: readonly Settlement[],
    claim: ClaimOptions,
    options: CallOptions = {},
  ): Promise<SettleAndClaimResult> {
    const { workerId, max, leaseMs = DEFAULT_LEASE_MS } = claim;
    assertName(workerId, 'workerId');
    assertBatch(items, 'settlements');
    const issues = new Issues();
    issues.integer('/max', max, [0, LIMITS.batch]);
    issues.integer('/leaseMs', leaseMs, LIMITS.leaseMs);
    issues.check();
    const tokenBase = newTokenBase();
    const args: Argument[] = [0, seed(), items.length, max, leaseMs, tokenBase, workerId];
    items.forEach((item, index) => {
      assertSettlement(item, index);
      args.push(item.id, item.token, ...encodeSettlement(item));
    });
    if (max > 0) await this.#registry.touch(queue, options);
    const reply = (await this.#sessions.use(queue, (session) => {
      args[0] = session.seq;
      return this.#calls.run(queue, {
        script: 'settle-and-claim',
        args,
        session: session.id,
        options,
      });
    })) as [
      letters: string,
      retryAfter: number,
      now: number,
      until: number,
      ghosts: string[],
      ...leases: Cell[],
    ];
    const [letters, retryAfter, , expiresAt, ghosts, ...cells] = reply;
    return {
      settled: decodeSettlements(letters),
      leases: readLeases({ queue, tokenBase, expiresAt, leaseMs }, cells),
      retryAfterMs: retryAfter < 0 ? null : retryAfter,
      ghosts,
    };
  }

  /** Heartbeat: up to 1,000 leases at once, in the order given. */
  async extend(
    queue: string,
    items: readonly Extension[],
    options: CallOptions = {},
  ): Promise<ExtendResult[]> {
    if (items.length === 0) return [];
    assertBatch(items, 'extensions');
    const args: Argument[] = [items.length];
    items.forEach((item, index) => {
      const issues = new Issues();
      if (!isJobId(item.id)) issues.add(`/${index}/id`, 'is not a job id');
      if (!isLeaseToken(item.token)) issues.add(`/${index}/token`, 'is not a lease token');
      issues.integer(`/${index}/leaseMs`, item.leaseMs, LIMITS.leaseMs);
      const progress = item.progress === undefined ? '' : item.progress.replace(/[\r\n]+/g, ' ');
      if (Buffer.byteLength(progress) > LIMITS.progressBytes)
        issues.add(`/${index}/progress`, `must be at most ${LIMITS.progressBytes} bytes`);
      issues.check();
      args.push(item.id, item.token, item.leaseMs, progress);
    });
    const reply = (await this.#calls.run(queue, { script: 'extend', args, options })) as number[];
    return items.map((_, i): ExtendResult => {
      const expiresAt = reply[i * 2] ?? -1;
      return expiresAt < 0
        ? { status: 'lease-lost' }
        : { status: 'extended', expiresAt, cancelRequested: reply[i * 2 + 1] === 1 };
    });
  }

  /** Acts upon up to `max` (default 500) expired leases. Safe with any number of callers at once. */
  async reap(
    queue: string,
    { max = 500, ...options }: { readonly max?: number } & CallOptions = {},
  ): Promise<ReapResult> {
    const reply = (await this.#calls.run(queue, {
      script: 'reap',
      args: [max, seed()],
      options,
    })) as [number, number, number, number, number, number, number, string[]];
    const [reaped, ready, scheduled, dead, cancelled, nextDueAt, more, ghosts] = reply;
    return {
      reaped,
      outcomes: { ready, scheduled, dead, cancelled },
      ghosts,
      more: more === 1,
      nextDueAt: nextDueAt < 0 ? null : nextDueAt,
    };
  }

  /** Makes up to `max` (default 1,000) due jobs ready. Safe with any number of callers at once. */
  async promote(
    queue: string,
    { max = LIMITS.batch, ...options }: { readonly max?: number } & CallOptions = {},
  ): Promise<PromoteResult> {
    const [promoted, nextDueAt, more] = (await this.#calls.run(queue, {
      script: 'promote',
      args: [max],
      options,
    })) as [number, number, number];
    return { promoted, more: more === 1, nextDueAt: nextDueAt < 0 ? null : nextDueAt };
  }

  /** Wakes one waiting worker if there is work that may be claimed now: for when a limit's `retryAfterMs` has passed. */
  async nudge(queue: string, options: CallOptions = {}): Promise<boolean> {
    return (await this.#calls.run(queue, { script: 'nudge', args: [], options })) === 1;
  }

  /**
   * Sends a dead job back to ready with its counters at 0, with another payload if one is given.
   *
   * @throws NotFoundError, InvalidStateError when it is not dead or its record cannot be run, ValidationError
   */
  async requeue(
    queue: string,
    id: string,
    { payload, ...options }: { readonly payload?: string } & CallOptions = {},
  ): Promise<void> {
    const invalid = payload === undefined ? null : validateRequest({ payload });
    if (invalid) throw invalid;
    const state = await this.#sessions.use(queue, (session) =>
      this.#calls.run(queue, {
        script: 'requeue',
        args: [session.seq, id, payload === undefined ? 0 : 1, payload ?? ''],
        session: session.id,
        options,
      }),
    );
    if (state === 'gone') throw new NotFoundError(`queue "${queue}" has no job "${id}"`);
    if (state === 'corrupt')
      throw new InvalidStateError(
        `job "${id}" has a record that Relay did not write and cannot be run`,
        'dead',
      );
    if (state !== 'ready')
      throw new InvalidStateError(`job "${id}" is ${String(state)}, not dead`, String(state));
  }

  /** After its answer no job of the queue is claimed until {@link resume}. Running ones go on. */
  async pause(queue: string, options: CallOptions = {}): Promise<void> {
    await this.#calls.run(queue, { script: 'pause', args: [1], options });
  }

  async resume(queue: string, options: CallOptions = {}): Promise<void> {
    await this.#calls.run(queue, { script: 'pause', args: [0], options });
  }

  /** Null when the queue never existed. */
  async stats(queue: string, options: CallOptions = {}): Promise<QueueStats | null> {
    const stats = readStats(
      queue,
      (await this.#calls.run(queue, { script: 'stats', args: [], options })) as Cell[],
    );
    const used =
      stats.totals.enqueued > 0 || Object.values(stats.counts).some((count) => count > 0);
    return used || (await this.#registry.has(queue)) ? stats : null;
  }

  async job(queue: string, id: string, options: CallOptions = {}): Promise<Job | null> {
    const reply = (await this.#calls.run(queue, { script: 'job', args: [id], options })) as
      | Cell[]
      | null;
    return reply === null ? null : readJob(queue, id, reply);
  }

  /**
   * A page of the jobs of one state. Pages stay stable while jobs come and go: none that stays is left out or shown
   * twice. A page may be shorter than its limit and still have a next one.
   *
   * @throws ValidationError for a cursor that is not of this list
   */
  async list(
    queue: string,
    state: JobState,
    { limit = 50, cursor, order = 'asc', type = '' }: ListOptions = {},
    options: CallOptions = {},
  ): Promise<Page<JobSummary>> {
    const issues = new Issues();
    issues.integer('/limit', limit, [1, 200]);
    issues.check();
    const from =
      cursor === undefined ? { score: '', id: '' } : decodeCursor(cursor, `${state} ${order}`);
    const args = [
      state,
      order,
      from.score,
      from.id,
      limit,
      type === '' ? limit : LIMITS.batch,
      type,
    ];
    const [more, score, id, ...cells] = (await this.#calls.run(queue, {
      script: 'list',
      args,
      options,
    })) as [number, string, string, ...Cell[]];
    return {
      items: readRows(queue, state, cells),
      nextCursor: more === 1 ? encodeCursor({ score, id }, `${state} ${order}`) : null,
    };
  }

  /** The names of all queues, in their order. `limit`: 1 … 1,000, default 50. */
  async queues(
    options: { readonly search?: string; readonly cursor?: string; readonly limit?: number } = {},
  ): Promise<Page<string>> {
    return this.#registry.list(options);
  }

  /** A blocking connection of its own, on which a process waits for work in all its queues. */
  wakeListener(): WakeListener {
    return new WakeListener(openListenConnection(this.#source, 'relay-wake'), this.namespace);
  }

  /** A connection of its own that hears the published due times. */
  async dueListener(onDue: OnDue): Promise<DueListener> {
    return DueListener.open(openListenConnection(this.#source, 'relay-due'), this.namespace, onDue);
  }

  /** Ends calls that are under way with ClosedError and closes the connection. */
  async close(): Promise<void> {
    this.#runner.close();
    this.#client.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #enqueuer(queue: string): Enqueuer {
    let enqueuer = this.#enqueuers.get(queue);
    if (enqueuer === undefined) {
      const session = { id: randomText(12), seq: 0 };
      enqueuer = new Enqueuer(queue, (batch, options) => {
        session.seq++;
        return this.#sendEnqueue(queue, session, batch, options);
      });
      this.#enqueuers.set(queue, enqueuer);
    }
    return enqueuer;
  }

  async #sendEnqueue(
    queue: string,
    session: { id: string; seq: number },
    batch: readonly Outgoing[],
    options: CallOptions,
  ): Promise<readonly string[]> {
    const args: Argument[] = [session.seq, batch.length];
    const keyHashes: string[] = [];
    for (const { id, request } of batch) {
      const { spec, body, when, idempotency } = request;
      let extra = when === '-' && idempotency === null ? '' : `${when} 0 0 -`;
      if (idempotency !== null) {
        keyHashes.push(idempotency.keyHash);
        extra = `${when} ${keyHashes.length} ${idempotency.windowMs} ${idempotency.fingerprint}`;
      }
      args.push(id, spec, body, extra);
    }
    return (await this.#calls.run(queue, {
      script: 'enqueue',
      args,
      session: session.id,
      keyHashes,
      options,
    })) as string[];
  }
}

/** Redis seeds its random numbers alike for every script run: the chance comes from here. */
function seed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
