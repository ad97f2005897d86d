import { BrokerError, IdempotencyMismatchError, QueueFullError } from './errors.ts';
import { newJobId } from './ids.ts';
import { type EncodedRequest, LIMITS } from './request.ts';
import type { CallOptions } from './runner.ts';
import type { Session } from './sessions.ts';
import type { EnqueueResult, JobState } from './types.ts';

/** What became of one request of a batch. */
export type EnqueueOutcome =
  | { readonly ok: true; readonly result: EnqueueResult }
  | { readonly ok: false; readonly error: BrokerError };

/** One job on its way: its id is made once, so that a call that is tried again is about the same job. */
export interface Outgoing {
  readonly id: string;
  readonly request: EncodedRequest;
}

/** The script's reply: letters, then id and state of each duplicate's original; and the replicas that have it. */
export interface BatchReply {
  readonly cells: readonly string[];
  /** Null where nobody asked. */
  readonly replicas: number | null;
}

/** A call that was sent. */
export interface SentBatch {
  /** By which the script knows it. */
  readonly call: Readonly<Session>;
  readonly reply: Promise<BatchReply>;
}

/** Sends one script call, which is carried out after the one that it follows, whatever fails on the way. */
export type SendBatch = (
  batch: readonly Outgoing[],
  options: CallOptions,
  follows: SentBatch | null,
) => SentBatch;

interface Group {
  readonly jobs: readonly Outgoing[];
  readonly bytes: number;
  readonly options: CallOptions;
  readonly resolve: (outcomes: EnqueueOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls of one queue under way at once: Redis works on one while this process deals with the answers to the other. */
const MOST_CALLS = 2;
/** A second call is worth its fixed cost from so many jobs on. */
const SECOND_CALL = 32;
/** Jobs of one call of a larger bulk call: Redis works on them while the next ones are made ready. */
const PART = 500;

/**
 * Gathers the enqueues of one queue: those of one tick leave as one script call, or as two that follow each other when
 * there are many, and while calls are under way the next one collects. A bulk call of up to 500 jobs stays whole.
 */
export class Enqueuer {
  readonly #queue: string;
  readonly #send: SendBatch;
  readonly #mostCalls: number;
  #waiting: Group[] = [];
  #jobs = 0;
  /** Under way, in the order in which they were sent. */
  #calls: SentBatch[] = [];
  #scheduled = false;

  /** @param mostCalls under way at once. */
  constructor(queue: string, send: SendBatch, mostCalls = MOST_CALLS) {
    this.#queue = queue;
    this.#send = send;
    this.#mostCalls = mostCalls;
  }

  add(requests: readonly EncodedRequest[], options: CallOptions): Promise<EnqueueOutcome[]> {
    const now = Date.now();
    const chunks = chunk(requests.map((request) => ({ id: newJobId(now), request })));
    const results = chunks.map(
      (jobs) =>
        new Promise<EnqueueOutcome[]>((resolve, reject) => {
          this.#waiting.push({ jobs, bytes: bytesOf(jobs), options, resolve, reject });
          this.#jobs += jobs.length;
        }),
    );
    this.#schedule();
    const [only, ...others] = results;
    return only !== undefined && others.length === 0 ? only : joinChunks(chunks, results);
  }

  /** After everything that is about to be enqueued in this tick: those who have just been answered mostly go on so. */
  #schedule(): void {
    if (this.#scheduled || this.#calls.length >= this.#mostCalls) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    while (this.#jobs > 0 && this.#calls.length < this.#mostCalls) {
      const second = this.#calls.length > 0;
      if (second && this.#jobs < SECOND_CALL) return;
      const splits = !second && this.#mostCalls > 1 && this.#jobs >= 2 * SECOND_CALL;
      this.#call(this.#take(splits ? Math.ceil(this.#jobs / 2) : LIMITS.batch));
    }
  }

  /**
   * As many whole groups as one call may carry, at least one, until there are `enough` jobs. A call has one deadline, so
   * those with their own go alone.
   */
  #take(enough: number): Group[] {
    const taken: Group[] = [];
    let jobs = 0;
    let bytes = 0;
    for (const group of this.#waiting) {
      const first = taken[0];
      if (
        first &&
        (jobs >= enough ||
          jobs + group.jobs.length > LIMITS.batch ||
          bytes + group.bytes > LIMITS.batchBytes ||
          !sameOptions(first.options, group.options))
      )
        break;
      taken.push(group);
      jobs += group.jobs.length;
      bytes += group.bytes;
    }
    this.#waiting = this.#waiting.slice(taken.length);
    this.#jobs -= jobs;
    return taken;
  }

  #call(groups: readonly Group[]): void {
    const batch =
      groups.length === 1 ? (groups[0]?.jobs ?? []) : groups.flatMap((group) => group.jobs);
    const sent = this.#send(batch, groups[0]?.options ?? {}, this.#calls.at(-1) ?? null);
    this.#calls.push(sent);
    void this.#answer(groups, batch, sent.reply).then(() => {
      this.#calls.splice(this.#calls.indexOf(sent), 1);
      this.#schedule();
    });
  }

  /** Never rejects. */
  async #answer(
    groups: readonly Group[],
    batch: readonly Outgoing[],
    reply: Promise<BatchReply>,
  ): Promise<void> {
    try {
      const outcomes = this.#outcomes(batch, await reply);
      let at = 0;
      for (const group of groups) {
        group.resolve(outcomes.slice(at, at + group.jobs.length));
        at += group.jobs.length;
      }
    } catch (error) {
      for (const group of groups) group.reject(error);
    }
  }

  #outcomes(batch: readonly Outgoing[], { cells, replicas }: BatchReply): EnqueueOutcome[] {
    const letters = cells[0] ?? '';
    const reached = replicas === null ? {} : { replicas };
    let original = 1;
    return batch.map(({ id }, index) => {
      switch (letters.charAt(index)) {
        case 'r':
          return { ok: true, result: { id, state: 'ready', duplicate: false, ...reached } };
        case 's':
          return { ok: true, result: { id, state: 'scheduled', duplicate: false, ...reached } };
        case 'd': {
          const result = {
            id: cells[original] ?? '',
            state: cells[original + 1] as JobState | 'gone',
            duplicate: true,
            ...reached,
          };
          original += 2;
          return { ok: true, result };
        }
        case 'm':
          return {
            ok: false,
            error: new IdempotencyMismatchError(
              `the idempotency key was used for another request in queue "${this.#queue}"`,
            ),
          };
        default:
          return {
            ok: false,
            error: new QueueFullError(
              `queue "${this.#queue}" holds as many waiting jobs as its maxReady allows`,
            ),
          };
      }
    });
  }
}

/** The chunks of one bulk call: where one failed its jobs say so, unless all did. */
async function joinChunks(
  chunks: readonly Outgoing[][],
  results: readonly Promise<EnqueueOutcome[]>[],
): Promise<EnqueueOutcome[]> {
  const settled = await Promise.allSettled(results);
  if (settled.every((result) => result.status === 'rejected'))
    return Promise.all(results).then((lists) => lists.flat());
  return settled.flatMap((result, index): EnqueueOutcome[] => {
    if (result.status === 'fulfilled') return result.value;
    const { reason } = result;
    if (!(reason instanceof BrokerError)) throw reason;
    return (chunks[index] ?? []).map(() => ({ ok: false, error: reason }));
  });
}

function sameOptions(a: CallOptions, b: CallOptions): boolean {
  return a.deadlineMs === b.deadlineMs && a.signal === b.signal;
}

function bytesOf(jobs: readonly Outgoing[]): number {
  let bytes = 0;
  for (const { request } of jobs) bytes += request.bytes;
  return bytes;
}

function chunk(jobs: readonly Outgoing[]): Outgoing[][] {
  const chunks: Outgoing[][] = [];
  let current: Outgoing[] = [];
  let bytes = 0;
  for (const job of jobs) {
    if (
      current.length > 0 &&
      (current.length >= PART || bytes + job.request.bytes > LIMITS.batchBytes)
    ) {
      chunks.push(current);
      current = [];
      bytes = 0;
    }
    current.push(job);
    bytes += job.request.bytes;
  }
  chunks.push(current);
  return chunks;
}
