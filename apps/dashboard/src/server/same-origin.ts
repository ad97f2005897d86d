/**
 * Whether a request comes from our own pages. A foreign page can neither set our field without asking
 * first (and is not answered), nor hide where it is from.
 */
export function isOurs({ headers }: Request): boolean {
  if (headers.get('x-relay-dashboard') !== '1') return false;
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = headers.get('origin');
  if (origin === null) return true;
  const host = URL.canParse(origin) ? new URL(origin).host : undefined;
  return host === headers.get('host') || host === headers.get('x-forwarded-host');
}
