import { randomKey } from '../enqueue.ts';
import type { DeadReason, Operation } from '../generated/contract.ts';
import { VERSION } from '../version.ts';
import { type FakeHandlers, pageOf } from './handler.ts';
import { demand, placeOf, toSummary } from './jobs.ts';
import {
  DEFAULT_CONFIG,
  type FakeConfig,
  type FakeJob,
  type FakeQueue,
  type Model,
} from './model.ts';
import { FakeProblem } from './problem.ts';

export const QUEUES: FakeHandlers = {
  listQueues: ({ model, query }) => {
    const search = query['search'] ?? '';
    const found = [...model.queues.values()].filter(({ name }) => name.includes(search));
    return pageOf(
      found.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((queue) => model.summary(queue)),
      query,
    );
  },
  getQueue: ({ model, params }) => detail(model, model.queue(params['queue'] ?? '')),
  changeQueue: ({ model, params, body }) => {
    const { ifRevision, ...patch } = body;
    const name = params['queue'] ?? '';
    const queue = ifRevision === undefined ? model.ensure(name) : model.queue(name);
    const config = merged(queue.config, patch, DEFAULT_CONFIG) as FakeConfig;
    const now = revisionOf(queue.config);
    if (ifRevision !== undefined && ifRevision !== now && revisionOf(config) !== now) {
      throw new FakeProblem(
        'revision-mismatch',
        `the settings of queue "${name}" have been changed since they were read: read them again`,
      );
    }
    queue.config = config;
    return detail(model, queue);
  },
  deleteQueue: ({ model, params, query }) => {
    const queue = model.queue(params['queue'] ?? '');
    const forced = query['force'] === 'true' && model.counts(queue).active === 0;
    if (queue.jobs.size > 0 && !forced) {
      throw new FakeProblem('invalid-state', `Queue "${queue.name}" holds jobs`);
    }
    model.queues.delete(queue.name);
    return { status: 204 };
  },
  getQueueStats: ({ model, params }) => {
    const queue = model.queue(params['queue'] ?? '');
    const { enqueued, completed, failed, dead } = queue.totals;
    const body = {
      ...model.counts(queue),
      oldestReadyMs: model.summary(queue).oldestReadyMs,
      enqueuedTotal: enqueued,
      completedTotal: completed,
      failedTotal: failed,
      deadTotal: dead,
      enqueuedPerSec: 0,
      completedPerSec: 0,
    };
    return { status: 200, body };
  },
  getSeries: ({ model, params, query }) => {
    model.queue(params['queue'] ?? '');
    return { status: 200, body: { metric: query['metric'], stepMs: 60_000, points: [] } };
  },
  pauseQueue: ({ model, params }) => paused(model, params['queue'] ?? '', true),
  resumeQueue: ({ model, params }) => paused(model, params['queue'] ?? '', false),
  purgeQueue: ({ model, params, body }) => {
    const queue = model.queue(params['queue'] ?? '');
    if (body['confirm'] !== queue.name) {
      throw new FakeProblem('validation', 'confirm must be the name of the queue');
    }
    const states = body['states'] as readonly string[];
    const jobs = [...queue.jobs.values()].filter(({ state }) => states.includes(state));
    return operate(model, queue, { kind: 'delete', jobs });
  },
  getVersion: () => ({
    status: 200,
    body: { service: 'api-gateway', version: VERSION, api: 'v1', minClientVersion: '0.1.0' },
  }),
  getOperation: ({ model, params }) => operation(model, params['id'] ?? ''),
  cancelOperation: ({ model, params }) => operation(model, params['id'] ?? ''),
  actOnJobs: ({ model, params, body }) => {
    const queue = model.queue(params['queue'] ?? '');
    const kind = body['action'] as Operation['kind'];
    const filter = body['filter'] as Filter & { state?: string; ids?: readonly string[] };
    const { state, ids } = filter;
    const jobs = matching(queue, filter).filter(
      (job) =>
        CAN[kind].includes(job.state) &&
        (state === undefined || job.state === state) &&
        (ids === undefined || ids.includes(job.id)),
    );
    return operate(model, queue, { kind, jobs, dryRun: body['dryRun'] === true });
  },
  listWorkers: ({ model, query }) =>
    pageOf(
      [...model.workers].map(([id, { queues, lastSeenAt, quiet }]) => ({
        id,
        kind: 'http',
        host: null,
        pid: null,
        version: null,
        queues: [...queues],
        slots: null,
        busy: null,
        draining: false,
        quiet,
        startedAt: null,
        lastSeenAt: model.time(lastSeenAt),
      })),
      query,
    ),
  quietWorker: ({ model, params, body }) => {
    const id = params['id'] ?? '';
    const worker = model.workers.get(id);
    if (worker === undefined) throw new FakeProblem('not-found', `There is no worker "${id}"`);
    worker.quiet = body['quiet'] !== false;
    return { status: 200, body: { id, quiet: worker.quiet } };
  },
};

export const DEAD_LETTERS: FakeHandlers = {
  listDeadLetters: ({ model, params, query }) => {
    const queue = model.queues.get(params['queue'] ?? '');
    const dead = queue === undefined ? [] : model.in(queue, 'dead').toReversed();
    return pageOf(dead.filter((job) => fits(job, query)).map(toSummary), query);
  },
  groupDeadLetters: ({ model, query }) => {
    const groups = new Map<string, FakeJob[]>();
    for (const queue of model.queues.values()) {
      if (query['queue'] !== undefined && query['queue'] !== queue.name) continue;
      for (const job of model.in(queue, 'dead')) {
        const key = `${queue.name} ${groupOf(job)}`;
        groups.set(key, [...(groups.get(key) ?? []), job]);
      }
    }
    const items = [...groups.values()].flatMap(([first, ...rest]) =>
      first === undefined ? [] : [group(first, rest)],
    );
    return { status: 200, body: { items, newestPerQueue: 1_000, partial: false } };
  },
  requeueDeadLetter: ({ model, params, body }) => {
    const job = model.job(params['queue'] ?? '', params['id'] ?? '');
    demand(job, ['dead'], 'requeued');
    if ('payload' in body) job.payload = body['payload'];
    model.revive(job);
    return { status: 200, body: placeOf(job) };
  },
  requeueDeadLetters: ({ model, params, body }) => act(model, params['queue'] ?? '', body, 'retry'),
  purgeDeadLetters: ({ model, params, body }) => act(model, params['queue'] ?? '', body, 'delete'),
};

interface Filter {
  readonly reason?: string;
  readonly type?: string;
  readonly group?: string;
  readonly before?: string;
}

const CAN: Readonly<Record<Operation['kind'], readonly string[]>> = {
  cancel: ['ready', 'scheduled', 'active'],
  retry: ['dead'],
  delete: ['ready', 'scheduled', 'completed', 'dead', 'cancelled'],
  promote: ['scheduled'],
};

function act(
  model: Model,
  name: string,
  body: Readonly<Record<string, unknown>>,
  kind: Operation['kind'],
) {
  const queue = model.queue(name);
  const jobs = matching(queue, body['filter'] as Filter).filter(({ state }) => state === 'dead');
  return operate(model, queue, { kind, jobs, dryRun: body['dryRun'] === true });
}

function matching(queue: FakeQueue, filter: Filter): FakeJob[] {
  return [...queue.jobs.values()].filter((job) => fits(job, filter));
}

function fits(job: FakeJob, { reason, type, group: id, before }: Filter): boolean {
  const at = job.endedAt === 0 ? Date.parse(job.createdAt) : job.endedAt;
  return (
    (reason === undefined || job.reason === (reason as DeadReason)) &&
    (type === undefined || job.type === type) &&
    (id === undefined || groupOf(job) === id) &&
    (before === undefined || at < Date.parse(before))
  );
}

/** At once, not in the background: the operation is done when it is asked for. */
function operate(
  model: Model,
  queue: FakeQueue,
  asked: {
    readonly kind: Operation['kind'];
    readonly jobs: readonly FakeJob[];
    readonly dryRun?: boolean;
  },
) {
  const { kind, jobs, dryRun = false } = asked;
  if (dryRun) return { status: 200, body: { matched: jobs.length } };
  for (const job of jobs) {
    if (kind === 'delete') queue.jobs.delete(job.id);
    else if (kind === 'retry') model.revive(job);
    else if (kind === 'promote') model.ready(job);
    else if (job.state === 'active') job.cancelAsked = true;
    else model.end(job, 'cancelled');
  }
  const id = randomKey();
  const at = model.time();
  model.operations.set(id, {
    id,
    kind,
    queue: queue.name,
    state: 'done',
    done: jobs.length,
    total: jobs.length,
    createdAt: at,
    finishedAt: at,
    problem: null,
  });
  return { status: 202, body: { operationId: id } };
}

function operation(model: Model, id: string) {
  const found = model.operations.get(id);
  if (found === undefined) throw new FakeProblem('not-found', `There is no operation ${id}`);
  return { status: 200, body: found };
}

function paused(model: Model, name: string, value: boolean) {
  const queue = model.ensure(name);
  queue.paused = value;
  return { status: 200, body: model.summary(queue) };
}

function detail(model: Model, queue: FakeQueue) {
  const config = { revision: revisionOf(queue.config), ...queue.config };
  return { status: 200, body: { ...model.summary(queue), config } };
}

/** 40 digits, like the gateway's. */
function revisionOf(config: FakeConfig): string {
  const text = JSON.stringify(config);
  return [1, 2, 3, 4, 5].map((start) => hash(text, start)).join('');
}

/** What is left out stays; null is the default again. */
function merged(old: unknown, patch: unknown, fallback: unknown): unknown {
  if (patch === undefined) return old;
  if (patch === null) return fallback ?? null;
  if (typeof patch !== 'object') return patch;
  const base = { ...(old as object | null) } as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    const own = (fallback as Record<string, unknown> | null)?.[key];
    base[key] = merged(base[key], value, own);
  }
  return base;
}

/** Ids, numbers and quoted texts tell deaths of the same kind apart for nothing. */
function normalised(message: string): string {
  return message.replaceAll(/"[^"]*"|'[^']*'/g, '…').replaceAll(/[0-9a-f]{8,}|\d+/gi, '…');
}

function groupOf({ reason, error }: FakeJob): string {
  const text = `${reason} ${error?.name} ${normalised(error?.message ?? '')}`;
  // FNV-1a, twice from different starts: 64 bits are many enough for a test's groups.
  return [0x811c9dc5, 0x01000193].map((start) => hash(text, start)).join('');
}

function hash(text: string, start: number): string {
  let value = start;
  for (const unit of text) value = Math.imul(value ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}

function group(first: FakeJob, rest: readonly FakeJob[]) {
  const last = rest.at(-1) ?? first;
  const { id, type, error, reason, queue } = first;
  const shown = error === null ? null : { name: error.name, message: normalised(error.message) };
  return {
    group: groupOf(first),
    queue,
    reason,
    error: shown,
    count: rest.length + 1,
    firstSeenAt: first.finishedAt,
    lastSeenAt: last.finishedAt,
    sample: { id, type, message: error?.message ?? null },
  };
}
