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

/** An enqueue that is about to be made. */
export interface Sending {
  readonly queue: string;
  /** What the caller sent. */
  readonly from: TraceHeaders;
  /** How many jobs. Defaults to 1. */
  readonly count?: number;
}

/**
 * A producer span around an enqueue. `work` gets what shall travel in the job's headers: the span's
 * own context, or the caller's where no SDK is registered. What `work` throws is thrown; the span then says so.
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
