import { SpanKind } from '@opentelemetry/api';
import {
  contextOf,
  headersOf,
  isTracing,
  messaging,
  type TraceHeaders,
  tracer,
  within,
} from './trace-context.ts';

/** An enqueue about to be made. */
export interface Sending {
  readonly queue: string;
  /** The trace context that the caller sent. */
  readonly from: TraceHeaders;
  /** Number of jobs. Defaults to 1. */
  readonly count?: number;
}

/**
 * A producer span around an enqueue. `work` receives the headers for the job: the span's own
 * context, or the caller's if no SDK is registered. An error thrown by `work` is recorded on the
 * span and rethrown.
 */
export async function sendSpan<T>(
  { queue, from, count = 1 }: Sending,
  work: (headers: TraceHeaders) => Promise<T>,
): Promise<T> {
  if (!isTracing()) return await work(from);
  const parent = contextOf({ ...from });
  const attributes = {
    ...messaging(queue, 'send'),
    ...(count === 1 ? {} : { 'messaging.batch.message_count': count }),
  };
  const span = tracer().startSpan(`send ${queue}`, { kind: SpanKind.PRODUCER, attributes }, parent);
  return await within(span, parent, (own) => work(headersOf(own)));
}
