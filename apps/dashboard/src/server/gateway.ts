import type { RouteDescriptor } from '@relay/contract';
import { allowedRoute } from './allowed-routes.ts';
import type { DashboardConfig } from './config.ts';
import { problemResponse } from './problem.ts';

const PREFIX = '/api/relay';
/** How long the gateway may take for an answer. */
const TIMEOUT_MS = 10_000;
const SENT = ['accept', 'content-type', 'idempotency-key', 'last-event-id'];
const RETURNED = ['content-type', 'retry-after', 'x-request-id'];

/**
 * Passes a request of the browser on to the gateway, with the dashboard's key, and the answer back.
 * Only routes of the allow-list, only from our own pages; bodies are passed as the bytes they are.
 */
export async function forward(request: Request, config: DashboardConfig): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.slice(PREFIX.length);
  const route = allowedRoute(request.method, path);
  if (route === undefined) return problemResponse('not-found', 'No such route here.', path);
  if (request.method !== 'GET' && !isOurs(request)) {
    return problemResponse('forbidden', 'Changes are taken from our own pages only.', path);
  }
  const body = await bodyOf(request, route);
  if (body === 'too-large') {
    return problemResponse('too-large', `At most ${route.body?.maxBytes ?? 0} bytes.`, path);
  }
  return await send({
    request,
    route,
    config,
    target: `${config.apiUrl}${path}${url.search}`,
    body,
  });
}

/** A foreign page can neither set this field without asking first, nor hide where it is from. */
function isOurs(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin';
  return request.headers.get('x-relay-dashboard') === '1' && site === 'same-origin';
}

interface Forwarded {
  readonly request: Request;
  readonly route: RouteDescriptor;
  readonly config: DashboardConfig;
  readonly target: string;
  readonly body: ArrayBuffer | undefined;
}

async function send({ request, route, config, target, body }: Forwarded): Promise<Response> {
  const gone = new AbortController();
  request.signal.addEventListener('abort', () => gone.abort(), { once: true });
  const late = setTimeout(() => gone.abort('late'), TIMEOUT_MS);
  try {
    const answer = await fetch(target, {
      method: request.method,
      headers: requestHeaders(request, config),
      cache: 'no-store',
      redirect: 'manual',
      signal: gone.signal,
      ...(body === undefined ? {} : { body }),
    });
    return new Response(isEmpty(answer) ? null : answer.body, {
      status: answer.status,
      headers: responseHeaders(answer),
    });
  } catch {
    const { pathname } = new URL(target);
    if (gone.signal.reason === 'late') {
      return problemResponse('gateway-timeout', `No answer within ${TIMEOUT_MS} ms.`, pathname);
    }
    return problemResponse('gateway-unavailable', 'Nobody answers at its address.', pathname);
  } finally {
    // The beginning of a stream is its answer; how long it goes on is up to both ends.
    if (route.stream) clearTimeout(late);
    else late.unref();
  }
}

function isEmpty({ status }: Response): boolean {
  return status === 204 || status === 304;
}

function requestHeaders(request: Request, { apiKey }: DashboardConfig): Headers {
  const headers = new Headers({ 'User-Agent': 'relay-dashboard' });
  for (const name of SENT) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (apiKey !== undefined) headers.set('Authorization', `Bearer ${apiKey}`);
  return headers;
}

function responseHeaders(answer: Response): Headers {
  // no-transform: compression would hold a stream's events back.
  const headers = new Headers({ 'Cache-Control': 'no-store, no-transform' });
  for (const name of RETURNED) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

/** Reads no more than the route takes. */
async function bodyOf(
  request: Request,
  { body }: RouteDescriptor,
): Promise<ArrayBuffer | undefined | 'too-large'> {
  if (request.body === null || body === null) return undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- a stream is read in order.
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > body.maxBytes) {
      // oxlint-disable-next-line no-await-in-loop
      await reader.cancel();
      return 'too-large';
    }
    parts.push(value);
  }
  return size === 0 ? undefined : await new Blob(parts).arrayBuffer();
}
