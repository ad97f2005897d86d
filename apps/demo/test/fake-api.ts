import type { EnqueueAnswer, EnqueueRequest, Job, JobPage } from '@relay/contract';
import type { ListOptions } from '../src/api.ts';
import { indexSection } from '../src/documents.ts';
import { ITEM_HEADER } from '../src/plan.ts';

const TIME = '2030-01-01T00:00:00.000Z';

/** A gateway in which every job has ended as soon as it was accepted; tests bend what it says. */
export class FakeApi {
  readonly jobs = new Map<string, Job>();
  readonly requests: EnqueueRequest[] = [];
  /** What becomes of the n-th item; undefined: the job is accepted and then forgotten. */
  readonly #fate: (job: Job, number: number) => Job | undefined;
  readonly #folder: string;

  constructor(folder: string, fate: (job: Job, number: number) => Job | undefined = (job) => job) {
    this.#folder = folder;
    this.#fate = fate;
  }

  async enqueue(queue: string, request: EnqueueRequest): Promise<EnqueueAnswer> {
    const id = `job-${this.requests.push(request)}`;
    const number = Number(request.headers?.[ITEM_HEADER]);
    const job = this.#fate(await this.#run(queue, id, request), number);
    if (job !== undefined) this.jobs.set(id, job);
    return { id, queue, state: 'ready', duplicate: false };
  }

  async list(_queue: string, { state }: ListOptions): Promise<JobPage> {
    return {
      items: [...this.jobs.values()].filter((job) => job.state === state),
      nextCursor: null,
    };
  }

  async job(_queue: string, id: string): Promise<Job | undefined> {
    return this.jobs.get(id);
  }

  async #run(queue: string, id: string, request: EnqueueRequest): Promise<Job> {
    const dies = request.type === 'broken-document';
    const section = request.payload as { path: string; part: number; parts: number };
    return {
      id,
      queue,
      state: dies ? 'dead' : 'completed',
      type: request.type ?? 'default',
      priority: 0,
      maxAttempts: 5,
      maxCrashes: 3,
      backoff: { type: 'fixed', baseMs: 1, capMs: 1, jitter: 'none' },
      timeoutMs: null,
      expiresInMs: null,
      idempotencyKey: request.idempotencyKey ?? null,
      headers: request.headers ?? {},
      attempts: dies ? 2 : 1,
      crashes: 0,
      createdAt: TIME,
      runAt: TIME,
      startedAt: TIME,
      finishedAt: TIME,
      leaseExpiresAt: null,
      workerId: 'w',
      reason: dies ? 'attempts-exhausted' : null,
      error: null,
      payload: request.payload,
      progress: null,
      result: dies ? null : await indexSection(this.#folder, section),
      history: [],
    };
  }
}
