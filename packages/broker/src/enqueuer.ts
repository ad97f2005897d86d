import { BrokerError, IdempotencyMismatchError, QueueFullError } from './errors.ts';
import { newJobId } from './ids.ts';
import { type EncodedRequest, LIMITS } from './request.ts';
import type { CallOptions } from './runner.ts';
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

/** Sends one script call. */
export type SendBatch = (batch: readonly Outgoing[], options: CallOptions) => Promise<BatchReply>;

interface Group {
  readonly jobs: readonly Outgoing[];
  readonly bytes: number;
  /** A part of a bulk call: parts keep their order, whatever fails on the way, so none overtakes another call. */
  readonly part: boolean;
  readonly options: CallOptions;
  readonly resolve: (outcomes: EnqueueOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls of one queue under way at once: Redis works on one while this process deals with the answers to the other. */
const MOST_CALLS = 2;
/** A second call is worth its fixed cost from so many jobs on. */
const SECOND_CALL = 32;

/**
 * Gathers the enqueues of one queue: those of one tick leave as one script call, or as two that follow each other when
 * there are many, and while calls are under way the next one collects. A bulk call stays whole unless it is larger than
 * a call may be.
 */
export class Enqueuer {
  readonly #queue: string;
  readonly #send: SendBatch;
  readonly #mostCalls: number;
  #waiting: Group[] = [];
  #jobs = 0;
  #calls = 0;
  /** The last call that was sent carries a part of a bulk call. */
  #alone = false;
  #healthy = false;
  #scheduled = false;

  /** @param mostCalls under way at once. */
  constructor(queue: string, send: SendBatch, mostCalls = MOST_CALLS) {
    this.#queue = queue;
    this.#send = send;
    this.#mostCalls = mostCalls;
  }

  add(requests: readonly EncodedRequest[], options: CallOptions): Promise<EnqueueOutcome[]> {
    const chunks = chunk(requests.map((request) => ({ id: newJobId(), request })));
    const results = chunks.map(
      (jobs) =>
        new Promise<EnqueueOutcome[]>((resolve, reject) => {
          const part = chunks.length > 1;
          this.#waiting.push({ jobs, bytes: bytesOf(jobs), part, options, resolve, reject });
          this.#jobs += jobs.length;
        }),
    );
    this.#schedule();
    const [only, ...others] = results;
    return only !== undefined && others.length === 0 ? only : joinChunks(chunks, results);
  }

  /** After everything that is about to be enqueued in this tick: those who have just been answered mostly go on so. */
  #schedule(): void {
    if (this.#scheduled || this.#calls >= this.#mostCalls) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    while (this.#jobs > 0 && this.#calls < this.#mostCalls) {
      if (this.#calls > 0 && !this.#deservesSecondCall()) return;
      const splits = this.#calls === 0 && this.#pairs && this.#jobs >= 2 * SECOND_CALL;
      const groups = this.#take(splits ? Math.ceil(this.#jobs / 2) : LIMITS.batch);
      this.#calls++;
      this.#alone = groups.some(({ part }) => part);
      void this.#call(groups).then(() => {
        this.#calls--;
        this.#schedule();
      });
    }
  }

  #deservesSecondCall(): boolean {
    const [next] = this.#waiting;
    return this.#pairs && this.#jobs >= SECOND_CALL && !this.#alone && next?.part === false;
  }

  /** A call that fails is tried again, and one behind it might overtake it: a second call only where the last went well. */
  get #pairs(): boolean {
    return this.#mostCalls > 1 && this.#healthy;
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

  /** Never rejects. */
  async #call(groups: readonly Group[]): Promise<void> {
    const batch =
      groups.length === 1 ? (groups[0]?.jobs ?? []) : groups.flatMap((group) => group.jobs);
    try {
      const reply = await this.#send(batch, groups[0]?.options ?? {});
      const outcomes = this.#outcomes(batch, reply);
      this.#healthy = true;
      let at = 0;
      for (const group of groups) {
        group.resolve(outcomes.slice(at, at + group.jobs.length));
        at += group.jobs.length;
      }
    } catch (error) {
      this.#healthy = false;
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
      (current.length >= LIMITS.batch || bytes + job.request.bytes > LIMITS.batchBytes)
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
