import { randomUUID } from 'node:crypto';
import { LIMITS } from '@relay/contract';
import type { NextFunction, Request } from 'express';
import type { GatewayResponse } from './answer.ts';
import { HttpProblem } from './http-problem.ts';

/** On every answer. Nothing here is meant for a browser's page, so nothing is allowed to one. */
export const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

const WELL_FORMED_ID = /^[A-Za-z0-9._-]{1,128}$/;
const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface EdgeOptions {
  /**
   * Answer only to the names of this machine. Set while no key is needed: else a page on a name that
   * its owner points at 127.0.0.1 could use the API through the browser of whoever opens it.
   */
  readonly loopbackOnly: boolean;
}

/** The first step of every request: its id, the header fields of its answer, and who may not pass. */
export function edge(options: EdgeOptions) {
  return (request: Request, response: GatewayResponse, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && WELL_FORMED_ID.test(given) ? given : randomUUID();
    response.locals.requestId = id;
    response.locals.route = 'unmatched';
    response.setHeader('X-Request-Id', id);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    if (request.url.length > LIMITS.urlBytes) {
      throw new HttpProblem('uri-too-long', `The URL may have at most ${LIMITS.urlBytes} bytes`);
    }
    if (request.headers.host === undefined && request.httpVersion !== '1.0') {
      throw new HttpProblem('malformed', 'The header field Host is missing');
    }
    if (options.loopbackOnly && !LOOPBACK_NAME.test(request.headers.host ?? '')) {
      throw new HttpProblem(
        'forbidden',
        'Without API keys only requests to this machine by the name localhost are answered',
      );
    }
    if (!READING.has(request.method)) refuseOtherSites(request);
    next();
  };
}

/** A browser says from where a request comes; a page of another site must not write. */
function refuseOtherSites(request: Request): void {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreign =
    site === 'cross-site' || (origin !== undefined && originHost(origin) !== host?.toLowerCase());
  if (foreign) throw new HttpProblem('forbidden', 'Pages of other sites may not write here');
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
