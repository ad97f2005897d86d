import { gatewayLog, type Unanswered } from './gateway-log.ts';
import { problemResponse } from './problem.ts';

/** Tells the browser that the gateway did not answer, and the log. */
export function unanswered(
  { method, signal }: Request,
  { kind, path, detail, error }: Pick<Unanswered, 'kind' | 'path' | 'error'> & { detail: string },
): Response {
  const problem = problemResponse(kind, detail, path);
  // Else the browser has broken off, which is no fault of the gateway.
  if (!signal.aborted) {
    const requestId = problem.headers.get('x-request-id') ?? '';
    gatewayLog.failed({ kind, requestId, method, path, error });
  }
  return problem;
}
