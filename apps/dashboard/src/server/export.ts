import { setTimeout as delay } from 'node:timers/promises';
import { type JobPage, NAME_PATTERN } from '@relay/contract';
import { authOfProcess } from './auth/auth.ts';
import type { DashboardConfig } from './config.ts';
import { problemResponse } from './problem.ts';
import { redact } from './redaction.ts';
import { unanswered } from './unanswered.ts';

/** Jobs that are listed at once, and of these how many are read at once. */
const PAGE = 200;
const AT_ONCE = 8;
const TIMEOUT_MS = 10_000;
/** How often a busy gateway is asked again, and how long at most is waited in between, in ms. */
const TRIES = 5;
const LONGEST_WAIT_MS = 10_000;
const GROUP = /^[0-9a-f]{16}$/;

/**
 * All dead letters of a group, a job with its payload a line (NDJSON), newest first. They are read
 * as fast as the browser takes them, eight at a time, so the memory that is used does not depend on
 * how many there are. A gateway that goes away in the middle breaks the download off: the browser
 * says that it failed.
 */
export async function exportDeadLetters(
  request: Request,
  config: DashboardConfig,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const auth = authOfProcess();
  const visitor = auth?.visitor(request.headers);
  if (auth !== null && visitor === undefined) {
    return problemResponse('login-required', 'Your session has ended: log in again.', pathname);
  }
  if (visitor?.identity.permissions.includes('jobs.read') === false) {
    return problemResponse('role-forbidden', 'Your role may not read jobs.', pathname);
  }
  const queue = searchParams.get('queue') ?? '';
  const group = searchParams.get('group') ?? '';
  if (!NAME_PATTERN.test(queue) || !GROUP.test(group)) {
    return problemResponse('not-found', 'There is no such group of dead letters.', pathname);
  }
  const isGood = () => auth === null || visitor === undefined || auth.isGood(visitor.token);
  const reader = new Reader(config, request.signal, isGood);
  const lines = linesOf(reader, queue, group);
  // The first piece before the status: what is wrong from the beginning is said as such.
  let first: IteratorResult<string>;
  try {
    first = await lines.next();
  } catch (error) {
    if (error instanceof RefusedError) return refusal(error, pathname);
    const detail = 'Nobody answers at its address.';
    return unanswered(request, { kind: 'gateway-unavailable', path: pathname, detail, error });
  }
  return new Response(streamOf(first, lines), {
    headers: {
      'Content-Type': 'application/x-ndjson; charset=utf-8',
      'Content-Disposition': `attachment; filename="dead-letters-${queue}-${group}.ndjson"`,
      'Cache-Control': 'no-store, no-transform',
    },
  });
}

/** The gateway said no. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code = 'REFUSED';
  readonly status: number;
  readonly text: string;

  constructor(status: number, text: string) {
    super(`The gateway answers ${status}`);
    this.status = status;
    this.text = text;
  }
}

function refusal({ status, text }: RefusedError, pathname: string): Response {
  if (status === 404) return problemResponse('not-found', 'There is no such queue.', pathname);
  return new Response(text, { status, headers: { 'Content-Type': 'application/problem+json' } });
}

function streamOf(
  first: IteratorResult<string>,
  lines: AsyncGenerator<string, void>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: IteratorResult<string> | undefined = first;
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = next ?? (await lines.next());
        next = undefined;
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await lines.return();
      },
    },
    { highWaterMark: 1 },
  );
}

/** A few lines at a time. */
async function* linesOf(
  reader: Reader,
  queue: string,
  group: string,
): AsyncGenerator<string, void> {
  const base = `/v1/queues/${encodeURIComponent(queue)}`;
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({ group, limit: String(PAGE) });
    if (cursor !== null) query.set('cursor', cursor);
    // oxlint-disable no-await-in-loop -- a page names the next; memory is bounded by reading in turn.
    const page = JSON.parse(await reader.read(`${base}/dead-letters?${query}`)) as JobPage;
    for (let from = 0; from < page.items.length; from += AT_ONCE) {
      const jobs = await Promise.all(
        page.items
          .slice(from, from + AT_ONCE)
          .map(({ id }) => reader.find(`${base}/jobs/${encodeURIComponent(id)}`)),
      );
      // Somebody may have sent one back, or thrown it away, in the meantime.
      const text = jobs.flatMap((job) => (job === undefined ? [] : [lineOf(job)])).join('');
      if (text !== '') yield text;
    }
    // oxlint-enable no-await-in-loop
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** A payload keeps its bytes, and with them breaks between its fields; within texts there are none. */
function lineOf(job: string): string {
  return `${job.replaceAll(/[\r\n]+/g, ' ')}\n`;
}

/** Reads from the gateway with the dashboard's key, and waits when there are too many requests. */
class Reader {
  readonly #config: DashboardConfig;
  readonly #signal: AbortSignal;
  readonly #isGood: () => boolean;

  constructor(config: DashboardConfig, signal: AbortSignal, isGood: () => boolean) {
    this.#config = config;
    this.#signal = signal;
    this.#isGood = isGood;
  }

  /** Undefined: there is no such thing any more. */
  async find(path: string): Promise<string | undefined> {
    try {
      return await this.read(path);
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** @throws RefusedError */
  async read(path: string): Promise<string> {
    const { apiUrl, apiKey, redact: hidden } = this.#config;
    // Breaks the download off, so that nobody takes a part for the whole.
    if (!this.#isGood()) throw new RefusedError(401, '');
    for (let tries = 1; ; tries += 1) {
      // oxlint-disable no-await-in-loop -- one try after the other.
      const answer = await fetch(`${apiUrl}${path}`, {
        headers: {
          'User-Agent': 'relay-dashboard',
          ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
        },
        cache: 'no-store',
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const text = await answer.text();
      if (answer.ok) return redact(text, hidden);
      if (answer.status !== 429 || tries === TRIES) throw new RefusedError(answer.status, text);
      await delay(waitOf(answer), undefined, { signal: this.#signal });
      // oxlint-enable no-await-in-loop
    }
  }
}

function waitOf(answer: Response): number {
  const seconds = Number(answer.headers.get('retry-after') ?? 1);
  return Math.min(LONGEST_WAIT_MS, Number.isFinite(seconds) ? seconds * 1_000 : 1_000);
}
