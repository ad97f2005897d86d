import { randomKey } from '../enqueue.ts';
import type { ClaimAnswer, ClaimRequest, Lease, Settlement } from '../generated/contract.ts';
import type { FakeAnswer, FakeHandlers } from './handler.ts';
import type { FakeJob, Model } from './model.ts';

/** Claims that may be asked for again: their answer was lost. */
const CLAIMS = new WeakMap<Model, Map<string, FakeAnswer>>();

export const LEASES: FakeHandlers = {
  claimLeases: async ({ model, body, headers, signal }) => {
    const claims = CLAIMS.get(model) ?? new Map<string, FakeAnswer>();
    CLAIMS.set(model, claims);
    const key = headers.get('idempotency-key');
    const before = key === null ? undefined : claims.get(key);
    if (before !== undefined) return before;
    const request = body as unknown as ClaimRequest;
    noteWorker(model, request);
    const look = (): readonly Lease[] | undefined => {
      const leases = signal?.aborted === true ? [] : claim(model, request);
      return leases.length === 0 ? undefined : leases;
    };
    const leases = (await model.wait(look, { ms: request.waitMs ?? 0, signal })) ?? [];
    const answer = { status: 200, body: { leases } satisfies ClaimAnswer };
    if (key !== null) claims.set(key, answer);
    return answer;
  },

  settleLeases: ({ model, body }) => {
    const items = body['items'] as readonly Settlement[];
    const results = items.map((item, index) => ({ index, ...settle(model, item) }));
    return { status: 200, body: { results } };
  },

  extendLeases: ({ model, body }) => {
    const items = body['items'] as readonly {
      leaseToken: string;
      leaseMs: number;
      progress?: unknown;
    }[];
    const results = items.map(({ leaseToken, leaseMs, progress }, index) => {
      const job = model.tokens.get(leaseToken)?.job;
      if (job?.token !== leaseToken) return { index, status: 'lease-lost' };
      job.leaseEndsAt = model.now() + leaseMs;
      job.leaseExpiresAt = model.time(job.leaseEndsAt);
      if (progress !== undefined) job.progress = progress;
      const cancel = job.cancelAsked ? { cancelRequested: true } : {};
      return { index, status: 'extended', expiresAt: job.leaseExpiresAt, ...cancel };
    });
    return { status: 200, body: { results } };
  },
};

function noteWorker(model: Model, { workerId, queues }: ClaimRequest): void {
  const quiet = model.workers.get(workerId)?.quiet ?? false;
  const lastSeenAt = model.now();
  model.workers.set(workerId, { queues: new Set(queues), lastSeenAt, quiet });
}

function claim(model: Model, request: ClaimRequest): Lease[] {
  const { workerId, queues, max = 1, leaseMs = 30_000 } = request;
  const leases: Lease[] = [];
  if (model.workers.get(workerId)?.quiet === true) return leases;
  for (const name of queues) {
    const queue = model.queues.get(name);
    if (queue === undefined || queue.paused) continue;
    const { concurrency } = queue.config;
    const room = concurrency === null ? max : concurrency - model.counts(queue).active;
    const count = Math.max(0, Math.min(max - leases.length, room));
    for (const job of model.in(queue, 'ready').slice(0, count)) {
      leases.push(begin(model, job, { workerId, leaseMs }));
    }
  }
  if (leases.length > 0) model.changed();
  return leases;
}

function begin(
  model: Model,
  job: FakeJob,
  { workerId, leaseMs }: { readonly workerId: string; readonly leaseMs: number },
): Lease {
  const token = randomKey();
  model.tokens.set(token, { job });
  Object.assign(job, {
    state: 'active',
    token,
    workerId,
    leaseEndsAt: model.now() + leaseMs,
    leaseExpiresAt: model.time(model.now() + leaseMs),
    startedAt: model.time(),
    startedDelivery: model.now(),
  });
  return {
    leaseToken: token,
    expiresAt: model.time(job.leaseEndsAt),
    job: {
      id: job.id,
      queue: job.queue,
      type: job.type,
      payload: job.payload,
      attempt: job.attempts + job.crashes + 1,
      crashes: job.crashes,
      priority: job.priority,
      maxAttempts: job.maxAttempts,
      maxCrashes: job.maxCrashes,
      timeoutMs: job.timeoutMs,
      headers: job.headers,
      createdAt: job.createdAt,
    },
  };
}

function settle(model: Model, item: Settlement): object {
  const known = model.tokens.get(item.leaseToken);
  if (known?.answer !== undefined) return known.answer;
  if (known === undefined || known.job.token !== item.leaseToken) return { status: 'lease-lost' };
  const { job } = known;
  note(model, job, item);
  if (item.outcome === 'complete') complete(model, job, item);
  else if (job.cancelAsked) model.end(job, 'cancelled');
  else if (item.outcome === 'release') model.schedule(job, model.now() + (item.delayMs ?? 0));
  else fail(model, job, item);
  known.answer = { status: 'settled', state: job.state };
  return known.answer;
}

function note(model: Model, job: FakeJob, item: Settlement): void {
  const OUTCOMES = { complete: 'completed', fail: 'failed', release: 'released' } as const;
  const ended = {
    number: job.attempts + job.crashes + 1,
    outcome: job.cancelAsked ? ('cancelled' as const) : OUTCOMES[item.outcome],
    startedAt: model.time(job.startedDelivery),
    endedAt: model.time(),
    workerId: job.workerId ?? '',
    message: item.outcome === 'fail' ? item.error.message : null,
  };
  job.history = [...job.history, ended].slice(-20);
}

function complete(
  model: Model,
  job: FakeJob,
  item: Extract<Settlement, { outcome: 'complete' }>,
): void {
  job.attempts += 1;
  if (job.cancelAsked) {
    model.end(job, 'cancelled');
    return;
  }
  job.hasResult = 'result' in item;
  job.result = item.result ?? null;
  model.end(job, 'completed');
}

function fail(model: Model, job: FakeJob, item: Extract<Settlement, { outcome: 'fail' }>): void {
  job.attempts += 1;
  job.error = item.error;
  model.ensure(job.queue).totals.failed += 1;
  if (item.retry === 'never') model.end(job, 'dead', 'non-retryable');
  else if (job.attempts >= job.maxAttempts) model.end(job, 'dead', 'attempts-exhausted');
  else model.schedule(job, model.now() + (item.retryInMs ?? backoffOf(job)));
}

function backoffOf({ backoff, attempts }: FakeJob): number {
  const { type, baseMs, capMs, jitter } = backoff;
  const bound = Math.min(capMs, type === 'fixed' ? baseMs : baseMs * 2 ** (attempts - 1));
  return jitter === 'none' ? bound : Math.random() * bound;
}
