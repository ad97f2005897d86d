import { describe, expect, it } from '@jest/globals';
import { Relay } from '../src/index.ts';
import { SseParser } from '../src/sse.ts';
import { answering, problem } from './answers.ts';

describe('the parser of event streams', () => {
  const STREAM =
    ': hello\r\nid: 7\r\nevent: delta\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:ü\rid\r\r: bye\n\nevent: none\n\n';

  it('understands every line ending, wherever the pieces are cut', () => {
    const whole = new SseParser().push(STREAM);
    expect(whole).toEqual([
      { event: 'delta', data: '{"a":\n1}', id: '7' },
      { event: 'message', data: 'ü', id: '' },
    ]);
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      const parser = new SseParser();
      expect([...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]).toEqual(
        whole,
      );
    }
    const letters = new SseParser();
    expect(STREAM.split('').flatMap((letter) => letters.push(letter))).toEqual(whole);
  });
});

describe('events', () => {
  const stream = (text: string): Response =>
    new Response(text, { headers: { 'content-type': 'text/event-stream' } });

  it('connects again where the stream broke, and says how far it was', async () => {
    const { fetch, sent } = answering(
      stream('id: 1\nevent: snapshot\ndata: {"queues":[]}\n\n'),
      problem('store-unavailable', 503),
      new TypeError('fetch failed'),
      stream('id: 2\nevent: delta\ndata: {"queues":[],"removed":["q"]}\n\n'),
    );
    const relay = new Relay({ url: 'http://relay.test', fetch, retry: { baseMs: 1 } });
    const seen: unknown[] = [];
    for await (const event of relay.events({ queues: ['a', 'b'] })) {
      seen.push(event);
      if (event.type === 'delta') break;
    }
    expect(seen).toEqual([
      { type: 'snapshot', queues: [] },
      { type: 'delta', queues: [], removed: ['q'] },
    ]);
    expect(sent.map(({ headers }) => headers.get('last-event-id'))).toEqual([null, '1', '1', '1']);
    expect(sent[0]?.url).toBe('http://relay.test/v1/events?queue=a&queue=b');
  });

  it('gives up where it may not listen, and ends with the signal', async () => {
    const denied = answering(problem('forbidden', 403));
    const relay = new Relay({ url: 'http://relay.test', fetch: denied.fetch });
    await expect(relay.events().next()).rejects.toMatchObject({ code: 'forbidden' });
    const abort = new AbortController();
    const reason = new Error('seen enough');
    abort.abort(reason);
    await expect(relay.events({ signal: abort.signal }).next()).rejects.toBe(reason);
  });
});
