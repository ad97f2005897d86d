import { createHash } from 'node:crypto';
import type { ValidationError } from './errors.ts';
import { Issues, isWellFormed, NAME_PATTERN } from './names.ts';
import type { Backoff, EnqueueRequest } from './types.ts';

/** Bounds of what a job may carry, in bytes of UTF-8 unless named otherwise. */
export const LIMITS = {
  payloadBytes: 1_048_576,
  resultBytes: 65_536,
  progressBytes: 4_096,
  headersBytes: 4_096,
  /** Lines that one delivery logged last. */
  logLines: 20,
  logBytes: 8_192,
  errorNameBytes: 200,
  errorMessageBytes: 2_048,
  errorStackBytes: 8_192,
  /** Characters of the one-line message in a job's history. */
  historyMessageLength: 500,
  idempotencyKeyLength: 255,
  /** Jobs or settlements of one script call. */
  batch: 1_000,
  batchBytes: 1_048_576,
  leaseMs: [1_000, 3_600_000],
  /** Start of the year 2100. */
  latestRunAt: 4_102_444_800_000,
} as const;

const TEN_YEARS_MS = 315_576_000_000;
export const DEFAULT_BACKOFF: Required<Backoff> = {
  type: 'exponential',
  baseMs: 1_000,
  capMs: 600_000,
  jitter: 'full',
};

/** A request as the enqueue script takes it. */
export interface EncodedRequest {
  readonly spec: string;
  readonly body: string;
  /** `-`, `+<ms>` or `=<ms>`. */
  readonly when: string;
  readonly idempotency: {
    readonly keyHash: string;
    readonly windowMs: number;
    readonly fingerprint: string;
  } | null;
  readonly bytes: number;
}

/** @returns what is wrong with the request, or null. */
export function validateRequest(request: EnqueueRequest): ValidationError | null {
  const issues = new Issues();
  if (typeof request !== 'object' || request === null) {
    issues.add('', 'the request must be an object');
    return issues.error();
  }
  const { payload, type, runAt, delayMs, idempotencyKey } = request;
  if (typeof payload !== 'string' || payload === '') issues.add('/payload', 'must be JSON text');
  else if (
    payload.length * 3 > LIMITS.payloadBytes &&
    Buffer.byteLength(payload) > LIMITS.payloadBytes
  ) {
    issues.add('/payload', `must be at most ${LIMITS.payloadBytes} bytes`);
  } else if (!isWellFormed(payload)) {
    issues.add('/payload', 'has half of a surrogate pair: write it as an escape');
  }
  if (type !== undefined && (typeof type !== 'string' || !NAME_PATTERN.test(type)))
    issues.add('/type', `must match ${NAME_PATTERN.source}`);
  issues.integer('/priority', request.priority, [-1_000, 1_000]);
  issues.integer('/delayMs', delayMs, [0, TEN_YEARS_MS]);
  issues.integer('/runAt', runAt, [0, LIMITS.latestRunAt]);
  if (delayMs !== undefined && runAt !== undefined)
    issues.add('/runAt', 'must not stand together with delayMs');
  if (
    idempotencyKey !== undefined &&
    (typeof idempotencyKey !== 'string' ||
      idempotencyKey.length < 1 ||
      idempotencyKey.length > LIMITS.idempotencyKeyLength ||
      !isWellFormed(idempotencyKey))
  ) {
    issues.add(
      '/idempotencyKey',
      `must have 1 to ${LIMITS.idempotencyKeyLength} characters, all of them whole`,
    );
  }
  const { durability } = request;
  if (durability !== undefined && durability !== 'local' && durability !== 'replicated') {
    issues.add('/durability', 'must be "local" or "replicated"');
  }
  issues.integer('/idempotencyWindowMs', request.idempotencyWindowMs, [1_000, 604_800_000]);
  issues.integer('/maxAttempts', request.maxAttempts, [1, 1_000]);
  issues.integer('/maxCrashes', request.maxCrashes, [1, 100]);
  issues.integer('/timeoutMs', request.timeoutMs, [1, 86_400_000]);
  issues.integer('/expiresInMs', request.expiresInMs, [1, TEN_YEARS_MS]);
  if (request.backoff !== undefined) validateBackoff(request.backoff, issues);
  if (request.headers !== undefined) validateHeaders(request.headers, issues);
  return issues.error();
}

function validateBackoff(backoff: Backoff, issues: Issues): void {
  if (typeof backoff !== 'object' || backoff === null) {
    issues.add('/backoff', 'must be an object');
    return;
  }
  if (backoff.type !== undefined && backoff.type !== 'exponential' && backoff.type !== 'fixed') {
    issues.add('/backoff/type', 'must be "exponential" or "fixed"');
  }
  if (backoff.jitter !== undefined && backoff.jitter !== 'full' && backoff.jitter !== 'none') {
    issues.add('/backoff/jitter', 'must be "full" or "none"');
  }
  issues.integer('/backoff/baseMs', backoff.baseMs, [1, 86_400_000]);
  issues.integer('/backoff/capMs', backoff.capMs, [1, 2_592_000_000]);
}

function validateHeaders(headers: Readonly<Record<string, string>>, issues: Issues): void {
  const isMap = typeof headers === 'object' && headers !== null && !Array.isArray(headers);
  if (!isMap || Object.values(headers).some((value) => typeof value !== 'string'))
    issues.add('/headers', 'must map texts to texts');
  else if (Buffer.byteLength(JSON.stringify(headers)) > LIMITS.headersBytes) {
    issues.add('/headers', `must be at most ${LIMITS.headersBytes} bytes as JSON`);
  }
}

/** The backoff in the three words of a record: kind, base, cap. */
export function encodeBackoff(backoff: Backoff): string {
  const { type, baseMs, capMs, jitter } = { ...DEFAULT_BACKOFF, ...backoff };
  const kind = type === 'exponential' ? 'E' : 'F';
  return `${jitter === 'full' ? kind : kind.toLowerCase()} ${baseMs} ${capMs}`;
}

/** Encodes a valid request. `*` stands for what the queue decides when it accepts the job. */
export function encodeRequest(request: EnqueueRequest): EncodedRequest {
  const {
    priority = 0,
    maxAttempts = '*',
    maxCrashes = '*',
    timeoutMs = 0,
    expiresInMs = 0,
    type = 'default',
  } = request;
  const backoff = request.backoff === undefined ? '* * *' : encodeBackoff(request.backoff);
  const spec = `${priority} ${maxAttempts} ${maxCrashes} ${backoff} ${timeoutMs} ${expiresInMs} ${type}`;
  const body = `${encodeHeader(request)}\n${request.payload}`;
  return {
    spec,
    body,
    when: encodeWhen(request),
    idempotency: encodeIdempotency(request, spec),
    bytes: body.length,
  };
}

function encodeHeader({ headers, idempotencyKey }: EnqueueRequest): string {
  if (headers === undefined && idempotencyKey === undefined) return '';
  return JSON.stringify({ headers, key: idempotencyKey });
}

function encodeWhen({ delayMs, runAt }: EnqueueRequest): string {
  if (runAt !== undefined) return `=${runAt}`;
  return delayMs === undefined || delayMs === 0 ? '-' : `+${delayMs}`;
}

function encodeIdempotency(request: EnqueueRequest, spec: string): EncodedRequest['idempotency'] {
  const { idempotencyKey, idempotencyWindowMs = 86_400_000, payload } = request;
  if (idempotencyKey === undefined) return null;
  const given = JSON.stringify([spec, encodeWhen(request), idempotencyWindowMs]);
  return {
    keyHash: shortHash(idempotencyKey),
    windowMs: idempotencyWindowMs,
    fingerprint: shortHash(`${given}\n${payload}`),
  };
}

/** 132 bits of SHA-256 in 22 characters: no two keys of a queue will ever share one. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
