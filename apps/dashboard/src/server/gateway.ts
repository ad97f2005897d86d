import type { RouteDescriptor, RouteName } from '@relay/contract';
import { API_PREFIX } from '../data/paths.ts';
import { allowedRoute } from './allowed-routes.ts';
import { authOfProcess, type Visitor } from './auth/auth.ts';
import type { DashboardConfig } from './config.ts';
import { gatewayLog } from './gateway-log.ts';
import { log } from './log.ts';
import { permissionsOf } from './permissions.ts';
import { problemResponse } from './problem.ts';
import { readBytes } from './read-bytes.ts';
import { REDACTED_ROUTES, redact } from './redaction.ts';
import { isOurs } from './same-origin.ts';
import { unanswered } from './unanswered.ts';
import { whileGood } from './while-good.ts';

/** How long the gateway may take for an answer. */
const TIMEOUT_MS = 10_000;
const SENT = ['accept', 'content-type', 'idempotency-key', 'last-event-id'];
const RETURNED = ['content-type', 'retry-after', 'x-request-id'];

/**
 * Passes a request of the browser on to the gateway, with the dashboard's key, and the answer back.
 * Only routes of the allow-list, only from our own pages, only for those whose role has the route's
 * permission; bodies are passed as the bytes they are.
 */
export async function forward(request: Request, config: DashboardConfig): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.slice(API_PREFIX.length);
  const allowed = allowedRoute(request.method, path);
  if (allowed === undefined) return problemResponse('not-found', 'No such route here.', path);
  if (request.method !== 'GET' && !isOurs(request)) {
    return problemResponse(
      'forbidden',
      'Changes are accepted from the dashboard’s own pages only.',
      path,
    );
  }
  const { route } = allowed;
  const auth = authOfProcess();
  const visitor = auth?.visitor(request.headers);
  // A stranger sends us no body.
  if (auth !== null && visitor === undefined) {
    return problemResponse('login-required', 'Your session has ended: log in again.', path);
  }
  const body = route.body === null ? undefined : await readBytes(request, route.body.maxBytes);
  if (body === 'too-large') {
    return problemResponse('too-large', `At most ${route.body?.maxBytes ?? 0} bytes.`, path);
  }
  const missing = permissionsOf(route, body).find(
    (one) => visitor?.identity.permissions.includes(one) === false,
  );
  if (missing !== undefined && visitor !== undefined) {
    const detail = `The role ${visitor.identity.role} lacks the permission ${missing}.`;
    return problemResponse('role-forbidden', detail, path);
  }
  const target = `${config.apiUrl}${path}${url.search}`;
  const answer = await send({ request, ...allowed, config, target, body, visitor });
  if (request.method !== 'GET') account(answer, { method: request.method, path, visitor });
  return answer;
}

/** Who changed what: the gateway knows the dashboard only, and has the same request id in its log. */
function account(
  { status, headers }: Response,
  { method, path, visitor }: { method: string; path: string; visitor: Visitor | undefined },
): void {
  const who = visitor && { user: visitor.identity.name, role: visitor.identity.role };
  const requestId = headers.get('x-request-id') ?? '';
  log('info', 'change', { ...who, method, path, status, requestId });
}

interface Forwarded {
  readonly request: Request;
  readonly name: RouteName;
  readonly route: RouteDescriptor;
  readonly config: DashboardConfig;
  readonly target: string;
  readonly body: ArrayBuffer | undefined;
  readonly visitor: Visitor | undefined;
}

async function send(forwarded: Forwarded): Promise<Response> {
  const { request, route, config, target, body } = forwarded;
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
    gatewayLog.answered();
    return new Response(isEmpty(answer) ? null : await contentOf(answer, forwarded), {
      status: answer.status,
      headers: responseHeaders(answer),
    });
  } catch (error) {
    const path = new URL(target).pathname;
    if (gone.signal.reason === 'late') {
      const detail = `No answer within ${TIMEOUT_MS} ms.`;
      return unanswered(request, { kind: 'gateway-timeout', path, detail, error: detail });
    }
    const detail = 'Nobody answers at its address.';
    return unanswered(request, { kind: 'gateway-unavailable', path, detail, error });
  } finally {
    // The beginning of a stream is its answer; how long it goes on is up to both ends.
    if (route.stream) clearTimeout(late);
    else late.unref();
  }
}

/**
 * Without what is redacted. A stream of events goes on only as long as the session that asked for it.
 */
async function contentOf(
  answer: Response,
  { name, route, config, visitor }: Forwarded,
): Promise<Response['body'] | string> {
  if (config.redact.size > 0 && answer.ok && REDACTED_ROUTES.includes(name)) {
    return redact(await answer.text(), config.redact);
  }
  const { body } = answer;
  const auth = authOfProcess();
  if (body === null || route.stream !== true || visitor === undefined || auth === null) return body;
  return whileGood(body, () => auth.isGood(visitor.token));
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
