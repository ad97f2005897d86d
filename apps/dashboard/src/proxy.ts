import { type NextRequest, NextResponse } from 'next/server';
import { isLoopback, readConfig } from './server/config.ts';
import { contentSecurityPolicy } from './server/csp.ts';
import { problem } from './server/problem.ts';

const settings = readConfig(process.env);

/** What every answer has in common: whom it is for, and what its page may do. */
export function proxy(request: NextRequest): NextResponse {
  // A name that leads here but isn't ours is how a foreign page would reach us (DNS rebinding).
  if (settings.auth === 'auto' && !isLoopback(hostOf(request))) {
    const detail = 'This dashboard serves its own machine only: open it as localhost.';
    return new NextResponse(
      JSON.stringify(problem('forbidden', detail, request.nextUrl.pathname)),
      {
        status: 403,
        headers: { 'Content-Type': 'application/problem+json' },
      },
    );
  }
  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === 'development');
  const headers = new Headers(request.headers);
  // Next takes the nonce for its own scripts from here.
  headers.set('Content-Security-Policy', policy);
  headers.set('X-Nonce', nonce);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  response.headers.set('X-Content-Type-Options', 'nosniff');
  response.headers.set('Referrer-Policy', 'no-referrer');
  response.headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  return response;
}

function hostOf(request: NextRequest): string {
  return (request.headers.get('host') ?? '').replace(/:\d+$/, '');
}

/** Files that never change need none of this. */
export const config = { matcher: ['/((?!_next/static|icon.svg).*)'] };
