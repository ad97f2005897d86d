import { type Link, SpanKind, trace } from '@opentelemetry/api';
import { contextOf, isTracing, messaging, tracer, within } from './trace-context.ts';

/** The parts of a job that a span needs; jobs of `@relay/consumer` and `@relay/sdk` have them. */
export interface ProcessedJob {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly attempt: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A middleware for the `Worker` of `@relay/consumer`: a consumer span around each handler call. It
 * continues the trace of the enqueue and is linked to it; a retry is another child of the same
 * span.
 *
 * @example
 * worker.use(tracingMiddleware());
 */
export function tracingMiddleware() {
  return (job: ProcessedJob, _: unknown, next: () => Promise<unknown>): Promise<unknown> =>
    isTracing() ? processSpan(job, next) : next();
}

/**
 * The same for a single handler, for HTTP workers.
 *
 * @example
 * relay.worker({ queues: ['emails'], handlers: { welcome: tracedHandler(sendWelcome) } });
 */
export function tracedHandler<J extends ProcessedJob, Rest extends readonly unknown[], R>(
  handler: (job: J, ...rest: Rest) => R | Promise<R>,
): (job: J, ...rest: Rest) => Promise<R> {
  return async (job, ...rest) =>
    isTracing()
      ? await processSpan(job, async () => await handler(job, ...rest))
      : await handler(job, ...rest);
}

async function processSpan<R>(job: ProcessedJob, work: () => Promise<R>): Promise<R> {
  const { id, queue, type, attempt, headers } = job;
  const parent = contextOf(headers);
  const from = trace.getSpanContext(parent);
  const links: Link[] = from === undefined ? [] : [{ context: from }];
  const attributes = {
    ...messaging(queue, 'process'),
    'messaging.message.id': id,
    'relay.job.type': type,
    'relay.job.attempt': attempt,
  };
  const span = tracer().startSpan(
    `process ${queue}`,
    { kind: SpanKind.CONSUMER, attributes, links },
    parent,
  );
  return await within(span, parent, work);
}
