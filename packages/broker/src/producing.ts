import type { Cluster, Redis } from 'ioredis';
import {
  type BatchReply,
  type EnqueueOutcome,
  Enqueuer,
  type Outgoing,
  type SendBatch,
  type SentBatch,
} from './enqueuer.ts';
import { OutOfOrderError, StoreCorruptError } from './errors.ts';
import { idempotencyKey } from './keys.ts';
import { assertName } from './names.ts';
import type { QueueCall, QueueCalls } from './queue-calls.ts';
import { Recent } from './recent.ts';
import type { Registry } from './registry.ts';
import type { Replicating } from './replicating.ts';
import { encodeRequest, shortHash, validateRequest } from './request.ts';
import type { Argument, CallOptions, ScriptRunner } from './runner.ts';
import { type Session, SessionPool } from './sessions.ts';
import { unavailable } from './store-error.ts';
import type { EnqueueRequest, EnqueueResult, IdempotencyEntry } from './types.ts';

/** What the calls of a broker share. */
export interface Parts {
  readonly calls: QueueCalls;
  readonly runner: ScriptRunner;
  readonly registry: Registry;
  readonly replicating: Replicating;
}

const NO_ANSWER = new StoreCorruptError('the enqueue script gave no answer for a job');

type Durability = NonNullable<EnqueueRequest['durability']>;

/** Where a batch goes. */
interface Lane {
  readonly queue: string;
  readonly durability: Durability;
  readonly session: Session;
}

/** The producer's verbs. */
export class Producing {
  readonly #parts: Parts;
  /** One with calls under way that is dropped ends them; only their order with later calls is then open. */
  readonly #enqueuers = new Recent<Enqueuer>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async enqueue(
    queue: string,
    request: EnqueueRequest,
    options: CallOptions,
  ): Promise<EnqueueResult> {
    assertName(queue, 'queue');
    const invalid = validateRequest(request);
    if (invalid) throw invalid;
    const registering = this.#parts.registry.touch(queue, options);
    if (registering) await registering;
    const [outcome] = await this.#enqueuer(queue, request.durability).add(
      [encodeRequest(request)],
      options,
    );
    if (!outcome?.ok) throw outcome?.error ?? new Error('the enqueue script gave no answer');
    return outcome.result;
  }

  async enqueueMany(
    queue: string,
    requests: readonly EnqueueRequest[],
    options: CallOptions,
  ): Promise<EnqueueOutcome[]> {
    assertName(queue, 'queue');
    const outcomes = requests.map((request): EnqueueOutcome | null => {
      const error = validateRequest(request);
      return error && { ok: false, error };
    });
    if (outcomes.some((outcome) => outcome === null)) {
      // Nothing is awaited where there is nothing to do: another call of this moment would overtake this one.
      const registering = this.#parts.registry.touch(queue, options);
      if (registering) await registering;
    }
    for (const durability of ['local', 'replicated'] as const) {
      const indexes = [...requests.keys()].filter(
        (i) => outcomes[i] === null && (requests[i]?.durability ?? 'local') === durability,
      );
      if (indexes.length === 0) continue;
      const encoded = indexes.flatMap((i) => (requests[i] ? [encodeRequest(requests[i])] : []));
      const sent = await this.#enqueuer(queue, durability).add(encoded, options);
      for (const [at, i] of indexes.entries()) outcomes[i] = sent[at] ?? null;
    }
    return outcomes.map((outcome) => outcome ?? { ok: false, error: NO_ANSWER });
  }

  async idempotencyEntry(
    queue: string,
    key: string,
    options: CallOptions,
  ): Promise<IdempotencyEntry | null> {
    assertName(queue, 'queue');
    const name = idempotencyKey(this.#parts.calls.namespace, queue, shortHash(key));
    const look = async (client: Redis | Cluster): Promise<[string | null, number]> => [
      await client.get(name),
      await client.pexpiretime(name),
    ];
    const [entry, expiresAt] = await this.#parts.runner.command(
      'a look at an idempotency key',
      look,
      options,
    );
    const id = entry?.split(' ')[1];
    return id === undefined || expiresAt < 0 ? null : { id, expiresAt };
  }

  /** Jobs that wait for a replica go through calls of their own: the others shall not wait with them. */
  #enqueuer(queue: string, durability: Durability = 'local'): Enqueuer {
    const name = `${durability} ${queue}`;
    let enqueuer = this.#enqueuers.get(name);
    if (enqueuer === undefined) {
      const sessions = new SessionPool();
      const send: SendBatch = (batch, options, follows) => {
        const session = sessions.take(queue);
        const lane = { queue, durability, session };
        const reply = this.#send(lane, { batch, follows }, options).finally(() =>
          sessions.giveBack(queue, session),
        );
        // A copy: once it is answered its session goes on with other calls.
        return { call: { ...session }, reply };
      };
      // WAIT blocks its connection: a second call would only wait behind it.
      enqueuer = new Enqueuer(queue, send, durability === 'replicated' ? 1 : undefined);
      this.#enqueuers.set(name, enqueuer);
    }
    return enqueuer;
  }

  async #send(
    lane: Lane,
    { batch, follows }: { readonly batch: readonly Outgoing[]; readonly follows: SentBatch | null },
    options: CallOptions,
  ): Promise<BatchReply> {
    const { queue, durability, session } = lane;
    const { args, keyHashes } = encodeBatch(session.seq, batch);
    const call = { script: 'enqueue', args, session: session.id, keyHashes, options };
    if (durability === 'local') {
      const cells = (await this.#inOrder(queue, call, follows)) as string[];
      await this.#registerAnew(queue, cells, options);
      return { cells, replicas: null };
    }
    const invocation = this.#parts.calls.invocation(queue, call);
    const { reply, replicas } = await this.#parts.replicating.run(invocation, options);
    await this.#registerAnew(queue, reply as string[], options);
    return { cells: reply as string[], replicas };
  }

  /** Where a call was held up, or failed, the one behind it changes nothing, and is made again when that one has ended. */
  async #inOrder(queue: string, call: QueueCall, follows: SentBatch | null): Promise<unknown> {
    const { calls, runner } = this.#parts;
    if (follows === null) return calls.run(queue, call);
    const deadline = runner.deadline(call.options);
    const args = [...call.args];
    args[AFTER] = follows.call.seq;
    try {
      return await calls.run(queue, { ...call, args, callHashes: [follows.call.id] });
    } catch (error) {
      if (!(error instanceof OutOfOrderError)) throw error;
      await endOf(follows, deadline, call.options?.signal);
      const deadlineMs = deadline - performance.now();
      if (deadlineMs <= 0) {
        const what = `enqueue on queue "${queue}"`;
        throw unavailable(what, 'the call before it has not ended', error);
      }
      return calls.run(queue, { ...call, options: { ...call.options, deadlineMs } });
    }
  }

  /** A queue that begins may have been forgotten since this broker registered it. */
  async #registerAnew(
    queue: string,
    cells: readonly string[],
    options: CallOptions,
  ): Promise<void> {
    if (cells[0]?.endsWith('+')) await this.#parts.registry.touchAnew(queue, options);
  }
}

/**
 * Waits for the end of a call, but not beyond `deadline` (by `performance.now()`).
 *
 * @throws the reason of the signal.
 */
async function endOf(call: SentBatch, deadline: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  let giveUp = (): void => undefined;
  const givenUp = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const timer = setTimeout(giveUp, deadline - performance.now());
  signal?.addEventListener('abort', giveUp);
  // How it ended is told to its own callers.
  await Promise.race([call.reply.catch(() => undefined), givenUp]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', giveUp);
  signal?.throwIfAborted();
}

/** Place of the number of the call that is not to be overtaken, in the arguments. */
const AFTER = 2;

/** As `lua/enqueue.lua` takes it: jobs that follow one another with the same spec and options name them once. */
function encodeBatch(
  seq: number,
  batch: readonly Outgoing[],
): { readonly args: Argument[]; readonly keyHashes: string[] } {
  const ids = batch.map(({ id }) => id).join('');
  const args: Argument[] = [seq, batch.length, 0, ids];
  const keyHashes: string[] = [];
  let run = { at: 0, size: 0, spec: '', options: '' };
  for (const { request } of batch) {
    const { spec, body, when, idempotency } = request;
    let options = when === '-' && idempotency === null ? '' : `${when} 0 0 -`;
    if (idempotency !== null) {
      keyHashes.push(idempotency.keyHash);
      options = `${when} ${keyHashes.length} ${idempotency.windowMs} ${idempotency.fingerprint}`;
    }
    if (run.size === 0 || spec !== run.spec || options !== run.options) {
      run = { at: args.length, size: 0, spec, options };
      args.push(0, spec, options);
    }
    run.size++;
    args[run.at] = run.size;
    args.push(body);
  }
  return { args, keyHashes };
}
