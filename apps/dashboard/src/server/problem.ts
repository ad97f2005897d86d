import type { Problem } from '@relay/contract';

/** Problems that the dashboard's own server answers with, beside those that it passes on. */
const OWN = {
  malformed: { status: 400, title: 'The request is malformed' },
  'login-required': { status: 401, title: 'Login required' },
  'login-failed': { status: 401, title: 'Not logged in' },
  'role-forbidden': { status: 403, title: 'Your role does not allow this' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Resource not found' },
  'too-many-logins': { status: 429, title: 'Too many attempts' },
  'too-large': { status: 413, title: 'The request is too large' },
  'gateway-unavailable': { status: 502, title: 'The gateway does not answer' },
  'gateway-timeout': { status: 504, title: 'The gateway timed out' },
} as const;

export type OwnSlug = keyof typeof OWN;

/** A problem document of our own. */
function problem(slug: OwnSlug, detail: string, instance: string): Problem {
  return {
    type: `https://relay.dev/problems/${slug}`,
    ...OWN[slug],
    detail,
    instance,
    requestId: crypto.randomUUID(),
  };
}

/** The same as an answer. */
export function problemResponse(
  slug: OwnSlug,
  detail: string,
  instance: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = problem(slug, detail, instance);
  return Response.json(body, {
    status: body.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      'X-Request-Id': body.requestId,
      ...headers,
    },
  });
}
