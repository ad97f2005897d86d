import { z } from 'zod';

/**
 * Every problem that the API answers with: slug → HTTP status and title. A slug never changes its
 * meaning; clients switch on it, not on the title or the detail.
 */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request is malformed' },
  unauthenticated: { status: 401, title: 'A valid API key is required' },
  forbidden: { status: 403, title: 'This API key does not permit that' },
  'not-found': { status: 404, title: 'Resource not found' },
  'method-not-allowed': { status: 405, title: 'This path does not support that method' },
  timeout: { status: 408, title: 'The request arrived too slowly' },
  'invalid-state': { status: 409, title: 'Not possible in the current state of the job' },
  'revision-mismatch': { status: 409, title: 'It has been changed in the meantime' },
  'lease-lost': { status: 409, title: 'The lease is no longer yours' },
  'too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The URL is too long' },
  'unsupported-media-type': { status: 415, title: 'The body must be uncompressed JSON' },
  'expectation-failed': { status: 417, title: 'The expectation cannot be met' },
  validation: { status: 422, title: 'The request is invalid' },
  'idempotency-mismatch': {
    status: 422,
    title: 'The idempotency key was used for another request',
  },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'queue-full': { status: 429, title: 'The queue is full' },
  'headers-too-large': { status: 431, title: 'The header fields are too large' },
  internal: { status: 500, title: 'Internal error' },
  'store-unavailable': { status: 503, title: 'The store is unavailable' },
  'store-full': { status: 503, title: 'The store is full' },
} as const;

export type ProblemSlug = keyof typeof PROBLEMS;

const PROBLEM_BASE = 'https://relay.dev/problems/';

/** The URI that identifies a problem in its `type`. */
export function problemType(slug: ProblemSlug): string {
  return `${PROBLEM_BASE}${slug}`;
}

/** The slug in a problem's `type`; undefined for one that this version doesn't know. */
export function slugOf(type: string): ProblemSlug | undefined {
  const slug = type.startsWith(PROBLEM_BASE) ? type.slice(PROBLEM_BASE.length) : '';
  return isSlug(slug) ? slug : undefined;
}

function isSlug(text: string): text is ProblemSlug {
  return Object.hasOwn(PROBLEMS, text);
}

/** One thing that is wrong: in the body at a JSON pointer, or in a parameter of path, query or header. */
export const problemError = z.union([
  z.object({ pointer: z.string(), detail: z.string() }),
  z.object({ parameter: z.string(), detail: z.string() }),
]);
export type ProblemError = z.infer<typeof problemError>;

/** What is wrong with one item of a bulk request. */
export const itemProblem = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    errors: z.exactOptional(z.array(problemError)),
  })
  .meta({ id: 'ItemProblem' });
export type ItemProblem = z.infer<typeof itemProblem>;

/** An error answer: `application/problem+json` of RFC 9457. */
export const problem = itemProblem
  .extend({ instance: z.string(), requestId: z.string() })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
