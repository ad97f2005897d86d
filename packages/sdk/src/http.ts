import { AnswerError, NetworkError, RelayError } from './errors.ts';
import type { Problem } from './generated/contract.ts';
import type { RelayHooks } from './hooks.ts';
import { lineOf } from './problem-text.ts';
import { problemError } from './problems.ts';
import { backoff, type RetryPolicy, sleep } from './retry.ts';

/** Options of every call. */
export interface CallOptions {
  /**
   * Aborts the call, including the wait between two attempts; it rejects with the signal's reason.
   * Defaults to none.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The part of the global `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpOptions {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly hooks: RelayHooks;
}

export interface Call extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: object | undefined;
  /** JSON text, the same at every try. */
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** May be repeated when it is not known whether it was done. Defaults to that of a GET. */
  readonly safe?: boolean;
  /** How long the gateway was asked to wait, on top of `timeoutMs`. */
  readonly waitMs?: number;
  /** Of one try; less than the client's. */
  readonly timeoutMs?: number;
  /** Less than the policy's. */
  readonly maxMs?: number;
  /** A field that each answer has: what has it not comes from somebody else. */
  readonly has?: string;
}

/** An answer, and which try it was given to, from 1. */
export interface Answer<T> {
  readonly attempt: number;
  readonly body: T;
  readonly headers: Headers;
}

/** What may pass by itself; a full queue or store takes longer than a retry may. */
const PASSING = new Set(['timeout', 'rate-limited', 'internal', 'store-unavailable', 'network']);
/** From a proxy, which has no problem documents. */
const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/** Requests to one gateway: tries, waits, and turns answers into values or errors. */
export class Http {
  readonly options: HttpOptions;

  constructor(options: HttpOptions) {
    this.options = options;
  }

  async json<T>(call: Call): Promise<T> {
    return (await this.answer<T>(call)).body;
  }

  /** @throws {RelayError} */
  async answer<T>(call: Call): Promise<Answer<T>> {
    const { retry } = this.options;
    const deadline = performance.now() + Math.min(retry.maxMs, call.maxMs ?? retry.maxMs);
    for (let attempt = 1; ; attempt += 1) {
      call.signal?.throwIfAborted();
      try {
        // oxlint-disable-next-line no-await-in-loop -- each try follows the failure of the last.
        return await this.#try(call, attempt, deadline, async (response) => ({
          attempt,
          headers: response.headers,
          body: (await readBody(response, this.options.url, call.has)) as T,
        }));
      } catch (error) {
        call.signal?.throwIfAborted();
        const wait = Math.max(backoff(retry, attempt - 1), retryAfterOf(error));
        if (!mayRepeat(error, call) || performance.now() + wait >= deadline) throw error;
        // oxlint-disable-next-line no-await-in-loop
        await sleep(wait, call.signal);
      }
    }
  }

  /** One try, whose body the caller reads. @throws {RelayError} */
  open(call: Call): Promise<Response> {
    return this.#try(call, 1, Number.POSITIVE_INFINITY, async (response) => response);
  }

  async #try<T>(
    call: Call,
    attempt: number,
    deadline: number,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const { url, hooks } = this.options;
    const target = url + call.path + queryOf(call.query);
    const plain = this.#headers(call);
    // `Headers` only for who looks at them: it costs a tenth of a request.
    const headers = hooks.onRequest || hooks.onResponse ? new Headers(plain) : undefined;
    const info = headers && { method: call.method, url: target, attempt, headers };
    if (info !== undefined) hooks.onRequest?.(info);
    const startedAt = performance.now();
    const tell = (outcome: object): void => {
      if (info === undefined) return;
      hooks.onResponse?.({ ...info, ...outcome, durationMs: performance.now() - startedAt });
    };
    let sent: { value: T; status: number; requestId: string | undefined };
    try {
      sent = await this.#send(call, target, headers ?? plain, deadline, read);
    } catch (cause) {
      const error = cause instanceof RelayError ? cause : this.#unanswered(call, cause);
      tell({ error, status: error.status, requestId: error.requestId });
      throw error;
    }
    tell({ status: sent.status, requestId: sent.requestId });
    return sent.value;
  }

  async #send<T>(
    { method, body, signal, waitMs = 0, timeoutMs = this.options.timeoutMs }: Call,
    target: string,
    headers: Headers | Record<string, string>,
    deadline: number,
    read: (response: Response) => Promise<T>,
  ): Promise<{ value: T; status: number; requestId: string | undefined }> {
    const { fetch: send } = this.options;
    // A stream ends when its reader likes. Each try has its whole time, so that `maxMs: 0` works.
    const isStream = deadline === Number.POSITIVE_INFINITY;
    const limit = isStream ? undefined : AbortSignal.timeout(timeoutMs + waitMs);
    const both = signal && limit ? AbortSignal.any([signal, limit]) : (signal ?? limit);
    const response = await send(target, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(both === undefined ? {} : { signal: both }),
    });
    const { status, ok } = response;
    // A look at the headers costs a hundredth of a request: only for who is told of it.
    const { onResponse } = this.options.hooks;
    const requestId =
      ok && !onResponse ? undefined : (response.headers.get('x-request-id') ?? undefined);
    if (!ok) throw await refusal(response, this.options.url, requestId);
    return { value: await read(response), status, requestId };
  }

  #headers({ body, headers }: Call): Record<string, string> {
    const { apiKey } = this.options;
    return {
      accept: 'application/json',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
  }

  #unanswered(call: Call, cause: unknown): RelayError {
    const { url } = this.options;
    const { method, path, waitMs = 0, timeoutMs = this.options.timeoutMs } = call;
    // Node has the cause in the cause, and an empty message where several addresses were tried. A
    // DOMException need not be an Error.
    const { name, message, cause: inner } = cause as Partial<Error>;
    const said = (inner as Partial<Error> | undefined)?.message || message || name || String(cause);
    const why = name === 'TimeoutError' ? `none within ${timeoutMs + waitMs} ms` : said;
    return new NetworkError(`no answer from ${url} to ${method} ${path}: ${why}`, { cause });
  }
}

/** Whether the same request may work a moment later. */
export function mayPass(error: unknown): error is RelayError {
  if (!(error instanceof RelayError)) return false;
  return error.code === 'not-relay'
    ? PASSING_STATUS.has(error.status ?? 0)
    : PASSING.has(error.code);
}

function mayRepeat(error: unknown, { safe, method }: Call): boolean {
  // A request that was turned away at the door was not done.
  return mayPass(error) && ((safe ?? method === 'GET') || error.code === 'rate-limited');
}

function retryAfterOf(error: unknown): number {
  return error instanceof RelayError ? (error.retryAfterMs ?? 0) : 0;
}

/** `a=1&b=2&b=3`; what is undefined is left out. */
function queryOf(query: object | undefined): string {
  if (query === undefined) return '';
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined)
        params.append(key, one instanceof Date ? one.toISOString() : String(one));
    }
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

async function readBody(response: Response, url: string, has?: string): Promise<unknown> {
  if (response.status === 204 && has === undefined) return undefined;
  const body = parse(await response.text());
  // Whatever answers 200 to everything must not be taken for a job that was accepted.
  if (typeof body === 'object' && body !== null) {
    if (has === undefined ? !Array.isArray(body) : has in body) return body;
  }
  throw strange(response, url);
}

async function refusal(
  response: Response,
  url: string,
  requestId: string | undefined,
): Promise<RelayError> {
  const body = parse(await response.text()) as Partial<Problem> | null | undefined;
  if (typeof body?.type !== 'string') return strange(response, url);
  const errors = Array.isArray(body.errors) ? body.errors : [];
  const { status } = response;
  const details = { status, requestId, errors, retryAfterMs: waitOf(response) };
  return problemError(body.type, lineOf({ ...body, errors }), details);
}

function strange(response: Response, url: string): AnswerError {
  const { status } = response;
  const type = response.headers.get('content-type') ?? 'no content';
  return new AnswerError(
    'not-relay',
    `${url} answered ${status} with ${type}, not Relay's API: check the url`,
    { status, retryAfterMs: waitOf(response) },
  );
}

/** `Retry-After`: seconds, or a date. */
function waitOf({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Undefined: no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
