import type { EnqueueRequest, EnqueueResult, QueueSettingsPatch } from '../../src/index.ts';
import type { ReferenceQueue } from './reference.ts';
import { DEFAULTS, newJob } from './reference-job.ts';

const DEFAULT_WINDOW_MS = 86_400_000;

export type ExpectedEnqueue = EnqueueResult | 'idempotency-mismatch' | 'queue-full';

/**
 * Accepts jobs, each with its own answer, as if one by one.
 *
 * @param ids what the broker called the jobs that it accepted, by position.
 */
export function enqueue(
  queue: ReferenceQueue,
  requests: readonly EnqueueRequest[],
  ids: readonly (string | undefined)[],
): ExpectedEnqueue[] {
  return requests.map((request, index) => {
    const answer = enqueueOne(queue, request, ids[index] ?? 'unknown');
    queue.note(describe(answer));
    return answer;
  });
}

function describe(answer: ExpectedEnqueue): string {
  if (typeof answer === 'string') return `enqueue refused: ${answer}`;
  if (!answer.duplicate) return `enqueue: ${answer.state}`;
  return `enqueue: duplicate${answer.state === 'gone' ? ' of a job that is gone' : ''}`;
}

function enqueueOne(queue: ReferenceQueue, request: EnqueueRequest, id: string): ExpectedEnqueue {
  const { idempotencyKey: key, idempotencyWindowMs: windowMs = DEFAULT_WINDOW_MS } = request;
  const known = key === undefined ? undefined : queue.keys.get(key);
  if (known !== undefined) {
    if (known.fingerprint !== fingerprintOf(request)) return 'idempotency-mismatch';
    return { id: known.id, state: queue.jobs.get(known.id)?.state ?? 'gone', duplicate: true };
  }
  const { maxReady, defaults } = queue.settings;
  if (maxReady !== null && queue.size('ready') + queue.size('scheduled') >= maxReady)
    return 'queue-full';

  const dueAt = Math.max(queue.now, request.runAt ?? queue.now + (request.delayMs ?? 0));
  const job = newJob({
    id,
    type: request.type ?? 'default',
    priority: request.priority ?? 0,
    payload: request.payload,
    maxAttempts: request.maxAttempts ?? defaults.maxAttempts,
    maxCrashes: request.maxCrashes ?? defaults.maxCrashes,
    backoff:
      request.backoff === undefined
        ? defaults.backoff
        : { ...DEFAULTS.backoff, ...request.backoff },
    timeoutMs: request.timeoutMs ?? null,
    expiresInMs: request.expiresInMs ?? null,
    headers: request.headers ?? {},
    idempotencyKey: key ?? null,
    createdAt: queue.now,
    dueAt,
  });
  queue.jobs.set(id, job);
  queue.count('enqueued');
  if (dueAt > queue.now) queue.toScheduled(job, dueAt);
  else queue.toReady(job, 'last');
  if (key !== undefined) {
    queue.keys.set(key, {
      fingerprint: fingerprintOf(request),
      id,
      windowMs,
      expiresAt: queue.now + windowMs,
    });
  }
  return { id, state: job.state, duplicate: false };
}

/** Type, payload and options; not the headers, which differ on a retry. */
function fingerprintOf(request: EnqueueRequest): string {
  const filled = { type: 'default', priority: 0, ...request, headers: null };
  return JSON.stringify(Object.entries(filled).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is left out stays, null takes a setting away. */
export function configure(queue: ReferenceQueue, patch: QueueSettingsPatch): void {
  const { settings } = queue;
  const { rateLimit, concurrency, maxReady, defaults = {}, retention = {} } = patch;
  if (rateLimit !== undefined)
    settings.rateLimit = rateLimit && { burst: rateLimit.rate, ...rateLimit };
  if (concurrency !== undefined) settings.concurrency = concurrency;
  if (maxReady !== undefined) settings.maxReady = maxReady;
  if (defaults.maxAttempts !== undefined)
    settings.defaults.maxAttempts = defaults.maxAttempts ?? DEFAULTS.maxAttempts;
  if (defaults.maxCrashes !== undefined)
    settings.defaults.maxCrashes = defaults.maxCrashes ?? DEFAULTS.maxCrashes;
  if (defaults.backoff !== undefined)
    settings.defaults.backoff = { ...DEFAULTS.backoff, ...defaults.backoff };
  for (const place of ['completed', 'dead'] as const) {
    const { maxAgeMs, maxCount } = retention[place] ?? {};
    if (maxAgeMs !== undefined) settings.retention[place].maxAgeMs = maxAgeMs;
    if (maxCount !== undefined) settings.retention[place].maxCount = maxCount;
  }
  queue.version++;
}

export function setPaused(queue: ReferenceQueue, paused: boolean): void {
  queue.settings.paused = paused;
  queue.version++;
}
