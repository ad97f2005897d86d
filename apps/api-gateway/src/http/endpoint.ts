import type { RouteDescriptor, RouteName, Routes } from '@relay/contract';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Authenticator } from '../auth/authenticator.ts';
import { ANYBODY, type Principal } from '../auth/principal.ts';
import type { ByteAccount } from '../protection/byte-budget.ts';
import type { Protection } from '../protection/protection.ts';
import type { GatewayResponse, JsonAnswer } from './answer.ts';
import { sendJson } from './answer.ts';
import { hasBody, readBody } from './body.ts';
import { HttpProblem } from './http-problem.ts';
import { scanJson } from './json-scan.ts';
import { readQuery } from './query.ts';
import { check, validation } from './validate.ts';

type BodyOf<R extends RouteDescriptor> = R['body'] extends { readonly schema: infer S }
  ? S extends z.ZodType
    ? z.output<S>
    : never
  : undefined;

/** What a handler gets: everything checked, the caller entitled. */
interface Input<R extends RouteDescriptor> {
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: BodyOf<R>;
  readonly principal: Principal;
  /** Aborted when the client goes before it has its answer. */
  readonly gone: () => AbortSignal;
  /** A header field of the request. */
  readonly header: (name: string) => string | undefined;
}

/** One of the answers that the route declares. */
type AnswerOf<R extends RouteDescriptor> = {
  [S in keyof R['answers'] & number]: {
    readonly status: S;
    readonly body: R['answers'][S] extends z.ZodType ? z.input<R['answers'][S]> : never;
    readonly headers?: Readonly<Record<string, string>>;
  };
}[keyof R['answers'] & number];

export type Handler<R extends RouteDescriptor> = (input: Input<R>) => Promise<AnswerOf<R>>;

/** One handler a route of the contract, none forgotten. */
export type Handlers = { readonly [N in AnsweringRoute]: Handler<Routes[N]> };

/** The routes that answer once; a stream is mounted by its own code. */
export type AnsweringRoute = Exclude<RouteName, 'streamEvents'>;

/** Whom a request must pass. */
export interface Guards {
  readonly authenticator: Authenticator;
  readonly protection: Protection;
}

/** Serves one route. */
export type Endpoint = (request: Request, response: GatewayResponse) => Promise<void>;

/**
 * The way of every request to its handler: who asks, are they within their limits, may they, what do
 * they ask for. In that order, so that a stranger learns nothing from our validation and sends us no
 * body.
 */
export function endpoint<R extends RouteDescriptor>(
  route: R,
  handler: Handler<R>,
  { authenticator, protection }: Guards,
): Endpoint {
  const serve = async (request: Request, response: GatewayResponse, principal: Principal) => {
    requirePermission(route, principal);
    const params = check<R['params']>(route.params, request.params, { in: 'parameters' });
    requireQueue(params, principal);
    const query = check<R['query']>(route.query, readQuery(request.url, route.repeatable), {
      in: 'parameters',
    });
    using held = protection.bytes.open();
    const body = await bodyOf(route, request, held);
    const answer: JsonAnswer = await handler({
      params,
      query,
      // The type of the body follows from the schema that has just checked it; the compiler cannot
      // follow a conditional type of a generic one.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      body: body as BodyOf<R>,
      principal,
      gone: () => goneSignal(response),
      header: (name) => headerOf(request, name),
    });
    const sent = sendJson(response, answer);
    if (sent >= LARGE_ANSWER_BYTES) holdUntilSent(response, protection.bytes.open(), sent);
  };
  return async (request, response) => {
    response.locals.route = route.path;
    const principal = route.permission === null ? ANYBODY : authenticator.authenticate(request);
    if (principal === ANYBODY) return await serve(request, response, principal);
    protection.keys.enter(principal);
    try {
      await serve(request, response, principal);
    } finally {
      protection.keys.leave(principal);
    }
  };
}

/** Below this an answer fits into the socket's own buffers and isn't counted. */
const LARGE_ANSWER_BYTES = 16_384;

/** A client that doesn't read keeps its answer in our memory. */
function holdUntilSent(response: GatewayResponse, held: ByteAccount, bytes: number): void {
  if (response.closed) return;
  held.add(bytes);
  response.once('close', () => held[Symbol.dispose]());
}

/** Node joins a header that stands twice by a comma: two idempotency keys would be a third one. */
function headerOf(request: Request, name: string): string | undefined {
  if (name === 'idempotency-key' && (request.headersDistinct[name]?.length ?? 0) > 1) {
    throw validation([{ parameter: 'Idempotency-Key', detail: 'stands twice' }]);
  }
  return request.get(name);
}

/** Made only for those who ask: most answers come at once. */
function goneSignal(response: GatewayResponse): AbortSignal {
  const controller = new AbortController();
  const gone = (): void => controller.abort(new Error('the client has gone'));
  if (response.destroyed) gone();
  response.once('close', () => {
    if (!response.writableFinished) gone();
  });
  return controller.signal;
}

/** @throws {HttpProblem} `forbidden` */
export function requirePermission({ permission }: RouteDescriptor, principal: Principal): void {
  if (permission === null || principal.may(permission)) return;
  throw new HttpProblem('forbidden', `The key lacks the permission ${permission}`);
}

function requireQueue(params: Readonly<Record<string, unknown>>, principal: Principal): void {
  const { queue } = params;
  if (typeof queue === 'string' && !principal.covers(queue)) {
    throw new HttpProblem('not-found', `There is no queue "${queue}" for this key`);
  }
}

async function bodyOf(
  route: RouteDescriptor,
  request: Request,
  held: ByteAccount,
): Promise<unknown> {
  const { body } = route;
  if (body === null) return undefined;
  if (!hasBody(request)) {
    if (body.required) throw new HttpProblem('malformed', 'The body is empty; JSON was expected');
    return check(body.schema, {}, { in: 'body' });
  }
  const bytes = await readBody(request, body.maxBytes, held);
  const document = scanJson(bytes, body.raw === undefined ? {} : { raw: body.raw });
  return check(body.schema, document, { in: 'body' });
}
