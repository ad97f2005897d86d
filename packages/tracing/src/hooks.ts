import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { headersOf, isTracing, tracer } from './trace-context.ts';

/** An attempt of a request, as passed to the hooks of `@relay/sdk`. */
export interface Attempt {
  readonly method: string;
  readonly url: string;
  readonly attempt: number;
  readonly headers: Headers;
}

interface Ended extends Pick<Attempt, 'headers'> {
  readonly status?: number | undefined;
  readonly error?: unknown;
}

/**
 * Hooks for `@relay/sdk`: a client span around each attempt of a request, whose context is passed
 * to the gateway and from there to the job. The SDK itself has no dependencies.
 *
 * @example
 * const relay = new Relay({ url, hooks: tracingHooks() });
 */
export function tracingHooks() {
  const running = new WeakMap<Headers, Span>();
  return {
    onRequest({ method, url, attempt, headers }: Attempt): void {
      if (!isTracing()) return;
      const attributes = {
        'http.request.method': method,
        'url.full': url,
        ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
      };
      const span = tracer().startSpan(method, { kind: SpanKind.CLIENT, attributes });
      running.set(headers, span);
      const carried = headersOf(trace.setSpan(context.active(), span));
      for (const [name, value] of Object.entries(carried)) headers.set(name, value);
    },
    onResponse({ headers, status, error }: Ended): void {
      const span = running.get(headers);
      if (span === undefined) return;
      running.delete(headers);
      if (status !== undefined) span.setAttribute('http.response.status_code', status);
      if (error instanceof Error) span.recordException(error);
      if (status === undefined || status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
