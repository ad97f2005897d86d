import { randomKey } from '../enqueue.ts';
import type { EnqueueRequest, Job, JobState, JobSummary } from '../generated/contract.ts';
import { ENQUEUE_REQUEST } from './generated/routes.ts';
import { type FakeHandlers, pageOf } from './handler.ts';
import { type FakeJob, type FakeQueue, isEnded, type Model } from './model.ts';
import { FakeProblem, invalid } from './problem.ts';
import { violations } from './schema.ts';

const DEFAULT_WINDOW_MS = 86_400_000;

export const JOBS: FakeHandlers = {
  enqueueJob: ({ model, params, body, headers }) => {
    const key = headers.get('idempotency-key');
    const request = key === null ? body : { idempotencyKey: key, ...body };
    const answer = enqueue(model, params['queue'] ?? '', request as unknown as EnqueueRequest);
    return { status: answer.duplicate ? 200 : 201, body: answer };
  },

  enqueueJobs: ({ model, params, body }) => {
    const jobs = body['jobs'] as readonly unknown[];
    const results = jobs.map((job, index) => {
      try {
        const wrong = violations(ENQUEUE_REQUEST, job, `/jobs/${index}`);
        if (wrong.length > 0) throw invalid(wrong);
        const answer = enqueue(model, params['queue'] ?? '', job as EnqueueRequest);
        return { index, status: answer.duplicate ? 200 : 201, ...answer };
      } catch (error) {
        if (!(error instanceof FakeProblem)) throw error;
        return { index, status: error.status, problem: error.toItem() };
      }
    });
    const count = (fits: (status: number) => boolean): number =>
      results.filter(({ status }) => fits(status)).length;
    return {
      status: 200,
      body: {
        results,
        created: count((status) => status === 201),
        duplicates: count((status) => status === 200),
        failed: count((status) => status >= 400),
      },
    };
  },

  listJobs: ({ model, params, query }) => {
    const queue = model.queues.get(params['queue'] ?? '');
    const all = queue === undefined ? [] : model.in(queue, query['state'] as JobState);
    const jobs = query['order'] === 'desc' ? all.toReversed() : all;
    const type = query['type'];
    return pageOf(
      jobs.filter((job) => type === undefined || job.type === type).map(toSummary),
      query,
    );
  },

  getJob: ({ model, params }) => ({
    status: 200,
    body: toJob(model.job(params['queue'] ?? '', params['id'] ?? '')),
  }),

  findJob: ({ model, params }) => {
    const id = params['id'] ?? '';
    for (const queue of model.queues.values()) {
      const job = queue.jobs.get(id);
      if (job !== undefined) return { status: 200, body: toJob(job) };
    }
    throw new FakeProblem('not-found', `There is no job ${id}`);
  },

  getResult: async ({ model, params, query, signal }) => {
    const job = model.job(params['queue'] ?? '', params['id'] ?? '');
    const ms = Number(query['waitMs'] ?? 0);
    await model.wait(() => (isEnded(job.state) ? true : undefined), { ms, signal });
    const { state, hasResult, result, error } = job;
    if (!isEnded(state)) return { status: 202, body: { state } };
    const body = { state, ...(hasResult ? { result } : {}), ...(error === null ? {} : { error }) };
    return { status: 200, body };
  },

  cancelJob: ({ model, params }) => {
    const job = model.job(params['queue'] ?? '', params['id'] ?? '');
    if (job.state === 'active') {
      job.cancelAsked = true;
      return { status: 202, body: placeOf(job) };
    }
    demand(job, ['ready', 'scheduled'], 'cancelled');
    model.end(job, 'cancelled');
    return { status: 200, body: placeOf(job) };
  },

  retryJob: ({ model, params }) => {
    const job = model.job(params['queue'] ?? '', params['id'] ?? '');
    demand(job, ['dead'], 'retried');
    model.revive(job);
    return { status: 200, body: placeOf(job) };
  },

  promoteJob: ({ model, params }) => {
    const job = model.job(params['queue'] ?? '', params['id'] ?? '');
    demand(job, ['scheduled'], 'promoted');
    model.ready(job);
    return { status: 200, body: placeOf(job) };
  },

  changeJob: ({ model, params, body }) => {
    const job = model.job(params['queue'] ?? '', params['id'] ?? '');
    demand(job, ['ready', 'scheduled'], 'changed');
    const { priority, runAt } = body as { priority?: number; runAt?: string };
    if (priority === undefined && runAt === undefined) {
      throw invalid([{ pointer: '', detail: 'must have priority or runAt' }]);
    }
    if (priority !== undefined) job.priority = priority;
    if (runAt !== undefined) model.schedule(job, Date.parse(runAt));
    return { status: 200, body: placeOf(job) };
  },

  deleteJob: ({ model, params }) => {
    const job = model.job(params['queue'] ?? '', params['id'] ?? '');
    if (job.state === 'active') demand(job, [], 'deleted');
    model.queue(job.queue).jobs.delete(job.id);
    return { status: 204 };
  },

  getIdempotencyKey: ({ model, params }) => {
    const known = model.queues.get(params['queue'] ?? '')?.keys.get(params['key'] ?? '');
    if (known === undefined || known.expiresAt <= model.now()) {
      throw new FakeProblem('not-found', 'That key is not known');
    }
    return { status: 200, body: { id: known.id, expiresAt: model.time(known.expiresAt) } };
  },
};

function enqueue(model: Model, name: string, request: EnqueueRequest) {
  if (request.delayMs !== undefined && request.runAt !== undefined) {
    throw invalid([{ pointer: '/runAt', detail: 'excludes delayMs' }]);
  }
  const queue = model.ensure(name);
  const { idempotencyKey: key, idempotencyWindowMs: windowMs = DEFAULT_WINDOW_MS } = request;
  const { headers: _, ...asked } = request;
  const fingerprint = JSON.stringify(asked);
  const known = key === undefined ? undefined : queue.keys.get(key);
  if (known !== undefined && known.expiresAt > model.now()) {
    if (known.fingerprint !== fingerprint) {
      throw new FakeProblem(
        'idempotency-mismatch',
        `The key "${key}" was used for another request`,
      );
    }
    const state = queue.jobs.get(known.id)?.state ?? 'gone';
    return { id: known.id, queue: name, state, duplicate: true };
  }
  const { ready, scheduled } = model.counts(queue);
  const { maxReady } = queue.config;
  if (maxReady !== null && ready + scheduled >= maxReady) {
    throw new FakeProblem('queue-full', `Queue "${name}" holds its ${maxReady} jobs`);
  }
  const job = newJob(model, queue, request);
  queue.jobs.set(job.id, job);
  queue.totals.enqueued += 1;
  if (key !== undefined) {
    queue.keys.set(key, { id: job.id, fingerprint, expiresAt: model.now() + windowMs });
  }
  return { id: job.id, queue: name, state: job.state, duplicate: false };
}

function newJob(model: Model, queue: FakeQueue, request: EnqueueRequest): FakeJob {
  const { defaults } = queue.config;
  const now = model.now();
  const { delayMs = 0, runAt } = request;
  const dueAt = runAt === undefined ? now + delayMs : Date.parse(runAt);
  const seq = model.next();
  return {
    id: `fake${seq.toString(36).padStart(6, '0')}${randomKey().slice(0, 8)}`,
    queue: queue.name,
    state: dueAt > now ? 'scheduled' : 'ready',
    type: request.type ?? 'default',
    priority: request.priority ?? 0,
    maxAttempts: request.maxAttempts ?? defaults.maxAttempts,
    maxCrashes: request.maxCrashes ?? defaults.maxCrashes,
    backoff: { ...defaults.backoff, ...request.backoff },
    timeoutMs: request.timeoutMs ?? null,
    expiresInMs: request.expiresInMs ?? null,
    idempotencyKey: request.idempotencyKey ?? null,
    headers: request.headers ?? {},
    attempts: 0,
    crashes: 0,
    createdAt: model.time(now),
    runAt: model.time(dueAt),
    startedAt: null,
    finishedAt: null,
    leaseExpiresAt: null,
    workerId: null,
    reason: null,
    error: null,
    progress: null,
    payload: request.payload,
    result: null,
    history: [],
    seq,
    hasResult: false,
    token: undefined,
    leaseEndsAt: 0,
    dueAt,
    endedAt: 0,
    cancelAsked: false,
    startedDelivery: 0,
  };
}

export function demand(job: FakeJob, states: readonly JobState[], what: string): void {
  if (states.includes(job.state)) return;
  throw new FakeProblem('invalid-state', `Job ${job.id} is ${job.state} and cannot be ${what}`);
}

export function placeOf({ id, queue, state }: FakeJob) {
  return { id, queue, state };
}

function toJob(job: FakeJob): Job {
  const {
    seq: _seq,
    hasResult: _hasResult,
    token: _token,
    leaseEndsAt: _leaseEndsAt,
    dueAt: _dueAt,
    endedAt: _endedAt,
    cancelAsked: _cancelAsked,
    startedDelivery: _startedDelivery,
    ...shown
  } = job;
  return shown;
}

export function toSummary(job: FakeJob): JobSummary {
  const { payload: _payload, result: _result, history: _history, error, ...rest } = toJob(job);
  return { ...rest, error: error === null ? null : { name: error.name, message: error.message } };
}
