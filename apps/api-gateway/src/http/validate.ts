import { idempotencyHeader, type ProblemError } from '@relay/contract';
import type { z } from 'zod';
import { HttpProblem } from './http-problem.ts';

/** Where a value stands in a request, for the errors about it. */
export type Place =
  /** In the body, below this JSON pointer. */
  | { readonly in: 'body'; readonly pointer?: string }
  /** In the path, the query or the header fields; `name` is that of the one whose value it is. */
  | { readonly in: 'parameters'; readonly name?: string };

/** More than this many errors in one answer help nobody. */
const MOST_ERRORS = 20;

/**
 * Checks a value.
 *
 * @throws {HttpProblem} `validation`, with a pointer to each thing that is wrong.
 */
export function check<S extends z.ZodType>(schema: S, value: unknown, place: Place): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => errorsOf(issue, place));
  throw validation(errors);
}

/** @throws {HttpProblem} `validation` when it cannot be a key. */
export function checkIdempotencyKey(key: string): string {
  return check(idempotencyHeader, key, { in: 'parameters', name: 'Idempotency-Key' });
}

/** The problem for a list of errors, of which there must be one at least. */
export function validation(errors: readonly ProblemError[]): HttpProblem {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = first === undefined ? 'The request is invalid' : `${describe(first)}${more}`;
  return new HttpProblem('validation', detail, { errors: errors.slice(0, MOST_ERRORS) });
}

/** A JSON pointer (RFC 6901) out of steps. */
function pointerOf(steps: readonly PropertyKey[]): string {
  return steps
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function describe(error: ProblemError): string {
  if ('parameter' in error) return `${error.parameter}: ${error.detail}`;
  return error.pointer === '' ? error.detail : `${error.pointer}: ${error.detail}`;
}

function errorsOf(issue: z.core.$ZodIssue, place: Place): ProblemError[] {
  // Each unknown field gets its own pointer; a hostile one may be long.
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MOST_ERRORS)
      .map((key) => errorAt([...issue.path, key.slice(0, 80)], 'is not known here', place));
  }
  return [errorAt(issue.path, sentence(issue.message), place)];
}

function errorAt(path: readonly PropertyKey[], detail: string, place: Place): ProblemError {
  if (place.in === 'parameters') {
    const steps = place.name === undefined ? path : [place.name, ...path];
    return { parameter: steps.map(String).join('.'), detail };
  }
  return { pointer: `${place.pointer ?? ''}${pointerOf(path)}`, detail };
}

/** Zod begins with words that our problem's title says already. */
function sentence(message: string): string {
  return message.replace(/^Invalid input: /, '');
}
