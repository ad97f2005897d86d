import type { BrokerError, ValidationIssue } from '@relay/broker';
import { BrokerError as BrokerErrorClass, ValidationError } from '@relay/broker';
import type { ProblemError } from '@relay/contract';
import { HttpProblem } from './http-problem.ts';
import { JsonSyntaxError } from './json-scanner.ts';
import { validation } from './validate.ts';

/**
 * The problem that answers an error. What the caller cannot repair becomes `internal`, with a detail
 * that says nothing of our insides; the error stays its cause, for the log.
 */
export function problemOf(error: unknown, pointer = ''): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof JsonSyntaxError) return new HttpProblem('malformed', error.message);
  if (error instanceof BrokerErrorClass) return ofBroker(error, pointer);
  // Express and its router mark what the client did wrong, such as a path like /%c0%ae.
  if (error instanceof Error && 'status' in error && error.status === 400) {
    return new HttpProblem('malformed', 'The path is not valid percent-encoding', { cause: error });
  }
  return internal(error);
}

function ofBroker(error: BrokerError, pointer: string): HttpProblem {
  const { code, message } = error;
  switch (code) {
    case 'validation':
      return ofIssues(error instanceof ValidationError ? error.issues : [], pointer, error);
    case 'not-found':
    case 'invalid-state':
    case 'revision-mismatch':
    case 'idempotency-mismatch':
      return new HttpProblem(code, message, { cause: error });
    case 'queue-full':
      return new HttpProblem(code, message, { cause: error, headers: { 'Retry-After': '5' } });
    case 'store-full':
      return new HttpProblem(
        code,
        'The store has no memory left for new jobs; those that it has go on',
        { cause: error, headers: { 'Retry-After': '30' } },
      );
    case 'store-unavailable':
    case 'store-unsupported':
    case 'store-denied':
    case 'closed':
      return unavailable(error);
    case 'store-corrupt':
    case 'stale-call':
    case 'out-of-order':
      return internal(error);
  }
  return internal(error);
}

function ofIssues(issues: readonly ValidationIssue[], pointer: string, cause: Error): HttpProblem {
  const cursor = issues.find((issue) => issue.path === '/cursor');
  if (cursor !== undefined) {
    return new HttpProblem('malformed', `The cursor is not one of this list: ${cursor.message}`);
  }
  const errors: ProblemError[] = issues.map(({ path, message }) => ({
    pointer: `${pointer}${path}`,
    detail: message,
  }));
  return errors.length === 0 ? internal(cause) : validation(errors);
}

function unavailable(cause: Error): HttpProblem {
  return new HttpProblem('store-unavailable', 'The store is unavailable; try again shortly', {
    cause,
    headers: { 'Retry-After': '1' },
  });
}

function internal(cause: unknown): HttpProblem {
  return new HttpProblem('internal', 'Internal error; it has been logged', { cause });
}
