import type { EnqueueRequest as StoreRequest } from '@relay/broker';
import { type EnqueueRequest, LIMITS } from '@relay/contract';
import type { TraceHeaders } from '@relay/tracing';
import { RawJson } from '../http/raw-json.ts';
import { checkIdempotencyKey, validation } from '../http/validate.ts';

/** W3C trace context, version 00. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Its length is bounded by the specification; what it says is its vendors' affair. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

export interface RequestHeaders {
  readonly idempotencyKey: string | undefined;
  readonly trace: TraceHeaders;
}

/** The trace that a caller sent; nothing where it is none. */
export function traceOf(header: (name: string) => string | undefined): TraceHeaders {
  const traceparent = header('traceparent');
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return {};
  const tracestate = header('tracestate');
  return tracestate === undefined || !TRACESTATE.test(tracestate)
    ? { traceparent }
    : { traceparent, tracestate };
}

/**
 * From the contract's words to the broker's: times become numbers, what the header fields say is
 * added.
 *
 * @throws {HttpProblem} `validation`
 */
export function toStoreRequest(request: EnqueueRequest, from: RequestHeaders): StoreRequest {
  const { payload, runAt, idempotencyKey: _, headers: given, ...rest } = request;
  const idempotencyKey = keyOf(request, from);
  const headers = withTrace(given, from.trace);
  return {
    ...rest,
    payload: rawText(payload),
    ...(runAt === undefined ? {} : { runAt: Date.parse(runAt) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(headers === undefined ? {} : { headers }),
  };
}

/** The bytes of a value that the scanner kept. */
export function rawText(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  throw new TypeError('a raw value was not kept by the scanner');
}

function keyOf(request: EnqueueRequest, from: RequestHeaders): string | undefined {
  if (from.idempotencyKey === undefined) return request.idempotencyKey;
  const key = checkIdempotencyKey(from.idempotencyKey);
  if (request.idempotencyKey !== undefined && request.idempotencyKey !== key) {
    throw validation([
      { pointer: '/idempotencyKey', detail: 'differs from the header field Idempotency-Key' },
    ]);
  }
  return key;
}

/** Adds the caller's trace unless the job has one of its own, or no room for it. */
function withTrace(
  given: Readonly<Record<string, string>> | undefined,
  trace: TraceHeaders,
): Readonly<Record<string, string>> | undefined {
  // A job's own trace is not mixed with the state of another.
  if (trace.traceparent === undefined || given?.['traceparent'] !== undefined) return given;
  const headers = { ...trace, ...given };
  return Buffer.byteLength(JSON.stringify(headers)) <= LIMITS.headersBytes ? headers : given;
}
