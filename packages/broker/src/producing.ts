import type { Cluster, Redis } from 'ioredis';
import { type EnqueueOutcome, Enqueuer, type Outgoing } from './enqueuer.ts';
import { ValidationError } from './errors.ts';
import { idempotencyKey } from './keys.ts';
import { assertName } from './names.ts';
import type { QueueCalls } from './queue-calls.ts';
import type { Registry } from './registry.ts';
import { type EncodedRequest, encodeRequest, shortHash, validateRequest } from './request.ts';
import type { Argument, CallOptions, ScriptRunner } from './runner.ts';
import { newSession, type Session } from './sessions.ts';
import type { EnqueueRequest, EnqueueResult, IdempotencyEntry } from './types.ts';

/** What the calls of a broker share. */
export interface Parts {
  readonly calls: QueueCalls;
  readonly runner: ScriptRunner;
  readonly registry: Registry;
}

/** The producer's verbs. */
export class Producing {
  readonly #parts: Parts;
  readonly #enqueuers = new Map<string, Enqueuer>();

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
    const [outcome] = await this.#enqueuer(queue).add([encodeRequest(request)], options);
    if (!outcome?.ok) throw outcome?.error ?? new Error('the enqueue script gave no answer');
    return outcome.result;
  }

  async enqueueMany(
    queue: string,
    requests: readonly EnqueueRequest[],
    options: CallOptions,
  ): Promise<EnqueueOutcome[]> {
    assertName(queue, 'queue');
    const invalid = requests.map(validateRequest);
    const encoded: EncodedRequest[] = [];
    for (const [index, request] of requests.entries()) {
      if (!invalid[index]) encoded.push(encodeRequest(request));
    }
    if (encoded.length > 0) await this.#parts.registry.touch(queue, options);
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

  #enqueuer(queue: string): Enqueuer {
    let enqueuer = this.#enqueuers.get(queue);
    if (enqueuer === undefined) {
      const session = newSession();
      enqueuer = new Enqueuer(queue, (batch, options) => {
        session.seq++;
        return this.#send(queue, session, batch, options);
      });
      this.#enqueuers.set(queue, enqueuer);
    }
    return enqueuer;
  }

  async #send(
    queue: string,
    session: Session,
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
    const reply = await this.#parts.calls.run(queue, {
      script: 'enqueue',
      args,
      session: session.id,
      keyHashes,
      options,
    });
    return reply as string[];
  }
}
