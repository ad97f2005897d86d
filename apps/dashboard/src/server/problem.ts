import type { Problem } from '@relay/contract';

/** Problems that the dashboard's own server answers with, beside those that it passes on. */
const OWN = {
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'too-large': { status: 413, title: 'The request is too large' },
  'gateway-unavailable': { status: 502, title: 'The gateway does not answer' },
  'gateway-timeout': { status: 504, title: 'The gateway takes too long' },
} as const;

export type OwnSlug = keyof typeof OWN;

/** A problem document of our own. */
export function problem(slug: OwnSlug, detail: string, instance: string): Problem {
  return {
    type: `https://relay.dev/problems/${slug}`,
    ...OWN[slug],
    detail,
    instance,
    requestId: crypto.randomUUID(),
  };
}

/** The same as an answer. */
export function problemResponse(slug: OwnSlug, detail: string, instance: string): Response {
  const body = problem(slug, detail, instance);
  return Response.json(body, {
    status: body.status,
    headers: { 'Content-Type': 'application/problem+json', 'X-Request-Id': body.requestId },
  });
}
