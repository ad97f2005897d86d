export const dynamic = 'force-dynamic';

/** The process turns; the gateway is no part of that. */
export function GET(): Response {
  return Response.json({ status: 'ok' });
}
