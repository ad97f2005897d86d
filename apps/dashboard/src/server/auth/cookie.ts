/** With https the name is one that no other host, and nobody without https, can set. */
export function cookieName(secure: boolean): string {
  return secure ? '__Host-relay-session' : 'relay-session';
}

export interface CookieOptions {
  readonly secure: boolean;
  readonly maxAgeS: number;
}

/**
 * A `Set-Cookie` that scripts cannot read and that foreign pages' requests don't carry; a link from
 * elsewhere does, so that it leads to its page.
 */
export function sessionCookie(
  name: string,
  value: string,
  { secure, maxAgeS }: CookieOptions,
): string {
  const parts = [`${name}=${value}`, 'Path=/', `Max-Age=${maxAgeS}`, 'HttpOnly', 'SameSite=Lax'];
  return [...parts, ...(secure ? ['Secure'] : [])].join('; ');
}

/** At most so many cookies of our name are looked at: a browser sends one. */
const MOST = 4;

/** The tokens in a request's cookies. */
export function tokensOf(headers: Headers, secure: boolean): string[] {
  const start = `${cookieName(secure)}=`;
  return (headers.get('cookie') ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(start))
    .slice(0, MOST)
    .map((part) => part.slice(start.length));
}
