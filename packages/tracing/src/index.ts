export { type Attempt, tracingHooks } from './hooks.ts';
export { type ProcessedJob, tracedHandler, tracingMiddleware } from './process-span.ts';
export { type Sending, sendSpan } from './send-span.ts';
export { isTracing, type TraceHeaders } from './trace-context.ts';
