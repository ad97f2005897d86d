import type { RouteName } from '@relay/contract';
import { REDACTED, TOKEN } from '../data/json-text.ts';

/** What comes from producers and handlers; the rest of an answer is Relay's own. */
const AREAS: ReadonlySet<string> = new Set(['payload', 'result', 'headers', 'progress']);

/** Routes whose answers hold such fields. */
export const REDACTED_ROUTES: readonly RouteName[] = [
  'getJob',
  'findJob',
  'listJobs',
  'listDeadLetters',
  'listSchedules',
  'getSchedule',
  'putSchedule',
  'pauseSchedule',
  'resumeSchedule',
];

/** A part of the text: it ends with the comma or bracket after it, at this depth. */
interface Part {
  readonly from: number;
  readonly depth: number;
}

/**
 * The same JSON with the values of some keys replaced, wherever they are within payloads, results,
 * headers and progress. Nothing else is changed: numbers keep their digits.
 *
 * @param names lower-case names of keys
 */
export function redact(text: string, names: ReadonlySet<string>): string {
  if (names.size === 0) return text;
  const parts: string[] = [];
  let copied = 0;
  let depth = 0;
  let last = '';
  let area: Part | undefined;
  let hidden: Part | undefined;
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    const closes = token === '}' || token === ']';
    const ends = closes || token === ',';
    if (ends && hidden?.depth === depth) {
      parts.push(text.slice(copied, hidden.from), REDACTED);
      copied = match.index;
      hidden = undefined;
    }
    if (ends && area?.depth === depth) area = undefined;
    if (token === '{' || token === '[') depth += 1;
    if (closes) depth -= 1;
    if (token === ':' && hidden === undefined) {
      const key = JSON.parse(last) as string;
      const part = { from: match.index + 1, depth };
      if (area === undefined) area = AREAS.has(key) ? part : undefined;
      else if (names.has(key.toLowerCase())) hidden = part;
    }
    last = token;
  }
  parts.push(text.slice(copied));
  return parts.join('');
}
