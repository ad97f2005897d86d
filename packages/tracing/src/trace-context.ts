import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** W3C trace context, as carried in HTTP headers and in a job's headers. */
export interface TraceHeaders {
  /** The parent span. */
  readonly traceparent?: string;
  /** Vendor-specific data. */
  readonly tracestate?: string;
}

/**
 * Whether an OpenTelemetry SDK is registered in this process. Without one no spans are created, and
 * an incoming context is passed on unchanged.
 */
export function isTracing(): boolean {
  return propagation.fields().length > 0;
}

export function tracer(): Tracer {
  return trace.getTracer('relay');
}

/** The attributes of every span about a queue, by the conventions for messaging. */
export function messaging(queue: string, operation: 'send' | 'process') {
  return {
    'messaging.system': 'relay',
    'messaging.destination.name': queue,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
  };
}

/** The context that somebody sent; the active one where they sent none. */
export function contextOf(headers: Readonly<Record<string, string | undefined>>): Context {
  if (headers['traceparent'] === undefined) return context.active();
  const carrier: Record<string, string> = { traceparent: headers['traceparent'] };
  if (headers['tracestate'] !== undefined) carrier['tracestate'] = headers['tracestate'];
  return propagation.extract(ROOT_CONTEXT, carrier);
}

/** The header fields that carry a context. */
export function headersOf(carried: Context): TraceHeaders {
  const { traceparent, tracestate }: Record<string, string | undefined> = inject(carried);
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

function inject(carried: Context): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(carried, carrier);
  return carrier;
}

/**
 * Runs `work` with the span as its context, and ends the span with it.
 *
 * @throws what `work` throws; the span then says so.
 */
export async function within<T>(
  span: Span,
  parent: Context,
  work: (own: Context) => Promise<T>,
): Promise<T> {
  const own = trace.setSpan(parent, span);
  try {
    return await context.with(own, () => work(own));
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
