import type { EnqueueOutcome, EnqueueRequest as StoreRequest } from '@relay/broker';
import { type BulkResult, enqueueRequest } from '@relay/contract';
import { sendSpan, type TraceHeaders } from '@relay/tracing';
import type { Handlers } from '../http/endpoint.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { problemOf } from '../http/problem-of.ts';
import { check, validation } from '../http/validate.ts';
import type { JobMetrics } from '../metrics/job-metrics.ts';
import type { JobStore } from '../store.ts';
import { toJob, toSummary } from '../views.ts';
import { toStoreRequest, traceOf } from './enqueue-request.ts';

type JobHandlers = Pick<Handlers, 'enqueueJob' | 'enqueueJobs' | 'listJobs' | 'getJob'>;

/** Routes about single jobs. */
export function jobHandlers(store: JobStore, metrics: JobMetrics): JobHandlers {
  return {
    async enqueueJob({ params: { queue }, body, header }) {
      const idempotencyKey = header('idempotency-key');
      const result = await sendSpan({ queue, from: traceOf(header) }, (trace) => {
        const request = toStoreRequest(body, { idempotencyKey, trace });
        return metrics.watchEnqueue(queue, () => store.enqueue(queue, request));
      });
      return {
        status: result.duplicate ? 200 : 201,
        body: { queue, ...result },
        headers: { Location: `/v1/queues/${queue}/jobs/${result.id}` },
      };
    },

    async enqueueJobs({ params: { queue }, body, header }) {
      if (header('idempotency-key') !== undefined) {
        throw validation([
          { parameter: 'Idempotency-Key', detail: 'cannot name many jobs: give each its own key' },
        ]);
      }
      const sending = { queue, from: traceOf(header), count: body.jobs.length };
      const results = await sendSpan(sending, async (trace) => {
        const items = body.jobs.map((job, index) => prepare(job, index, trace));
        const requests = items.filter(isSendable);
        const outcomes = requests.length === 0 ? [] : await store.enqueueMany(queue, requests);
        return merge(items, outcomes);
      });
      metrics.countBulk(queue, results);
      return { status: 200, body: { results, ...totals(results) } };
    },

    async listJobs({ params: { queue }, query: { state, ...options } }) {
      const page = await store.list(queue, state, options);
      return {
        status: 200,
        body: { items: page.items.map(toSummary), nextCursor: page.nextCursor },
      };
    },

    async getJob({ params: { queue, id } }) {
      const job = await store.job(queue, id);
      if (job === null) throw new HttpProblem('not-found', `Queue "${queue}" has no job ${id}`);
      return { status: 200, body: toJob(job) };
    },
  };
}

/** One item of a bulk call: what to send, or why not. */
type Item = StoreRequest | HttpProblem;

function isSendable(item: Item): item is StoreRequest {
  return !(item instanceof HttpProblem);
}

function prepare(job: unknown, index: number, trace: TraceHeaders): Item {
  const pointer = `/jobs/${index}`;
  try {
    const request = check(enqueueRequest, job, { in: 'body', pointer });
    return toStoreRequest(request, { idempotencyKey: undefined, trace });
  } catch (error) {
    if (error instanceof HttpProblem) return error;
    throw error;
  }
}

/** The answers in the order of the request: those that were refused here, the others as the store said. */
function merge(items: readonly Item[], outcomes: readonly EnqueueOutcome[]): BulkResult[] {
  let sent = 0;
  return items.map((item, index) => {
    if (item instanceof HttpProblem) return refused(index, item);
    const outcome = outcomes[sent++];
    if (outcome === undefined)
      throw new TypeError('the store answered fewer jobs than it was given');
    if (!outcome.ok) return refused(index, problemOf(outcome.error, `/jobs/${index}`));
    return { index, status: outcome.result.duplicate ? 200 : 201, ...outcome.result };
  });
}

function refused(index: number, problem: HttpProblem): BulkResult {
  return { index, status: problem.status, problem: problem.toItem() };
}

function totals(results: readonly BulkResult[]) {
  return {
    created: results.filter(({ status }) => status === 201).length,
    duplicates: results.filter(({ status }) => status === 200).length,
    failed: results.filter(({ status }) => status >= 400).length,
  };
}
