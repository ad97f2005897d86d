import type { Model } from './model.ts';

/** Changes that come together are told together. */
const TOGETHER_MS = 20;

/** Server-sent events: all queues first, then those that have changed. */
export function eventStream(
  model: Model,
  wanted: readonly string[],
  signal: AbortSignal | undefined,
): Response {
  const encoder = new TextEncoder();
  const told = new Map<string, string>();
  let serial = 0;
  let stop = (): void => undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const tell = (event: 'snapshot' | 'delta'): void => {
        const queues = [...model.queues.values()]
          .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
          .map((queue) => model.summary(queue))
          .filter(
            (queue) => told.get(queue.name) !== JSON.stringify({ ...queue, oldestReadyMs: 0 }),
          );
        const removed = [...told.keys()].filter((name) => !model.queues.has(name));
        for (const queue of queues) {
          told.set(queue.name, JSON.stringify({ ...queue, oldestReadyMs: 0 }));
        }
        for (const name of removed) told.delete(name);
        if (event === 'delta' && queues.length + removed.length === 0) return;
        const data = JSON.stringify({ queues, ...(removed.length === 0 ? {} : { removed }) });
        serial += 1;
        controller.enqueue(encoder.encode(`id: ${serial}\nevent: ${event}\ndata: ${data}\n\n`));
      };
      let timer: ReturnType<typeof setTimeout> | undefined;
      const unlisten = model.onChange(() => {
        timer ??= setTimeout(() => {
          timer = undefined;
          tell('delta');
        }, TOGETHER_MS);
      });
      stop = () => {
        clearTimeout(timer);
        unlisten();
      };
      signal?.addEventListener('abort', () => {
        stop();
        controller.error(signal.reason);
      });
      tell('snapshot');
    },
    cancel: () => stop(),
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
}
