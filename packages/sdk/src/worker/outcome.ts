import { RelayError } from '../errors.ts';
import type { Settlement } from '../generated/contract.ts';
import { LIMITS } from '../generated/limits.ts';
import { toJson } from '../json.ts';
import { intentOf } from './errors.ts';

const MAX_MESSAGE = 2_000;
const MAX_STACK = 8_000;
const MAX_NAME = 200;

/** Of a handler that returned. A result that cannot be kept is a failed attempt. */
export function settlementOfValue(leaseToken: string, result: unknown): Settlement {
  if (result === undefined) return { leaseToken, outcome: 'complete' };
  try {
    toJson(result, "the handler's result", LIMITS.resultBytes);
    return { leaseToken, outcome: 'complete', result };
  } catch (error) {
    return settlementOfError(leaseToken, legible(error));
  }
}

/** Of a handler that threw. */
export function settlementOfError(leaseToken: string, thrown: unknown): Settlement {
  const intent = intentOf(thrown);
  if (intent?.kind === 'release') return releaseOf(leaseToken, intent.delayMs);
  const failed = { leaseToken, outcome: 'fail', error: describe(thrown) } as const;
  switch (intent?.kind) {
    case 'never-retry':
      return { ...failed, retry: 'never' };
    case 'retry-later':
      return { ...failed, retryInMs: intent.delayMs };
    case undefined:
      // What does not fit its validator will not fit it next time either.
      return thrown instanceof RelayError && thrown.code === 'invalid-input' && isPayload(thrown)
        ? { ...failed, retry: 'never' }
        : failed;
  }
}

/** A handler may throw a proxy, or an error with a getter that throws: then an error that says so. */
export function legible(thrown: unknown): unknown {
  try {
    intentOf(thrown);
    describe(thrown);
    return thrown;
  } catch {
    return new Error('the handler threw something that cannot be read');
  }
}

/** Back to the queue at no cost. */
export function releaseOf(leaseToken: string, delayMs?: number): Settlement {
  return delayMs === undefined
    ? { leaseToken, outcome: 'release' }
    : { leaseToken, outcome: 'release', delayMs };
}

/** Marks the error of a payload, so that it is not taken for one of a call within the handler. */
const PAYLOAD_ERRORS = new WeakSet<RelayError>();

export function ofPayload(error: RelayError): RelayError {
  PAYLOAD_ERRORS.add(error);
  return error;
}

function isPayload(error: RelayError): boolean {
  return PAYLOAD_ERRORS.has(error);
}

function describe(thrown: unknown): { name: string; message: string; stack?: string } {
  if (!(thrown instanceof Error)) return { name: 'NonError', message: text(thrown, MAX_MESSAGE) };
  const { name, message, stack } = thrown;
  const error = { name: text(name, MAX_NAME) || 'Error', message: text(message, MAX_MESSAGE) };
  return typeof stack === 'string' ? { ...error, stack: text(stack, MAX_STACK) } : error;
}

/** Bounded, and without the lone surrogates that a cut may leave and UTF-8 has no bytes for. */
function text(value: unknown, max: number): string {
  return shown(value)
    .slice(0, max)
    .replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? 'an object without content';
  } catch {
    // A cycle, or a getter that throws: its kind is all that can be told.
    return Object.prototype.toString.call(value);
  }
}
