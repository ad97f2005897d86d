import type { Fetch } from '../http.ts';
import { eventStream } from './events.ts';
import { ROUTES } from './generated/routes.ts';
import type { FakeHandlers, FakeRequest } from './handler.ts';
import { JOBS } from './jobs.ts';
import { LEASES } from './leases.ts';
import type { Model } from './model.ts';
import { FakeProblem, invalid } from './problem.ts';
import { DEAD_LETTERS, QUEUES } from './queues.ts';
import { type FakeRoute, violations } from './schema.ts';

const HANDLERS: FakeHandlers = { ...JOBS, ...LEASES, ...QUEUES, ...DEAD_LETTERS };
const utf8 = new TextEncoder();

/** A `fetch` that answers as a gateway over this model would. */
export function fakeFetch(model: Model): Fetch {
  let requests = 0;
  return async (url, init) => {
    const signal = init.signal ?? undefined;
    signal?.throwIfAborted();
    const requestId = `fake-${++requests}`;
    const { pathname } = new URL(url);
    try {
      const answer = await respond(model, new URL(url), init);
      signal?.throwIfAborted();
      answer.headers.set('x-request-id', requestId);
      return answer;
    } catch (error) {
      if (!(error instanceof FakeProblem)) throw error;
      const problem = { ...error.toItem(), instance: pathname, requestId };
      const headers = { 'content-type': 'application/problem+json', 'x-request-id': requestId };
      return Response.json(problem, { status: error.status, headers });
    }
  };
}

async function respond(model: Model, url: URL, init: RequestInit): Promise<Response> {
  const { route, params } = find(init.method ?? 'GET', url.pathname);
  const wrong = violations(route.params, params);
  if (wrong.length > 0) throw asParameters(wrong);
  const signal = init.signal ?? undefined;
  if (route.name === 'streamEvents') {
    return eventStream(model, url.searchParams.getAll('queue'), signal);
  }
  const request: FakeRequest = {
    model,
    params,
    query: queryOf(route, url),
    body: bodyOf(route, init.body),
    headers: new Headers(init.headers),
    signal,
  };
  const handler = HANDLERS[route.name];
  if (handler === undefined) throw new FakeProblem('not-found', `The fake has no ${route.name}`);
  model.tick();
  const { status, body } = await handler(request);
  model.changed();
  // Stringified here, so that what a caller does to an answer stays the caller's.
  return body === undefined
    ? new Response(null, { status })
    : new Response(JSON.stringify(body), {
        status,
        headers: { 'content-type': 'application/json' },
      });
}

function find(
  method: string,
  pathname: string,
): { route: FakeRoute; params: Record<string, string> } {
  let otherMethod = false;
  for (const route of ROUTES) {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const pattern = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
    const match = pattern.exec(pathname);
    if (match === null) continue;
    otherMethod = true;
    if (route.method !== method) continue;
    const values = names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]);
    return { route, params: Object.fromEntries(values) as Record<string, string> };
  }
  throw otherMethod
    ? new FakeProblem('method-not-allowed', `${pathname} does not take ${method}`)
    : new FakeProblem('not-found', `There is nothing at ${pathname}`);
}

function queryOf(route: FakeRoute, url: URL): Record<string, string> {
  const query = Object.fromEntries(url.searchParams);
  const typed = Object.entries(query).map(([key, value]) => {
    const type = route.query.properties?.[key]?.type;
    if (type === 'integer' && /^\d+$/.test(value)) return [key, Number(value)];
    return [key, type === 'boolean' && /^(true|false)$/.test(value) ? value === 'true' : value];
  });
  const wrong = violations(route.query, Object.fromEntries(typed));
  if (wrong.length > 0) throw asParameters(wrong);
  return query;
}

function asParameters(wrong: ReturnType<typeof violations>): FakeProblem {
  return invalid(
    wrong.map((one) => ({
      parameter: 'pointer' in one ? one.pointer.slice(1) : one.parameter,
      detail: one.detail,
    })),
  );
}

function bodyOf(route: FakeRoute, sent: RequestInit['body']): Record<string, unknown> {
  if (route.body === null) return {};
  const text = typeof sent === 'string' ? sent : '';
  if (utf8.encode(text).length > route.body.maxBytes) {
    throw new FakeProblem('too-large', `The body has more than ${route.body.maxBytes} bytes`);
  }
  if (text === '' && !route.body.required) return {};
  const body = parse(text);
  const wrong = violations(route.body.schema, body);
  if (wrong.length > 0) throw invalid(wrong);
  return body as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new FakeProblem('malformed', error.message);
    throw error;
  }
}
