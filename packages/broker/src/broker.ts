// Over 300 lines on purpose: it is the list of all verbs, each with what a caller must know, and nothing else.
import { Cluster, type Redis } from 'ioredis';
import { ClusterWakeListener } from './cluster-wake-listener.ts';
import {
  assertSupported,
  openCallConnection,
  openListenConnection,
  parseServerInfo,
  parseServerMemory,
  type RedisSource,
  type ServerInfo,
  type ServerMemory,
} from './connection.ts';
import { DueListener, type OnDue } from './due-listener.ts';
import { EndListener } from './end-listener.ts';
import type { EnqueueOutcome } from './enqueuer.ts';
import { type QueueHead, readHeads } from './heads.ts';
import { dueChannel, noteKey, scheduleChannel } from './keys.ts';
import { type BeatResult, type MemberBeat, type MemberRegistry, Members } from './members.ts';
import { type ActOptions, Operating } from './operating.ts';
import { OperationStore } from './operations.ts';
import { type Parts, Producing } from './producing.ts';
import { QueueCalls } from './queue-calls.ts';
import { Reading } from './reading.ts';
import { Registry } from './registry.ts';
import { Replicating } from './replicating.ts';
import { shortHash } from './request.ts';
import { type CallOptions, ScriptRunner, type StoreObserver } from './runner.ts';
import { Schedules } from './schedules/schedules.ts';
import { ScheduleStore } from './schedules/store.ts';
import { checkSchema } from './schema.ts';
import { loadScripts, type ScriptSet } from './scripts.ts';
import { SessionPool } from './sessions.ts';
import { Tending, type TendOptions } from './tending.ts';
import type {
  ActionResult,
  ActionStep,
  ActionTarget,
  ClaimOptions,
  ClaimResult,
  EnqueueRequest,
  EnqueueResult,
  ExpireResult,
  ExtendResult,
  Extension,
  IdempotencyEntry,
  Job,
  JobAction,
  JobState,
  JobSummary,
  ListOptions,
  Member,
  MinuteTotals,
  Page,
  PromoteResult,
  QueueInspection,
  QueueSettings,
  QueueSettingsPatch,
  QueueStats,
  ReapResult,
  RetireResult,
  SettleAndClaimResult,
  Settlement,
  SettleResult,
} from './types.ts';
import { waitForEnd } from './wait-for-end.ts';
import { SingleWakeListener, type WakeListener } from './wake-listener.ts';
import { Working, type WorkOptions } from './working.ts';

export interface BrokerOptions {
  readonly redis: RedisSource;
  /** Prefix of all keys; two namespaces never meet. Defaults to `relay`. */
  readonly namespace?: string;
  /** A connection on which a command has no answer for so long is given up, in ms. Defaults to 1,500. */
  readonly callTimeoutMs?: number;
  /** How long a call is tried again while Redis is away, in ms; a second more for a replicated one. Defaults to 10,000. */
  readonly deadlineMs?: number;
  /** For metrics. */
  readonly observer?: StoreObserver;
  /** For tests: scripts with a clock and a door of their own. Defaults to those of the package. */
  readonly scripts?: ScriptSet;
}

/** As long as a call's outcome is kept. */
const NOTE_MS = 600_000;

const NOTHING: ClaimOptions = { workerId: 'none', max: 0 };

/**
 * The queue, as methods over Redis: each verb is one Lua script. It runs no background work; the connection is opened by
 * the first call or by {@link connect}. Every method may throw StoreUnavailableError (Redis was away until the deadline),
 * StoreDeniedError, StoreCorruptError, ClosedError and, for bad input, ValidationError.
 *
 * @example
 * await using broker = new Broker({ redis: 'redis://127.0.0.1:6379' });
 * await broker.enqueue('emails', { type: 'welcome', payload: JSON.stringify({ to: 'ada@example.org' }) });
 * const { leases } = await broker.claim('emails', { workerId: 'w1', max: 10 });
 * await broker.settle('emails', leases.map(({ id, token }) => ({ id, token, outcome: 'complete' })));
 */
export class Broker implements AsyncDisposable {
  readonly namespace: string;
  /** What runs in the background for operators. */
  readonly operations: OperationStore;
  /** Jobs that are enqueued at certain times. */
  readonly schedules: Schedules;
  readonly #source: RedisSource;
  readonly #deadlineMs: number;
  readonly #client: Redis | Cluster;
  readonly #runner: ScriptRunner;
  readonly #registry: Registry;
  readonly #producing: Producing;
  readonly #working: Working;
  readonly #operating: Operating;
  readonly #tending: Tending;
  readonly #reading: Reading;
  readonly #members: Members;
  readonly #ends: EndListener;
  readonly #calls: QueueCalls;
  readonly #replicating: Replicating;

  constructor({
    redis,
    namespace = 'relay',
    callTimeoutMs = 1_500,
    deadlineMs = 10_000,
    observer,
    scripts = loadScripts(),
  }: BrokerOptions) {
    this.namespace = namespace;
    this.#source = redis;
    this.#deadlineMs = deadlineMs;
    this.#client = openCallConnection(redis, callTimeoutMs);
    this.#runner = new ScriptRunner(this.#client, {
      deadlineMs,
      silenceMs: callTimeoutMs,
      observer,
    });
    this.#calls = new QueueCalls(this.#runner, scripts, namespace);
    this.#registry = new Registry(this.#calls, this.#runner);
    this.#replicating = new Replicating(
      (silenceMs) => openCallConnection(redis, silenceMs),
      deadlineMs,
      callTimeoutMs,
    );
    const parts: Parts = {
      calls: this.#calls,
      runner: this.#runner,
      registry: this.#registry,
      replicating: this.#replicating,
    };
    const sessions = new SessionPool();
    this.#producing = new Producing(parts);
    this.#working = new Working(parts, sessions);
    this.#operating = new Operating(parts, sessions);
    this.#tending = new Tending(parts);
    this.#reading = new Reading(parts);
    this.#members = new Members(this.#calls);
    this.operations = new OperationStore(this.#calls);
    this.schedules = new Schedules({
      store: new ScheduleStore(this.#calls, this.#runner),
      producing: this.#producing,
      runner: this.#runner,
      namespace,
      listen: (onDue) => this.#listenDue(scheduleChannel(namespace), onDue),
    });
    this.#ends = new EndListener(
      () => openListenConnection(redis, 'relay-ended'),
      namespace,
      deadlineMs,
    );
  }

  /**
   * Opens the connection, checks the server, and holds the shape of the data against what this version understands.
   *
   * @throws StoreUnsupportedError for the server's version or eviction policy, and for data of another major version
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
    await checkSchema(this.#runner, this.namespace, options);
    return info;
  }

  /** What the server says of itself now; unlike {@link connect} it judges nothing. */
  async server(options: CallOptions = {}): Promise<ServerInfo & ServerMemory> {
    const info = await this.#runner.command(
      'a look at the server',
      (client) => client.info(),
      options,
    );
    return { ...parseServerInfo(info), ...parseServerMemory(info) };
  }

  /** Whether Redis can be reached now, and if not, why. */
  get status(): { readonly state: 'ready' | 'away' | 'closed'; readonly reason: string | null } {
    const { status } = this.#client;
    if (status === 'ready') return { state: 'ready', reason: null };
    return {
      state: status === 'end' ? 'closed' : 'away',
      reason: this.#runner.connectionError?.message ?? status,
    };
  }

  /** @throws StoreUnavailableError when Redis does not answer within `timeoutMs`. */
  async ping(timeoutMs = 1_000): Promise<void> {
    await this.#runner.command('a ping', (client) => client.ping(), { deadlineMs: timeoutMs });
  }

  /**
   * Accepts a job. Calls made in the same tick leave as one script call, 64 or more as two.
   *
   * @throws QueueFullError, IdempotencyMismatchError, StoreFullError
   */
  enqueue(
    queue: string,
    request: EnqueueRequest,
    options: CallOptions = {},
  ): Promise<EnqueueResult> {
    return this.#producing.enqueue(queue, request, options);
  }

  /**
   * Accepts many jobs, each with its own outcome, in the order given. Up to 500 jobs or 1 MiB form a chunk, which is
   * accepted in one step; rejects only when no chunk could be sent.
   */
  enqueueMany(
    queue: string,
    requests: readonly EnqueueRequest[],
    options: CallOptions = {},
  ): Promise<EnqueueOutcome[]> {
    return this.#producing.enqueueMany(queue, requests, options);
  }

  /** What an idempotency key stands for; null when it is unknown or forgotten. */
  idempotencyEntry(
    queue: string,
    key: string,
    options: CallOptions = {},
  ): Promise<IdempotencyEntry | null> {
    return this.#producing.idempotencyEntry(queue, key, options);
  }

  /** Takes up to `max` ready jobs, as the limits of the queue allow. */
  claim(queue: string, claim: ClaimOptions, options: WorkOptions = {}): Promise<ClaimResult> {
    return this.#working.settleAndClaim(queue, [], claim, options);
  }

  /**
   * What the claim named `callId` took, within ten minutes: its leases as far as they still stand. It takes nothing
   * itself, and sees to it that the claim, should it still be on its way, will not either.
   */
  recall(
    queue: string,
    claim: Omit<ClaimOptions, 'max'>,
    callId: string,
    options: CallOptions = {},
  ): Promise<ClaimResult> {
    return this.#working.recall(queue, claim, callId, options);
  }

  /** Ends up to 1,000 leases. A stale token changes nothing and is answered `lease-lost`. */
  async settle(
    queue: string,
    items: readonly Settlement[],
    options: WorkOptions = {},
  ): Promise<readonly SettleResult[]> {
    if (items.length === 0) return [];
    return (await this.#working.settleAndClaim(queue, items, NOTHING, options)).settled;
  }

  /** {@link settle} and {@link claim} in one step: what a worker under load calls. */
  settleAndClaim(
    queue: string,
    items: readonly Settlement[],
    claim: ClaimOptions,
    options: WorkOptions = {},
  ): Promise<SettleAndClaimResult> {
    return this.#working.settleAndClaim(queue, items, claim, options);
  }

  /** Heartbeat: up to 1,000 leases at once, in the order given. */
  extend(
    queue: string,
    items: readonly Extension[],
    options: CallOptions = {},
  ): Promise<ExtendResult[]> {
    return this.#working.extend(queue, items, options);
  }

  /** Acts upon up to `max` (default 500) expired leases. Safe with any number of callers at once, as all loops' verbs. */
  reap(queue: string, options: TendOptions = {}): Promise<ReapResult> {
    return this.#tending.reap(queue, options);
  }

  /** Makes up to `max` (default 1,000) due jobs ready. */
  promote(queue: string, options: TendOptions = {}): Promise<PromoteResult> {
    return this.#tending.promote(queue, options);
  }

  /** Sends up to `max` (default 500) jobs that were not started in time to the dead letters. */
  expire(queue: string, options: TendOptions = {}): Promise<ExpireResult> {
    return this.#tending.expire(queue, options);
  }

  /** Removes up to `max` (default 1,000) jobs that the queue's retention no longer keeps. */
  retire(queue: string, options: TendOptions = {}): Promise<RetireResult> {
    return this.#tending.retire(queue, options);
  }

  /** Notes the totals of this minute for {@link series}; false when nothing has changed. Call it once a minute or more. */
  rollUp(queue: string, options: CallOptions = {}): Promise<boolean> {
    return this.#tending.rollUp(queue, options);
  }

  /** When each of these queues (at most 1,000) needs a background loop: what a loop reads when it takes queues over. */
  heads(queues: readonly string[], options: CallOptions = {}): Promise<QueueHead[]> {
    return readHeads({ runner: this.#runner, calls: this.#calls }, queues, options);
  }

  /** Wakes one waiting worker if there is work to claim now: for when a limit's `retryAfterMs` has passed. */
  nudge(queue: string, options: CallOptions = {}): Promise<boolean> {
    return this.#tending.nudge(queue, options);
  }

  /**
   * Cancels a job. A waiting one is `cancelled` at once; a running one is still `active`, and its worker is told at its
   * next heartbeat: however that delivery ends, the job is then cancelled.
   *
   * @throws NotFoundError, InvalidStateError
   */
  async cancel(
    queue: string,
    id: string,
    options: { readonly reason?: string } & CallOptions = {},
  ): Promise<'cancelled' | 'active'> {
    return (await this.#operating.actOn(queue, 'cancel', id, options)) === 'active'
      ? 'active'
      : 'cancelled';
  }

  /**
   * Sends a dead job back to ready with its counters at 0, with another payload if one is given.
   *
   * @throws NotFoundError, InvalidStateError when it is not dead or its record cannot be run
   */
  async requeue(
    queue: string,
    id: string,
    options: { readonly payload?: string } & CallOptions = {},
  ): Promise<void> {
    await this.#operating.actOn(queue, 'retry', id, options);
  }

  /** @throws NotFoundError, InvalidStateError while it runs */
  async delete(queue: string, id: string, options: CallOptions = {}): Promise<void> {
    await this.#operating.actOn(queue, 'delete', id, options);
  }

  /** Makes a scheduled job ready now. @throws NotFoundError, InvalidStateError when it is not scheduled */
  async promoteNow(queue: string, id: string, options: CallOptions = {}): Promise<void> {
    await this.#operating.actOn(queue, 'promote', id, options);
  }

  /** One action on many named jobs, in order; each has its own answer. */
  act(
    queue: string,
    action: JobAction,
    ids: readonly string[],
    options: ActOptions = {},
  ): Promise<ActionResult[]> {
    return this.#operating.act(queue, action, ids, options);
  }

  /**
   * One bounded step of an action on all jobs of a state that match a filter, or of counting them. Call it with the
   * cursor that it answers until that is null.
   */
  actMatching(
    queue: string,
    action: JobAction | 'count',
    target: ActionTarget,
    options: CallOptions = {},
  ): Promise<ActionStep> {
    return this.#operating.actMatching(queue, action, target, options);
  }

  /**
   * Another priority or due time for a job that waits; answers where it is then.
   *
   * @throws NotFoundError, InvalidStateError when it is neither ready nor scheduled
   */
  change(
    queue: string,
    id: string,
    change: { readonly priority?: number; readonly runAt?: number },
    options: CallOptions = {},
  ): Promise<'ready' | 'scheduled'> {
    return this.#operating.change(queue, id, change, options);
  }

  /** After its answer no job of the queue is claimed until {@link resume}. Running ones go on. */
  pause(queue: string, options: CallOptions = {}): Promise<void> {
    return this.#operating.setPaused(queue, true, options);
  }

  resume(queue: string, options: CallOptions = {}): Promise<void> {
    return this.#operating.setPaused(queue, false, options);
  }

  /**
   * Changes settings, in force at the next claim or enqueue; answers all of them.
   *
   * @throws RevisionMismatchError when `ifRevision` is not their revision any more
   */
  configure(
    queue: string,
    patch: QueueSettingsPatch,
    options: CallOptions = {},
  ): Promise<QueueSettings> {
    return this.#operating.configure(queue, patch, options);
  }

  settings(queue: string, options: CallOptions = {}): Promise<QueueSettings> {
    return this.#reading.settings(queue, options);
  }

  /** Removes an empty queue with its settings and totals. @throws InvalidStateError while it holds any job */
  forget(queue: string, options: CallOptions = {}): Promise<void> {
    return this.#operating.forget(queue, options);
  }

  /** Holds what Redis has of a queue against the rules, at one instant and without a change: for a doctor. */
  inspect(queue: string, options: CallOptions = {}): Promise<QueueInspection> {
    return this.#reading.inspect(queue, options);
  }

  /** Null when the queue never existed. */
  stats(queue: string, options: CallOptions = {}): Promise<QueueStats | null> {
    return this.#reading.stats(queue, options);
  }

  /** The minutes of the last 25 hours in which something changed, oldest first. `from`, `to`: ms; `last`: at most so many. */
  series(
    queue: string,
    range: { readonly from?: number; readonly to?: number; readonly last?: number } = {},
    options: CallOptions = {},
  ): Promise<MinuteTotals[]> {
    return this.#reading.series(queue, range, options);
  }

  job(queue: string, id: string, options: CallOptions = {}): Promise<Job | null> {
    return this.#reading.job(queue, id, options);
  }

  /**
   * A page of the jobs of one state. Pages stay stable while jobs come and go: none that stays is left out or shown
   * twice. A page may be shorter than its limit and still have a next one.
   *
   * @throws ValidationError for a cursor that is not of this list
   */
  list(
    queue: string,
    state: JobState,
    list: ListOptions = {},
    options: CallOptions = {},
  ): Promise<Page<JobSummary>> {
    return this.#reading.list(queue, state, list, options);
  }

  /** The names of all queues, in their order. `limit`: 1 … 1,000, default 50. */
  queues(
    list: { readonly search?: string; readonly cursor?: string; readonly limit?: number } = {},
    options: CallOptions = {},
  ): Promise<Page<string>> {
    return this.#registry.list(list, options);
  }

  /**
   * Resolves with the job's state when it has ended or `timeoutMs` have passed, `gone` when there is none. Hears of the
   * end; does not poll.
   */
  waitForEnd(
    queue: string,
    id: string,
    timeoutMs: number,
    options: CallOptions = {},
  ): Promise<JobState | 'gone'> {
    return waitForEnd({ calls: this.#calls, ends: this.#ends, queue, id, timeoutMs, options });
  }

  /** A sign of life of a worker or a replica. */
  beat(registry: MemberRegistry, beat: MemberBeat, options: CallOptions = {}): Promise<BeatResult> {
    return this.#members.beat(registry, beat, options);
  }

  /** Leaves the registry at once, instead of by silence. */
  leave(registry: MemberRegistry, id: string, options: CallOptions = {}): Promise<void> {
    return this.#members.leave(registry, id, options);
  }

  /** Those that gave a sign of life within `silenceMs` (default 30,000). */
  members(
    registry: MemberRegistry,
    silenceMs = 30_000,
    options: CallOptions = {},
  ): Promise<Member[]> {
    return this.#members.list(registry, silenceMs, options);
  }

  /** Asks a worker to claim no more, or takes that back; false when there is no such worker. */
  setQuiet(workerId: string, quiet: boolean, options: CallOptions = {}): Promise<boolean> {
    return this.#members.setQuiet(workerId, quiet, options);
  }

  /** Keeps a text under a name for ten minutes, for whoever repeats a request: see {@link noted}. */
  async note(name: string, text: string, options: CallOptions = {}): Promise<void> {
    const key = noteKey(this.namespace, shortHash(name));
    await this.#runner.command('a note', (client) => client.set(key, text, 'PX', NOTE_MS), options);
  }

  /** What was noted under this name; null when nothing was, or it is forgotten. */
  noted(name: string, options: CallOptions = {}): Promise<string | null> {
    const key = noteKey(this.namespace, shortHash(name));
    return this.#runner.command('a look at a note', (client) => client.get(key), options);
  }

  /** A blocking connection of its own, on which a process waits for work in all its queues. */
  wakeListener(): WakeListener {
    const open = (): Redis | Cluster => openListenConnection(this.#source, 'relay-wake');
    const client = open();
    const failed = (error: unknown): void => this.#runner.failed(error);
    if (!(client instanceof Cluster)) {
      return new SingleWakeListener(client, this.namespace, {
        onFailure: failed,
        claims: this.#working,
      });
    }
    client.disconnect();
    return new ClusterWakeListener(open, this.namespace, (queue) => this.nudge(queue), failed);
  }

  /** A connection of its own that hears the published due times. */
  dueListener(onDue: OnDue): Promise<DueListener> {
    return this.#listenDue(dueChannel(this.namespace), onDue);
  }

  #listenDue(channel: string, onDue: OnDue): Promise<DueListener> {
    return DueListener.open(openListenConnection(this.#source, 'relay-due'), channel, {
      onDue,
      deadlineMs: this.#deadlineMs,
    });
  }

  /** Ends calls that are under way with ClosedError and closes the connections, but not those of listeners it gave out. */
  async close(): Promise<void> {
    this.#runner.close();
    this.#client.disconnect();
    this.#replicating.close();
    await this.#ends.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
