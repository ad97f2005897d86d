import { setTimeout as delay } from 'node:timers/promises';
import {
  type EnqueueAnswer,
  type EnqueueRequest,
  enqueueAnswer,
  type Job,
  type JobPage,
  type JobState,
  job,
  jobPage,
  problem,
} from '@relay/contract';
import { messageOf } from '@relay/service-kit';
import type { z } from 'zod';

/** A single try; the gateway answers within two seconds even when Redis is away. */
const TRY_MS = 10_000;
const LONGEST_PAUSE_MS = 2_000;
const PAGE_SIZE = 200;
/** Too slow, too many, or the service is not there at the moment: the same request may work later. */
const WORTH_A_RETRY = new Set([408, 429, 500, 502, 503, 504]);

/** The API refused, or did not answer for as long as we were willing to try. */
class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: 'refused' | 'unreachable';
  /** Null when there was no answer. */
  readonly status: number | null;

  constructor(message: string, { status, ...options }: ErrorOptions & { status: number | null }) {
    super(message, options);
    this.status = status;
    this.code = status === null || WORTH_A_RETRY.has(status) ? 'unreachable' : 'refused';
  }
}

export interface ApiOptions {
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** Ends every request and every wait between two. */
  readonly signal: AbortSignal;
  /** For how long a request is tried again. Defaults to 60,000. */
  readonly retryForMs?: number;
  /** Defaults to the global one. */
  readonly fetch?: typeof fetch;
  /** Told of every try that is going to be repeated. */
  readonly onRetry?: (reason: string) => void;
}

export interface ListOptions {
  readonly state: JobState;
  readonly cursor?: string | undefined;
}

interface Request<T extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly answer: T;
  readonly body?: string;
}

/**
 * The part of Relay's HTTP API that the demo needs. Every call is safe to repeat (an enqueue carries
 * an idempotency key), so every call is repeated until it is answered or the time is over.
 */
export class RelayApi {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** @throws {ApiError} */
  async enqueue(queue: string, request: EnqueueRequest): Promise<EnqueueAnswer> {
    const body = JSON.stringify(request);
    return await this.#call({
      method: 'POST',
      path: `${at(queue)}/jobs`,
      answer: enqueueAnswer,
      body,
    });
  }

  /** A page of jobs in one state, the newest first. @throws {ApiError} */
  async list(queue: string, { state, cursor }: ListOptions): Promise<JobPage> {
    const query = new URLSearchParams({ state, order: 'desc', limit: String(PAGE_SIZE) });
    if (cursor !== undefined) query.set('cursor', cursor);
    return await this.#call({
      method: 'GET',
      path: `${at(queue)}/jobs?${query.toString()}`,
      answer: jobPage,
    });
  }

  /** Undefined when there is no such job. @throws {ApiError} */
  async job(queue: string, id: string): Promise<Job | undefined> {
    try {
      return await this.#call({ method: 'GET', path: `${at(queue)}/jobs/${id}`, answer: job });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #call<T extends z.ZodType>(request: Request<T>): Promise<z.output<T>> {
    const { signal, retryForMs = 60_000, onRetry } = this.#options;
    const deadline = performance.now() + retryForMs;
    for (let pause = 50; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      signal.throwIfAborted();
      // oxlint-disable-next-line no-await-in-loop -- each try follows the failure of the last.
      const outcome = await this.#try(request);
      if (!(outcome instanceof Failure)) return outcome.value;
      // Half of it by chance, so that many requests refused at once do not come back at once.
      const wait = outcome.retryAfterMs ?? pause / 2 + Math.random() * (pause / 2);
      const late = performance.now() + wait > deadline;
      if (outcome.error.code === 'refused' || late) throw outcome.error;
      onRetry?.(outcome.error.message);
      // oxlint-disable-next-line no-await-in-loop
      await delay(wait, undefined, { signal });
    }
  }

  async #try<T extends z.ZodType>(request: Request<T>): Promise<Success<z.output<T>> | Failure> {
    const { url, apiKey, signal, fetch: send = fetch } = this.#options;
    const { method, path, answer, body } = request;
    const what = `${method} ${path}`;
    let response: Response;
    let json: unknown;
    try {
      response = await send(new URL(path, url), {
        method,
        headers: {
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]),
      });
      // An answer that is cut off is no answer.
      json = await readJson(response);
    } catch (error) {
      signal.throwIfAborted();
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return new Failure(
        new ApiError(`${what}: no answer from ${url}: ${messageOf(cause)}`, {
          status: null,
          cause: error,
        }),
      );
    }
    if (!response.ok) return refusal(what, response, json);
    const parsed = answer.safeParse(json);
    if (parsed.success) return new Success(parsed.data);
    const { status } = response;
    const detail = messageOf(parsed.error);
    return new Failure(
      new ApiError(`${what}: the answer is not what was agreed: ${detail}`, { status }),
    );
  }
}

class Success<T> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
}

class Failure {
  readonly error: ApiError;
  readonly retryAfterMs: number | undefined;
  constructor(error: ApiError, retryAfterMs?: number) {
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

function at(queue: string): string {
  return `/v1/queues/${queue}`;
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    // A proxy's page, for instance: the status says what is to be said.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refusal(what: string, response: Response, json: unknown): Failure {
  const parsed = problem.safeParse(json);
  const detail = parsed.success ? parsed.data.detail : response.statusText;
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new Failure(
    new ApiError(`${what}: ${response.status} ${detail}`, { status: response.status }),
    Number.isFinite(seconds) ? Math.min(seconds * 1_000, 10_000) : undefined,
  );
}
