import type { Request, Response } from 'express';
import { drain } from './body.ts';
import type { HttpProblem } from './http-problem.ts';
import { stringifyJson } from './raw-json.ts';

/** What the gateway remembers of a request while it is answered. */
export interface RequestLocals {
  requestId: string;
  /** The pattern of its route, for metrics; `unmatched` until one was found. */
  route: string;
}

export type GatewayResponse = Response<unknown, RequestLocals>;

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the size of the answer's body in bytes. */
export function sendJson(response: GatewayResponse, answer: JsonAnswer): number {
  if (answer.body === undefined) {
    response.writeHead(answer.status, answer.headers);
    response.end();
    return 0;
  }
  const text = stringifyJson(answer.body);
  const bytes = Buffer.byteLength(text);
  response.writeHead(answer.status, {
    ...answer.headers,
    'Content-Type': 'application/json',
    'Content-Length': bytes,
  });
  response.end(text);
  return bytes;
}

/** Answers with a problem document, unless the client has gone. */
export async function sendProblem(
  request: Request,
  response: GatewayResponse,
  problem: HttpProblem,
): Promise<void> {
  const complete = await drain(request);
  if (response.headersSent || response.destroyed) return;
  const document = problem.toDocument({
    instance: request.originalUrl.split('?', 1)[0]?.slice(0, 500) ?? '/',
    requestId: response.locals.requestId,
  });
  const text = JSON.stringify(document);
  response.writeHead(problem.status, {
    ...problem.headers,
    ...(complete ? {} : { Connection: 'close' }),
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
