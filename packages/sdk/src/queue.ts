import type { Batcher } from './batcher.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Schemas } from './definition.ts';
import {
  type EnqueueOptions,
  type EnqueueOutcome,
  type JobInput,
  type JobOptions,
  prepare,
  sendOne,
} from './enqueue.ts';
import { NotEndedError, RelayError } from './errors.ts';
import type {
  EnqueueAnswer,
  IdempotencyAnswer,
  Job,
  JobActionRequest,
  JobPlace,
  JobSummary,
  MatchedAnswer,
  OperationStarted,
  PendingAnswer,
  PurgeRequest,
  QueueDetail,
  QueuePatch,
  QueueStats,
  QueueSummary,
  ResultAnswer,
  Series,
  SeriesMetric,
} from './generated/contract.ts';
import { LIMITS } from './generated/limits.ts';
import type { Call, CallOptions, Http } from './http.ts';
import { toJson } from './json.ts';
import { known, whole } from './options.ts';
import { pages } from './pages.ts';
import type { JobResult, ListJobs, ResultOptions, SeriesOptions } from './queue-options.ts';
import { sleep } from './retry.ts';
import type { Handlers } from './worker/types.ts';
import { RelayWorker, type WorkerSettings } from './worker/worker.ts';

/** @internal What a queue is made of. */
export interface QueueParts {
  readonly http: Http;
  readonly schemas: Schemas | undefined;
  readonly batcher: (() => Promise<Batcher>) | undefined;
}

/**
 * A queue, for producers and operators. `Jobs` maps job types to their payloads,
 * `Received` to what handlers receive (the same unless a validator changes it).
 *
 * @example
 * ```ts
 * const emails = relay.queue<{ welcome: { to: string } }>('emails');
 * const { id } = await emails.enqueue('welcome', { to: 'ada@example.org' }, { priority: 10 });
 * const { state, result } = await emails.result(id);
 * ```
 */
export class Queue<Jobs = Record<string, unknown>, Received = Jobs> {
  readonly name: string;
  readonly #parts: QueueParts;
  readonly #path: string;

  /** @internal */
  constructor(name: string, parts: QueueParts) {
    this.name = name;
    this.#parts = parts;
    this.#path = `/v1/queues/${name}`;
  }

  /**
   * Enqueues a job. Retried until it gets a response, for at most 60 s; it creates one job however
   * often it is sent.
   *
   * @throws {InputError} a payload that does not fit its validator, or that JSON cannot carry.
   */
  async enqueue<T extends keyof Jobs & string>(
    type: T,
    payload: Jobs[T],
    options: EnqueueOptions = {},
  ): Promise<EnqueueAnswer> {
    const { signal, ...job } = options;
    const prepared = await prepare({ ...job, type, payload }, this.#parts.schemas);
    const { http, batcher } = this.#parts;
    return batcher === undefined
      ? sendOne(http, this.name, { ...prepared, signal })
      : (await batcher()).add({ ...prepared, signal });
  }

  /**
   * Enqueues many jobs, in as few requests as their sizes allow.
   *
   * @returns what became of each, in order; it rejects only when its signal is aborted.
   */
  async enqueueMany(
    jobs: Iterable<JobInput<Jobs>>,
    options: CallOptions = {},
  ): Promise<EnqueueOutcome[]> {
    known('enqueueMany', options, ['signal']);
    const all = [...jobs] as (JobOptions & { type: string; payload: unknown })[];
    const items = await Promise.all(
      all.map((job) => prepare(job, this.#parts.schemas).catch(asOutcome)),
    );
    // It comes when it is needed, like workers and events.
    const { sendMany } = await import('./bulk.ts');
    return sendMany(this.#parts.http, this.name, items, options);
  }

  /**
   * Gets a job with all its details.
   *
   * @throws {NotFoundError} when the queue has no such job.
   */
  job(id: string, options?: CallOptions): Promise<Job> {
    return this.#call('GET', at(id), { ...options, has: 'id' });
  }

  /**
   * Waits until a job has finished.
   *
   * @throws {NotEndedError} when it has not after `timeoutMs`.
   */
  async result<R = unknown>(id: string, options: ResultOptions = {}): Promise<JobResult<R>> {
    known('result', options, ['timeoutMs', 'signal']);
    const timeoutMs = whole('timeoutMs', options.timeoutMs ?? 30_000, 0, 2_147_483_647);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const left = Math.max(0, Math.floor(deadline - performance.now()));
      const waitMs = Math.min(left, LIMITS.longestPollMs);
      const asked = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- a long poll.
      const answer = await this.#parts.http.json<ResultAnswer | PendingAnswer>({
        method: 'GET',
        path: `${this.#path}${at(id)}/result`,
        query: { waitMs },
        waitMs,
        signal: options.signal,
        has: 'state',
      });
      if (isEnded(answer)) return answer as JobResult<R>;
      // A gateway that stops answers before its time: it is not asked again at once.
      const early = performance.now() - asked < waitMs / 2;
      // oxlint-disable-next-line no-await-in-loop
      if (early) await sleep(Math.min(left, 100 * Math.random()), options.signal);
      if (performance.now() < deadline) continue;
      const said = `job ${id} is still ${answer.state} after ${timeoutMs} ms`;
      throw new NotEndedError(said, answer.state);
    }
  }

  /** Cancels a job; a running one (`state: 'active'`) learns of it with its next heartbeat. */
  cancel(id: string, options: CallOptions & { readonly reason?: string } = {}): Promise<JobPlace> {
    known('cancel', options, ['reason', 'signal']);
    const { signal, ...send } = options;
    return this.#call('POST', `${at(id)}/cancel`, { signal, send });
  }

  /** Makes a dead job ready again, with its counters reset. */
  retry(id: string, options?: CallOptions): Promise<JobPlace> {
    return this.#call('POST', `${at(id)}/retry`, options);
  }

  /** Makes a scheduled job ready now. */
  promote(id: string, options?: CallOptions): Promise<JobPlace> {
    return this.#call('POST', `${at(id)}/promote`, options);
  }

  /** Changes the priority or due time of a waiting job. */
  change(
    id: string,
    change: { readonly priority?: number; readonly runAt?: string | Date },
    options?: CallOptions,
  ): Promise<JobPlace> {
    known('change', change, ['priority', 'runAt']);
    return this.#call('PATCH', at(id), { ...options, send: change, safe: true });
  }

  /** Deletes a job that is not running. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#call('DELETE', at(id), options);
  }

  /** Lists the jobs in one state. */
  jobs(options: ListJobs): AsyncGenerator<JobSummary, void, undefined> {
    known('jobs', options, ['state', 'type', 'order', 'signal']);
    return pages(this.#parts.http, `${this.#path}/jobs`, options);
  }

  /** Acts on many jobs in the background; `filter: {}` means all. A dry run only counts. */
  act(request: JobActionRequest & { readonly dryRun: true }): Promise<MatchedAnswer>;
  act(request: JobActionRequest & { readonly dryRun?: false }): Promise<OperationStarted>;
  act(request: JobActionRequest): Promise<MatchedAnswer | OperationStarted> {
    return this.#call('POST', '/jobs/actions', { send: request });
  }

  /** Gets the job of an idempotency key. */
  idempotencyKey(key: string, options?: CallOptions): Promise<IdempotencyAnswer> {
    return this.#call('GET', `/idempotency-keys/${encodeURIComponent(key)}`, options);
  }

  /** Counts and settings. */
  info(options?: CallOptions): Promise<QueueDetail> {
    return this.#call('GET', '', options);
  }

  /** Changes settings from the next claim on: omitted ones stay, null removes one. */
  settings(patch: QueuePatch, options?: CallOptions): Promise<QueueDetail> {
    return this.#call('PATCH', '', { ...options, send: patch, safe: true });
  }

  /** Counts by state, the oldest wait, totals and rates. */
  stats(options?: CallOptions): Promise<QueueStats> {
    return this.#call('GET', '/stats', options);
  }

  /** One metric over the last hours. */
  series(metric: SeriesMetric, options: SeriesOptions = {}): Promise<Series> {
    known('series', options, ['from', 'stepMs', 'signal']);
    const { signal, ...query } = options;
    return this.#call('GET', '/series', { signal, query: { metric, ...query } });
  }

  /** Pauses the queue: no jobs start, but it still accepts new ones. */
  pause(options?: CallOptions): Promise<QueueSummary> {
    return this.#call('POST', '/pause', { ...options, safe: true });
  }

  /** Resumes the queue. */
  resume(options?: CallOptions): Promise<QueueSummary> {
    return this.#call('POST', '/resume', { ...options, safe: true });
  }

  /** Deletes all jobs in some states, in the background. */
  purge(states: PurgeRequest['states'], options?: CallOptions): Promise<OperationStarted> {
    return this.#call('POST', '/purge', { ...options, send: { states, confirm: this.name } });
  }

  /** Deletes the queue itself, if it is empty or, with `force`, if none of its jobs are running. */
  remove(options: CallOptions & { readonly force?: boolean } = {}): Promise<void> {
    known('remove', options, ['force', 'signal']);
    const { signal, ...query } = options;
    return this.#call('DELETE', '', { signal, query });
  }

  get deadLetters(): DeadLetters {
    return new DeadLetters(this.#parts.http, this.name);
  }

  /**
   * A worker for this queue, over HTTP. Its handlers' payloads are typed by the queue's map.
   *
   * @example
   * ```ts
   * const worker = emails.worker({ handlers: { welcome: async (job) => send(job.payload.to) } });
   * worker.start();
   * ```
   */
  worker(settings: WorkerSettings & { readonly handlers: Handlers<Received> }): RelayWorker {
    const { http, schemas } = this.#parts;
    return new RelayWorker(http, settings, [{ name: this.name, schemas }]);
  }

  #call<T>(
    method: Call['method'],
    path: string,
    options: Partial<Call> & { readonly send?: unknown } = {},
  ): Promise<T> {
    const { send, signal, query, has, safe = method === 'GET' } = options;
    const body = send === undefined ? undefined : toJson(send, 'the request');
    return this.#parts.http.json({
      method,
      path: this.#path + path,
      body,
      signal,
      query,
      safe,
      ...(has === undefined ? {} : { has }),
    });
  }
}

function at(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

const isEnded = (answer: ResultAnswer | PendingAnswer): answer is ResultAnswer =>
  ['completed', 'dead', 'cancelled'].includes(answer.state);

/** Bad input is the outcome of its own job, not of the others; also one whose getter or validator throws. */
function asOutcome(cause: unknown): RelayError {
  if (cause instanceof RelayError) return cause;
  return new RelayError('invalid-input', `the job cannot be read: ${String(cause)}`, { cause });
}
