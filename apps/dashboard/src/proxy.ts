import { type NextRequest, NextResponse } from 'next/server';
import { authOfProcess } from './server/auth/auth.ts';
import { isLoopback, readConfig } from './server/config.ts';
import { contentSecurityPolicy } from './server/csp.ts';
import { problemResponse } from './server/problem.ts';
import { isReadable } from './server/segment.ts';

const settings = readConfig(process.env);
/** For everybody. The routes below /api ask by themselves, and answer with a problem. */
const OPEN = /^\/(login|livez|readyz|api\/.*)$/;

/** No page has this address. */
const NOWHERE = '/no-such-page';

/** What every answer has in common: whom it is for, and what its page may do. */
export function proxy(request: NextRequest): NextResponse | Response {
  const { pathname, search } = request.nextUrl;
  // A name that leads here but isn't ours is how a foreign page would reach us (DNS rebinding).
  if (settings.auth === 'loopback' && !isLoopback(hostOf(request))) {
    const detail = 'This dashboard serves its own machine only: open it as localhost.';
    return problemResponse('forbidden', detail, pathname);
  }
  const auth = authOfProcess();
  const visitor = auth?.visitor(request.headers);
  if (auth !== null && visitor === undefined && !OPEN.test(pathname)) {
    const login = new URL('/login', request.url);
    if (pathname !== '/') login.searchParams.set('next', `${pathname}${search}`);
    return NextResponse.redirect(login, 303);
  }
  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === 'development');
  const headers = new Headers(request.headers);
  // Next takes the nonce for its own scripts from here.
  headers.set('Content-Security-Policy', policy);
  headers.set('X-Nonce', nonce);
  const response = isReadable(pathname)
    ? NextResponse.next({ request: { headers } })
    : NextResponse.rewrite(new URL(NOWHERE, request.url), { request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  response.headers.set('X-Content-Type-Options', 'nosniff');
  response.headers.set('Referrer-Policy', 'no-referrer');
  response.headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  // Not with a login or logout, which set the cookie themselves.
  if (auth !== null && visitor !== undefined && pathname !== '/api/session') {
    const cookie = auth.renewal(visitor, request.headers);
    if (cookie !== undefined) response.headers.append('Set-Cookie', cookie);
  }
  return response;
}

function hostOf(request: NextRequest): string {
  return (request.headers.get('host') ?? '').replace(/:\d+$/, '');
}

/** Files that never change need none of this. */
export const config = { matcher: ['/((?!_next/static|icon.svg).*)'] };
