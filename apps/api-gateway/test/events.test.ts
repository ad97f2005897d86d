import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { eventData } from '@relay/contract';
import { until } from '@relay/testkit';
import { call, serveTests, startTestGateway, type TestGateway } from './harness.ts';

const { redis, gateway } = await serveTests({
  events: { intervalMs: 50, commentMs: 100, mostUnread: 50_000 },
});

interface Stream {
  readonly answer: IncomingMessage;
  readonly asking: ClientRequest;
  readonly text: () => string;
  readonly events: () => { id: string; event: string; data: ReturnType<typeof eventData.parse> }[];
  readonly ended: () => boolean;
}

async function open(
  path: string,
  headers: Record<string, string> = {},
  at: TestGateway = gateway,
): Promise<Stream> {
  let text = '';
  let ended = false;
  const asking = request(at.url + path, { headers, agent: false });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asking.on('response', resolve).on('error', reject).end();
  });
  answer.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  for (const end of ['close', 'error']) {
    answer.on(end, () => {
      ended = true;
    });
  }
  const events = () =>
    [...text.matchAll(/^id: (.+)\nevent: (.+)\ndata: (.+)\n$/gm)].map(([, id, event, data]) => ({
      id: id ?? '',
      event: event ?? '',
      data: eventData.parse(JSON.parse(data ?? '')),
    }));
  return { answer, asking, text: () => text, events, ended: () => ended };
}

const add = (queue: string) => gateway.broker.enqueue(queue, { payload: '1' });

describe('the stream of events', () => {
  it('begins with a snapshot, goes on with what changes, and is kept open by comments', async () => {
    await add('events-a');
    const stream = await open('/v1/events');
    expect(stream.answer.headers['content-type']).toBe('text/event-stream');
    expect(stream.answer.headers['cache-control']).toBe('no-store');
    await until(() => stream.events().length > 0, { what: 'a snapshot' });
    expect(stream.text()).toMatch(/^retry: \d+\n\n/);
    const [first] = stream.events();
    expect(first?.event).toBe('snapshot');
    expect(first?.data.queues.map(({ name }) => name)).toEqual(['events-a']);
    await add('events-b');
    const named = () =>
      stream
        .events()
        .slice(1)
        .flatMap(({ data }) => data.queues.map(({ name }) => name));
    await until(() => named().includes('events-b'), { what: 'a delta' });
    await until(() => stream.text().includes('\n:\n\n'), { what: 'a comment' });
    const { text } = await call(gateway, 'GET /metrics');
    expect(text).toContain('relay_sse_clients 1');
    stream.asking.destroy();
    await until(
      async () => (await call(gateway, 'GET /metrics')).text.includes('relay_sse_clients 0'),
      { what: 'the stream to be forgotten' },
    );
  });

  it('is of some queues only when they are named', async () => {
    await add('only-a');
    await add('only-b');
    const stream = await open('/v1/events?queue=only-a&queue=only-c');
    await until(() => stream.events().length > 0, { what: 'a snapshot' });
    await add('only-b');
    await add('only-c');
    await until(() => stream.text().includes('only-c'), { what: 'the third queue' });
    expect(stream.text()).not.toContain('only-b');
    stream.asking.destroy();
  });

  it('goes on where a client was that comes again', async () => {
    const keeper = await open('/v1/events');
    const stream = await open('/v1/events');
    await until(() => stream.events().length > 0, { what: 'a snapshot' });
    const last = stream.events().at(-1)?.id ?? '';
    stream.asking.destroy();
    await add('missed');
    await until(() => keeper.text().includes('missed'), { what: 'the delta' });
    const again = await open('/v1/events?queue=missed', { 'Last-Event-ID': last });
    await until(() => again.events().length > 0, { what: 'what was missed' });
    expect(again.events()[0]).toMatchObject({ event: 'delta' });
    const stranger = await open('/v1/events?queue=missed', { 'Last-Event-ID': 'other-5' });
    await until(() => stranger.events().length > 0, { what: 'a snapshot' });
    expect(stranger.events()[0]).toMatchObject({ event: 'snapshot' });
    for (const one of [keeper, again, stranger]) one.asking.destroy();
  });

  it('drops a client that does not read', async () => {
    const stream = await open('/v1/events');
    stream.answer.pause();
    const sockets = async () => (await call(gateway, 'GET /metrics')).text;
    for (let n = 0; n < 150; n++) await add(`wide-${'y'.repeat(100)}-${n}`);
    await until(
      async () => {
        await Promise.all(
          Array.from({ length: 50 }, (_, n) => add(`wide-${'y'.repeat(100)}-${n}`)),
        );
        return (await sockets()).includes('relay_sse_clients 0');
      },
      { what: 'the slow reader to be dropped', deadlineMs: 20_000 },
    );
    stream.asking.destroy();
  });

  it('tells its clients to come again when the gateway stops', async () => {
    await using other = await startTestGateway({ redis: redis.url });
    const stream = await open('/v1/events', {}, other);
    await until(() => stream.events().length > 0, { what: 'a snapshot' });
    expect(await other.gateway.close()).toBe(true);
    await until(() => stream.ended(), { what: 'the end' });
    expect(stream.text()).toMatch(/\n\nretry: \d+\n\n$/);
  });

  it('is not opened for unknown parameters; HEAD is answered at once', async () => {
    expect((await call(gateway, 'GET /v1/events?topic=x')).status).toBe(422);
    expect((await call(gateway, 'HEAD /v1/events')).status).toBe(200);
  });
});
