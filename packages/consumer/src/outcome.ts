import type { JobError, Lease, Settlement } from '@relay/broker';
import { IllegibleError, intentOf } from './errors.ts';
import { resultJson } from './json.ts';

/** Settlement of a handler that returned. A result that cannot be stored is a failed attempt. */
export function settlementOfValue(lease: Lease, value: unknown): Settlement {
  const { id, token } = lease;
  if (value === undefined) return { id, token, outcome: 'complete' };
  try {
    return { id, token, outcome: 'complete', result: resultJson(value) };
  } catch (error) {
    return settlementOfError(lease, error);
  }
}

/** Settlement of a handler that threw. */
export function settlementOfError({ id, token }: Lease, thrown: unknown): Settlement {
  const intent = intentOf(thrown);
  if (intent === undefined) return { id, token, outcome: 'fail', error: jobErrorOf(thrown) };
  switch (intent.kind) {
    case 'never-retry':
      return { id, token, outcome: 'fail', error: jobErrorOf(thrown), retry: 'never' };
    case 'retry-later':
      return { id, token, outcome: 'fail', error: jobErrorOf(thrown), retryInMs: intent.delayMs };
    case 'release':
      return releaseOf({ id, token }, intent.delayMs);
    case 'crash':
      // Never settled: see RunningJob.
      return { id, token, outcome: 'fail', error: jobErrorOf(thrown) };
  }
}

/**
 * A handler may throw anything: a proxy, or an error with a getter that throws. What cannot be read is replaced by an
 * error that says so, before anybody reads it.
 */
export function legible(thrown: unknown): unknown {
  try {
    intentOf(thrown);
    jobErrorOf(thrown);
    return thrown;
  } catch {
    return new IllegibleError('the handler threw something that cannot be read');
  }
}

/** Back to the queue at no cost. */
export function releaseOf(
  { id, token }: Pick<Lease, 'id' | 'token'>,
  delayMs?: number,
): Settlement {
  return delayMs === undefined
    ? { id, token, outcome: 'release' }
    : { id, token, outcome: 'release', delayMs };
}

function jobErrorOf(thrown: unknown): JobError {
  if (thrown instanceof Error) {
    const { name, message, stack } = thrown;
    const error = { name: textOf(name), message: textOf(message) };
    return typeof stack === 'string' ? { ...error, stack } : error;
  }
  return { name: 'NonError', message: describe(thrown) };
}

/** Nothing keeps a thrown error from having a name or message that is no text. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : describe(value);
}

/** A thrown value that is no Error: its JSON says more than "[object Object]". */
function describe(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  try {
    return JSON.stringify(thrown) ?? 'an object without content';
  } catch {
    // It has a cycle or a getter that throws: its kind is all that can be told.
    return Object.prototype.toString.call(thrown);
  }
}
