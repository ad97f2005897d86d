import type { ProblemError } from '@relay/contract';
import { HttpProblem } from './http-problem.ts';
import { validation } from './validate.ts';

/**
 * The query of a URL as an object of texts, without a prototype. What is repeatable is an array.
 *
 * @throws {HttpProblem} `validation` for a parameter that occurs twice; `malformed` for escapes that
 * aren't UTF-8.
 */
export function readQuery(
  url: string,
  repeatable: readonly string[] = [],
): Readonly<Record<string, string | readonly string[]>> {
  const at = url.indexOf('?');
  const query: Record<string, string | string[]> = Object.create(null);
  if (at < 0 || at === url.length - 1) return query;
  const text = url.slice(at + 1);
  try {
    decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    throw new HttpProblem('malformed', 'The query is not valid percent-encoding', { cause: error });
  }
  const errors: ProblemError[] = [];
  for (const [name, value] of new URLSearchParams(text)) {
    if (repeatable.includes(name)) {
      const before = query[name];
      query[name] = Array.isArray(before) ? [...before, value] : [value];
      continue;
    }
    if (name in query) errors.push({ parameter: name.slice(0, 80), detail: 'occurs twice' });
    query[name] = value;
  }
  if (errors.length > 0) throw validation(errors);
  return query;
}
