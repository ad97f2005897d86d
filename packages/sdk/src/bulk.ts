import type { EnqueueOutcome, Prepared } from './enqueue.ts';
import { RelayError } from './errors.ts';
import type { BulkAnswer, ProblemError } from './generated/contract.ts';
import { LIMITS } from './generated/limits.ts';
import { type CallOptions, type Http, mayPass } from './http.ts';
import { lineOf } from './problem-text.ts';
import { problemError } from './problems.ts';
import { backoff, sleep } from './retry.ts';

/** `{"jobs":[` and `]}`. */
const ENVELOPE_BYTES = 11;

/**
 * Sends prepared jobs in as few calls as their number and size allow, one after the other. An error
 * among the items is that item's outcome and passes by. When a call fails for good, so do the rest.
 */
export async function sendMany(
  http: Http,
  queue: string,
  items: readonly (Prepared | RelayError)[],
  { signal }: CallOptions = {},
): Promise<EnqueueOutcome[]> {
  const outcomes: EnqueueOutcome[] = items.map((item) =>
    item instanceof RelayError ? { ok: false, error: item } : NOT_SENT,
  );
  for (const chunk of chunks(items)) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- in order, and no burst at the gateway.
      await sendChunk(http, queue, { items, chunk, outcomes, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RelayError)) throw error;
      return outcomes.map((one) => (one === NOT_SENT ? { ok: false, error } : one));
    }
  }
  return outcomes;
}

const NOT_SENT: EnqueueOutcome = { ok: false, error: new RelayError('network', 'not sent') };

/** Indexes of the items that go together. */
function* chunks(items: readonly (Prepared | RelayError)[]): Generator<number[]> {
  const utf8 = new TextEncoder();
  let chunk: number[] = [];
  let size = ENVELOPE_BYTES;
  for (const [index, item] of items.entries()) {
    if (item instanceof RelayError) continue;
    const bytes = utf8.encode(item.text).length + 1;
    const full = chunk.length === LIMITS.bulkJobs || size + bytes > LIMITS.bulkBodyBytes;
    if (full && chunk.length > 0) {
      yield chunk;
      chunk = [];
      size = ENVELOPE_BYTES;
    }
    chunk.push(index);
    size += bytes;
  }
  if (chunk.length > 0) yield chunk;
}

interface Chunk extends CallOptions {
  readonly items: readonly (Prepared | RelayError)[];
  readonly chunk: readonly number[];
  readonly outcomes: EnqueueOutcome[];
}

/** An item that the store did not answer for is sent again, under its key. */
async function sendChunk(http: Http, queue: string, all: Chunk): Promise<void> {
  const { items, outcomes, signal } = all;
  const { retry } = http.options;
  const sent = all.chunk.flatMap((index) => {
    const item = items[index];
    return item === undefined || item instanceof RelayError ? [] : [{ index, ...item }];
  });
  const maxMs = Math.min(retry.maxMs, ...sent.map((item) => item.maxMs));
  const deadline = performance.now() + maxMs;
  let open = sent;
  for (let failures = 0; ; failures += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each try follows the failure of the last.
    const { results } = await http.json<BulkAnswer>({
      method: 'POST',
      path: `/v1/queues/${queue}/jobs/bulk`,
      body: `{"jobs":[${open.map(({ text }) => text).join()}]}`,
      signal,
      safe: true,
      maxMs: Math.max(0, deadline - performance.now()),
      has: 'results',
    });
    for (const [at, { index }] of open.entries())
      outcomes[index] = toOutcome(results[at], queue, at);
    open = open.filter(({ index }) => {
      const outcome = outcomes[index];
      return outcome?.ok === false && mayPass(outcome.error);
    });
    const wait = backoff(retry, failures);
    if (open.length === 0 || performance.now() + wait >= deadline) return;
    // oxlint-disable-next-line no-await-in-loop
    await sleep(wait, signal);
  }
}

function toOutcome(
  result: BulkAnswer['results'][number] | undefined,
  queue: string,
  at: number,
): EnqueueOutcome {
  if (result?.id !== undefined && result.state !== undefined) {
    const { id, state, duplicate = false, replicas } = result;
    const job = { id, queue, state, duplicate };
    return { ok: true, job: replicas === undefined ? job : { ...job, replicas } };
  }
  const { problem } = result ?? {};
  const { type = 'internal', status } = problem ?? {};
  const errors = (problem?.errors ?? []).map((one) => inJob(one, at));
  const message = lineOf({ detail: 'no answer for this job', ...problem, errors });
  return { ok: false, error: problemError(type, message, { status, errors }) };
}

/** A place in the job: where that stood in the request is no concern of who made it. */
function inJob(error: ProblemError, at: number): ProblemError {
  if (!('pointer' in error)) return error;
  const [, place] = new RegExp(`^/jobs/${at}(/.*|)$`, 's').exec(error.pointer) ?? [];
  return place === undefined ? error : { ...error, pointer: place };
}
