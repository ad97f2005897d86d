import { type Schemas, validated } from './definition.ts';
import { InputError, type RelayError } from './errors.ts';
import type { EnqueueAnswer, EnqueueRequest } from './generated/contract.ts';
import { LIMITS } from './generated/limits.ts';
import type { CallOptions, Http } from './http.ts';
import { exceeds, toJson } from './json.ts';
import { known } from './options.ts';

/** Options of a job; omitted ones have the queue's defaults. */
export interface JobOptions extends Omit<EnqueueRequest, 'type' | 'payload' | 'runAt'> {
  /** Not before. Excludes `delayMs`. Defaults to now. */
  readonly runAt?: string | Date;
}

/** Options of a job, and of the call. */
export interface EnqueueOptions extends JobOptions, CallOptions {}

/** One of many jobs. */
export type JobInput<Jobs> = {
  [T in keyof Jobs & string]: JobOptions & { readonly type: T; readonly payload: Jobs[T] };
}[keyof Jobs & string];

/** What became of one of many jobs. */
export type EnqueueOutcome =
  | { readonly ok: true; readonly job: EnqueueAnswer }
  | { readonly ok: false; readonly error: RelayError };

const OPTIONS = [
  'priority',
  'delayMs',
  'runAt',
  'idempotencyKey',
  'idempotencyWindowMs',
  'maxAttempts',
  'maxCrashes',
  'backoff',
  'timeoutMs',
  'expiresInMs',
  'durability',
  'headers',
];

/** Of automatic keys: longer than retries may take, short since each key costs memory. */
const AUTOMATIC_WINDOW_MS = 120_000;

/** A request that is ready to be sent. */
export interface Prepared {
  /** JSON, the same at every try. */
  readonly text: string;
  /** For how long it may be tried again: its key must outlive that by far. */
  readonly maxMs: number;
}

/**
 * An enqueue request, sent unchanged at every try under a key of its own.
 *
 * @throws {InputError | OptionsError}
 */
export async function prepare(
  { type, payload, ...options }: { readonly type: string; readonly payload: unknown } & JobOptions,
  schemas: Schemas | undefined,
): Promise<Prepared> {
  known('enqueue', options, OPTIONS);
  const json = toJson(payload, `the payload of ${type}`);
  // Sent as it was given: its handler's side applies the validator's changes, once.
  if (schemas !== undefined) await validated(schemas, type, payload);
  const key: Pick<EnqueueRequest, 'idempotencyKey' | 'idempotencyWindowMs'> =
    options.idempotencyKey === undefined
      ? { idempotencyKey: randomKey(), idempotencyWindowMs: AUTOMATIC_WINDOW_MS }
      : {};
  const head = toJson({ type, ...options, ...key }, 'the options');
  const text = `${head.slice(0, -1)},"payload":${json}}`;
  const windowMs = key.idempotencyWindowMs ?? options.idempotencyWindowMs;
  const maxMs = (windowMs ?? AUTOMATIC_WINDOW_MS) / 2;
  if (!exceeds(text, LIMITS.bodyBytes)) return { text, maxMs };
  throw new InputError('the job is too large', [
    { pointer: '/payload', detail: `leaves no room for the options in ${LIMITS.bodyBytes} bytes` },
  ]);
}

/**
 * At least 122 random bits, in hexadecimal. `randomUUID` is the fastest, and missing in browsers
 * without https.
 */
export function randomKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID().replaceAll('-', '');
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sends one prepared job. */
export function sendOne(
  http: Http,
  queue: string,
  { text: body, maxMs, signal }: Prepared & CallOptions,
): Promise<EnqueueAnswer> {
  return http.json({
    method: 'POST',
    path: `/v1/queues/${queue}/jobs`,
    body,
    maxMs,
    signal,
    safe: true,
    has: 'id',
  });
}
