import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { Broker } from '@relay/broker';
import { Worker } from '@relay/consumer';
import { Relay } from '@relay/sdk';
import {
  assertConsistent,
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
  until,
} from '@relay/testkit';
import { sendSpan, tracedHandler, tracingHooks, tracingMiddleware } from '../src/index.ts';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A span of the gateway's process, as its exporter prints it. */
interface PrintedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Record<string, unknown>;
  readonly parentSpanContext?: { spanId: string };
  readonly own: { traceId: string; spanId: string; traceState?: unknown };
}

const exporter = new InMemorySpanExporter();
let redis: RedisServer;
let gateway: ManagedProcess;
let url: string;

function register(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
}

function unregister(): void {
  context.disable();
  propagation.disable();
  trace.disable();
}

beforeAll(async () => {
  redis = await startRedisServer();
  gateway = await startProcess({
    entry: pathOf('../../../apps/api-gateway/src/main.ts'),
    env: {
      REDIS_URL: redis.url,
      PORT: '0',
      NODE_OPTIONS: `--import ${pathOf('fixtures/otel.mjs')}`,
    },
    readyPattern: /"url":/,
    readyDeadlineMs: 60_000,
  });
  const line = await gateway.waitForLine(/"url":/);
  url = (JSON.parse(line) as { url: string }).url;
});
afterAll(async () => {
  unregister();
  await gateway.stop();
  await redis.stop();
});

async function gatewaySpan(queue: string): Promise<PrintedSpan> {
  const line = await gateway.waitForLine(new RegExp(`^span .*"send ${queue}"`));
  return JSON.parse(line.slice('span '.length)) as PrintedSpan;
}

describe('with an SDK', () => {
  it('one trace leads from the call of the producer over SDK and gateway to the handler', async () => {
    register();
    exporter.reset();
    const relay = new Relay({ url, hooks: tracingHooks() });
    await trace.getTracer('test').startActiveSpan('request', async (span) => {
      await relay.queue('traced').enqueue('greet', { name: 'Ada' });
      span.end();
    });

    await using broker = new Broker({ redis: redis.url });
    const seen: (string | undefined)[] = [];
    const worker = new Worker({
      broker,
      queues: ['traced'],
      handlers: { greet: () => seen.push(trace.getActiveSpan()?.spanContext().spanId) },
    });
    worker.use(tracingMiddleware());
    worker.start();
    const spanOf = (name: string) => exporter.getFinishedSpans().find((one) => one.name === name);
    await until(() => spanOf('process traced') !== undefined, { what: 'the span of the handler' });
    await worker.stop();

    const request = spanOf('request');
    const post = spanOf('POST');
    const send = await gatewaySpan('traced');
    const process = spanOf('process traced');
    expect(post?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(send.parentSpanContext?.spanId).toBe(post?.spanContext().spanId);
    expect(process?.parentSpanContext?.spanId).toBe(send.own.spanId);
    expect(process?.links.map((link) => link.context.spanId)).toEqual([send.own.spanId]);
    expect(seen).toEqual([process?.spanContext().spanId]);
    const traces = [request, post, process].map((one) => one?.spanContext().traceId);
    expect(new Set([...traces, send.own.traceId]).size).toBe(1);
    expect([send.kind, process?.kind, post?.kind]).toEqual([
      SpanKind.PRODUCER,
      SpanKind.CONSUMER,
      SpanKind.CLIENT,
    ]);
    expect(send.attributes).toEqual({
      'messaging.system': 'relay',
      'messaging.destination.name': 'traced',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
    });
    expect(process?.attributes).toMatchObject({
      'messaging.system': 'relay',
      'messaging.destination.name': 'traced',
      'messaging.operation.type': 'process',
      'messaging.message.id': expect.any(String),
      'relay.job.type': 'greet',
      'relay.job.attempt': 1,
    });
    await assertConsistent(redis.url, 'traced');
  });

  it('a bulk is one span, carried by each of its jobs together with the state of the trace', async () => {
    const traceId = 'a'.repeat(32);
    const answer = await fetch(`${url}/v1/queues/bulk/jobs/bulk`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        traceparent: `00-${traceId}-${'b'.repeat(16)}-01`,
        tracestate: 'vendor=1',
      },
      body: JSON.stringify({ jobs: [1, 2].map((payload) => ({ type: 'greet', payload })) }),
    });
    expect(answer.status).toBe(200);
    const send = await gatewaySpan('bulk');
    expect(send.own.traceId).toBe(traceId);
    expect(send.attributes).toMatchObject({ 'messaging.batch.message_count': 2 });
    await using broker = new Broker({ redis: redis.url });
    const { leases } = await broker.claim('bulk', { workerId: 'w', max: 2 });
    expect(leases.map(({ headers }) => headers)).toEqual(
      [1, 2].map(() => ({
        traceparent: `00-${traceId}-${send.own.spanId}-01`,
        tracestate: 'vendor=1',
      })),
    );
    await broker.settle(
      'bulk',
      leases.map(({ id, token }) => ({ id, token, outcome: 'complete' as const })),
    );
    await assertConsistent(redis.url, 'bulk');
  });

  it('a handler that throws, and a send that fails, are errors in their spans and for the caller', async () => {
    register();
    exporter.reset();
    const job = { id: 'j1', queue: 'q', type: 't', attempt: 2, headers: {} };
    const broken = () => Promise.reject(new Error('no'));
    await expect(tracedHandler(broken)(job)).rejects.toThrow('no');
    await expect(sendSpan({ queue: 'q', from: {} }, broken)).rejects.toThrow('no');
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual(['process q', 'send q']);
    for (const { status, events } of spans) {
      expect(status.code).toBe(SpanStatusCode.ERROR);
      expect(events.map(({ name }) => name)).toEqual(['exception']);
    }
  });
});

describe('without an SDK', () => {
  it('makes no span, and hands on what the caller sent', async () => {
    unregister();
    exporter.reset();
    const from = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, tracestate: 'x=1' };
    expect(await sendSpan({ queue: 'q', from }, async (headers) => headers)).toBe(from);
    const job = { id: 'j1', queue: 'q', type: 't', attempt: 1, headers: {} };
    expect(await tracedHandler(async () => 7)(job)).toBe(7);
    expect(await tracingMiddleware()(job, {}, async () => 8)).toBe(8);
    const headers = new Headers();
    const attempt = { method: 'POST', url: 'http://x/', attempt: 1, headers };
    const hooks = tracingHooks();
    hooks.onRequest(attempt);
    hooks.onResponse({ ...attempt, status: 200 });
    expect([...headers]).toEqual([]);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
