import type { Problem } from '@relay/contract';
import { reportAnswer, reportSilence } from './connection.ts';
import { API_PREFIX } from './paths.ts';
import { reportSessionEnded, sessionState } from './session-state.ts';

/** Later than the server's own time limit, so that its explanation arrives first. */
const TIMEOUT_MS = 15_000;
/** No answer makes us silent for longer. */
const LONGEST_PAUSE_MS = 60_000;

type Described = Pick<Problem, 'status' | 'title' | 'detail' | 'type' | 'errors'>;

/** An answer that is no success, or none at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0: no answer. */
  readonly status: number;
  /** The end of the problem's type, for instance `not-found`. */
  readonly code: string;
  readonly title: string;
  /** What is wrong with which field of what was sent, by JSON pointer. */
  readonly faults: ReadonlyMap<string, string>;
  /** When to try again, in ms, if the answer said so. */
  readonly retryAfterMs: number | undefined;

  constructor({ status, title, detail, type, errors = [] }: Described, retryAfterMs?: number) {
    super(detail);
    this.status = status;
    this.title = title;
    this.code = type.slice(type.lastIndexOf('/') + 1);
    this.retryAfterMs = retryAfterMs;
    this.faults = new Map(
      errors.flatMap((each) => ('pointer' in each ? [[each.pointer, each.detail]] : [])),
    );
  }

  /** Whether the system is away, rather than the request wrong. */
  get isOutage(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

/** What a query has read, or why not. */
export interface Read<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

/** The same of a thing that may be deleted by others. */
export interface ReadWhileThere<Data> extends Read<Data> {
  /** What was read last of a thing that is no more: for the forms in which somebody still types. */
  readonly gone: Data | undefined;
}

/** What was deleted while it was open is not shown as if it still were. */
export function unlessGone<Data>({ data, error, refetch }: Read<Data>): ReadWhileThere<Data> {
  const gone = error instanceof ApiError && error.status === 404;
  return { data: gone ? undefined : data, gone: gone ? data : undefined, error, refetch };
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A value, sent as JSON. */
  readonly body?: unknown;
  /** JSON text, sent as the bytes it is: numbers keep their digits. */
  readonly text?: string;
  readonly signal?: AbortSignal;
}

/**
 * Calls the gateway through our own server and returns the answer's text.
 *
 * @throws {ApiError} with the gateway's problem document, `login-required`, or `no-answer`.
 */
export async function callText(path: string, options: CallOptions = {}): Promise<string> {
  // It would be refused; the page asks for a login already.
  if (sessionState().ended) throw sessionEnded();
  const waitMs = notBefore - Date.now();
  if (waitMs > 0) throw tooMany(waitMs);
  try {
    return await callOwn(`${API_PREFIX}${path}`, options);
  } catch (error) {
    if (error instanceof ApiError) takeNote(error);
    throw error;
  }
}

/** The gateway's limit is that of the dashboard's key: whatever comes before this time is refused. */
let notBefore = 0;

function takeNote({ code, retryAfterMs = 0 }: ApiError): void {
  if (code === 'login-required') reportSessionEnded();
  if (code === 'rate-limited') {
    notBefore = Math.max(notBefore, Date.now() + Math.min(retryAfterMs, LONGEST_PAUSE_MS));
  }
}

function tooMany(waitMs: number): ApiError {
  const detail = `The gateway is rate limiting. Try again in ${Math.ceil(waitMs / 1_000)} s.`;
  return new ApiError({ status: 429, title: 'Too many requests', detail, type: 'paused' }, waitMs);
}

/**
 * Calls our own server and returns the answer's text.
 *
 * @throws {ApiError} with its problem document, or `no-answer`.
 */
export async function callOwn(path: string, options: CallOptions = {}): Promise<string> {
  const {
    method = 'GET',
    body,
    text = body === undefined ? undefined : JSON.stringify(body),
  } = options;
  const late = AbortSignal.timeout(TIMEOUT_MS);
  let answer: Response;
  let content: string;
  try {
    answer = await fetch(path, {
      method,
      signal: options.signal === undefined ? late : AbortSignal.any([options.signal, late]),
      headers: {
        ...(method === 'GET' ? {} : { 'X-Relay-Dashboard': '1' }),
        ...(text === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(text === undefined ? {} : { body: text }),
    });
    content = await answer.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    reportSilence('The dashboard’s own server does not answer.');
    throw noAnswer('The dashboard’s own server does not answer.');
  }
  if (answer.ok) {
    reportAnswer();
    return content;
  }
  const failure = failureOf(answer, content);
  if (failure.isOutage) reportSilence(failure.title);
  else reportAnswer();
  throw failure;
}

/** The same, parsed. What a route answers is the contract's business, which the gateway's tests hold. */
export async function call<T>(path: string, options?: CallOptions): Promise<T> {
  const text = await callText(path, options);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function failureOf(answer: Response, content: string): ApiError {
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined;
  if (!answer.headers.get('content-type')?.includes('problem+json')) {
    const title = `Status ${answer.status}`;
    return new ApiError(
      { status: answer.status, title, detail: title, type: 'unknown' },
      retryAfterMs,
    );
  }
  return new ApiError(inOurWords(JSON.parse(content) as Problem, retryAfterMs), retryAfterMs);
}

/** The gateway's store is Redis, and a limit says when it lets the next one through. */
function inOurWords(problem: Problem, retryAfterMs: number | undefined): Problem {
  const { type, status, title, detail } = problem;
  if (/store-(unavailable|full)$/.test(type)) {
    return { ...problem, title: title.replace('The store', 'Redis'), detail: `Redis: ${detail}` };
  }
  if (status !== 429 || retryAfterMs === undefined || /Try again/.test(detail)) return problem;
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return { ...problem, detail: `${detail.replace(/\.$/, '')}. Try again in ${seconds} s.` };
}

function sessionEnded(): ApiError {
  const detail = 'Your session has ended: log in, then try again.';
  return new ApiError({ status: 401, title: 'Login required', detail, type: 'login-required' });
}

function noAnswer(detail: string): ApiError {
  return new ApiError({ status: 0, title: 'No answer', detail, type: 'no-answer' });
}
