import { openApiDocument, ROUTES, type RouteDescriptor } from '@relay/contract';
import {
  type Logger,
  messageOf,
  PROBE_PATHS,
  type ProbePath,
  type Probes,
} from '@relay/service-kit';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Authenticator } from './auth/authenticator.ts';
import type { EventHub } from './events/event-hub.ts';
import { type GatewayResponse, type RequestLocals, sendProblem } from './http/answer.ts';
import { docsPage } from './http/docs-page.ts';
import { edge } from './http/edge.ts';
import { type AnsweringRoute, type Endpoint, endpoint, type Handlers } from './http/endpoint.ts';
import { HttpProblem } from './http/http-problem.ts';
import { problemOf } from './http/problem-of.ts';
import { streamEndpoint } from './http/stream.ts';
import type { HttpMetrics } from './metrics/http-metrics.ts';
import type { QueueGauges } from './metrics/queue-gauges.ts';
import type { Protection } from './protection/protection.ts';

export interface AppOptions {
  readonly handlers: Handlers;
  readonly authenticator: Authenticator;
  readonly protection: Protection;
  readonly loopbackOnly: boolean;
  readonly probes: Probes;
  readonly httpMetrics: HttpMetrics;
  readonly events: EventHub;
  readonly version: string;
  readonly queueGauges: QueueGauges;
  readonly logger: Logger;
}

/** The Express application: the routes of the contract between an edge that checks and one that explains. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Queries are read by readQuery, which refuses what Express would turn into arrays and objects.
  app.set('query parser', false);
  const router = express.Router({ caseSensitive: true, strict: true });
  router.use(options.httpMetrics.middleware);
  router.use(edge(options));
  mountProbes(router, options);
  // After the probes: a gateway under load must not look dead to what would restart it.
  router.use(options.protection.middleware);
  mountReference(router, options);
  mountRoutes(router, options);
  router.use((request: Request) => {
    throw new HttpProblem('not-found', `There is nothing at ${request.path.slice(0, 200)}`);
  });
  app.use(router);
  app.use(explain(options));
  return app;
}

function mountProbes(router: express.Router, { probes, queueGauges }: AppOptions): void {
  const probe = (path: ProbePath) => async (_: Request, response: GatewayResponse) => {
    response.locals.route = path;
    if (path === '/metrics') await queueGauges.refresh();
    const { status, contentType, body } = await probes.answer(path);
    response.writeHead(status, {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  };
  for (const path of PROBE_PATHS) {
    router
      .route(path)
      .get(probe(path))
      .all(refuseMethod(path, ['GET', 'HEAD']));
  }
}

/** The contract itself, for machines and for readers: it holds nothing that needs a key. */
function mountReference(router: express.Router, { version }: AppOptions): void {
  // Made when somebody asks: it takes a tenth of a second, and most gateways are never asked.
  const reference = lazy(() => {
    const openApi = openApiDocument({ version });
    return { json: JSON.stringify(openApi), ...docsPage(openApi) };
  });
  const fixed = (path: string, answer: () => { type: string; body: string; policy?: string }) => {
    const serve = (_: Request, response: GatewayResponse) => {
      response.locals.route = path;
      const { type, body, policy } = answer();
      response.writeHead(200, {
        'Content-Type': type,
        'Content-Length': Buffer.byteLength(body),
        ...(policy === undefined ? {} : { 'Content-Security-Policy': policy }),
      });
      response.end(body);
    };
    router
      .route(path)
      .get(serve)
      .all(refuseMethod(path, ['GET', 'HEAD']));
  };
  fixed('/openapi.json', () => ({ type: 'application/json', body: reference().json }));
  fixed('/docs', () => {
    const { html, policy } = reference();
    return { type: 'text/html; charset=utf-8', body: html, policy };
  });
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

type Method = RouteDescriptor['method'];

function mountRoutes(router: express.Router, options: AppOptions): void {
  const byPath = new Map<string, Map<Method, Endpoint>>();
  // The type parameter ties a route to its own handler; without it both are unions.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  const add = <N extends AnsweringRoute>(name: N) => {
    const route = ROUTES[name];
    const methods = byPath.get(route.path) ?? new Map<Method, Endpoint>();
    const handler: Handlers[N] = options.handlers[name];
    methods.set(route.method, endpoint(route, handler, options));
    byPath.set(route.path, methods);
  };
  for (const name of ROUTE_NAMES) add(name);
  const { streamEvents } = ROUTES;
  byPath.set(
    streamEvents.path,
    new Map([[streamEvents.method, streamEndpoint(options.events, options)]]),
  );
  // '{' sorts behind every letter: a fixed step is matched before a parameter at its place.
  for (const [path, methods] of [...byPath].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const route = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const [method, serve] of methods) route[verb(method)](serve);
    const allowed = [...methods.keys()].flatMap((one) => (one === 'GET' ? [one, 'HEAD'] : [one]));
    route.all(refuseMethod(path, allowed));
  }
}

const ROUTE_NAMES = Object.keys(ROUTES).filter(
  (name): name is AnsweringRoute => Object.hasOwn(ROUTES, name) && name !== 'streamEvents',
);

function verb(method: Method): 'get' | 'post' | 'put' | 'patch' | 'delete' {
  switch (method) {
    case 'GET':
      return 'get';
    case 'POST':
      return 'post';
    case 'PUT':
      return 'put';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return 'delete';
  }
}

function refuseMethod(path: string, allowed: readonly string[]) {
  return (request: Request, response: GatewayResponse) => {
    response.locals.route = path;
    const Allow = allowed.join(', ');
    throw new HttpProblem('method-not-allowed', `${request.method} is not one of ${Allow}`, {
      headers: { Allow },
    });
  };
}

/** The last step: whatever was thrown becomes a problem document, and what is our fault a line in the log. */
function explain({ logger, httpMetrics }: AppOptions) {
  return async (
    error: unknown,
    request: Request,
    response: Response<unknown, RequestLocals>,
    _next: NextFunction,
  ): Promise<void> => {
    const problem = problemOf(error);
    httpMetrics.rejected(problem.reason);
    const about = {
      requestId: response.locals.requestId,
      method: request.method,
      route: response.locals.route,
      problem: problem.code,
    };
    if (problem.code === 'internal')
      logger.error({ ...about, err: problem.cause }, messageOf(error));
    else logger.debug(about, problem.message);
    await sendProblem(request, response, problem);
  };
}
