import type { EventData } from './generated/contract.ts';
import { type CallOptions, type Http, mayPass } from './http.ts';
import { known } from './options.ts';
import { backoff, ENDLESS, sleep } from './retry.ts';
import { SseParser } from './sse.ts';

/** All queues (`snapshot`), or those that have changed (`delta`; `removed`: those that are no more). */
export interface RelayEvent extends EventData {
  readonly type: 'snapshot' | 'delta';
}

/** Which events are sent. */
export interface EventsOptions extends CallOptions {
  /** Only these queues. Defaults to all that the key covers. */
  readonly queues?: readonly string[];
}

/** The gateway writes something every 15 s: a stream that is silent for thrice as long is dead. */
const SILENCE_MS = 45_000;

/** The queues as they change; connects again when the stream breaks, until it is left or aborted. */
export async function* events(
  http: Http,
  options: EventsOptions = {},
): AsyncGenerator<RelayEvent, void, undefined> {
  known('events', options, ['queues', 'signal']);
  const { signal, queues } = options;
  let lastId: string | undefined;
  for (let failures = 0; ; failures += 1) {
    signal?.throwIfAborted();
    const left = new AbortController();
    try {
      // oxlint-disable-next-line no-await-in-loop -- one stream at a time.
      const response = await http.open({
        method: 'GET',
        path: '/v1/events',
        query: { queue: queues },
        headers: {
          accept: 'text/event-stream',
          ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
        },
        signal: signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]),
      });
      for await (const { event, data, id } of read(response, left)) {
        failures = 0;
        lastId = id;
        if (event === 'snapshot' || event === 'delta') {
          yield { ...(JSON.parse(data) as EventData), type: event };
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!mayPass(error) && !left.signal.aborted && !(error instanceof TypeError)) throw error;
    } finally {
      left.abort();
    }
    // oxlint-disable-next-line no-await-in-loop
    await sleep(backoff(ENDLESS, failures), signal);
  }
}

async function* read(response: Response, left: AbortController) {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const silence = setTimeout(() => left.abort(new Error('the stream fell silent')), SILENCE_MS);
    try {
      // oxlint-disable-next-line no-await-in-loop -- a stream.
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    } finally {
      clearTimeout(silence);
    }
  }
}
