/**
 * Entry of a child process that runs one job at a time for its worker: `child <handlers>`. It ends
 * when the worker does; signals of a terminal are the worker's business.
 */
import { type Handler, resultJson } from '@relay/consumer';
import { messageOf } from '@relay/service-kit';
import { type LoadedHandlers, loadHandlers } from '../load-handlers.ts';
import { ChildContext, jobOf, wireError } from './child-context.ts';
import type { FromChild, ToChild, WireJob } from './messages.ts';

function send(message: FromChild): void {
  // Null only when this is run by hand.
  process.send?.(message);
}

function handlerOf({ handlers }: LoadedHandlers, type: string): Handler<never> | undefined {
  if (typeof handlers === 'function') return handlers;
  return Object.hasOwn(handlers, type) ? handlers[type] : undefined;
}

async function run(loaded: LoadedHandlers, wire: WireJob, context: ChildContext): Promise<void> {
  try {
    const handler = handlerOf(loaded, wire.type);
    if (handler === undefined) throw new Error(`no handler for job type ${wire.type}`);
    const result: unknown = await handler(jobOf(wire, loaded.codecs) as never, context);
    send({ kind: 'done', json: result === undefined ? null : resultJson(result) });
  } catch (error) {
    send({ kind: 'failed', error: wireError(error) });
  }
}

async function main(path: string): Promise<void> {
  // Ctrl-C reaches the whole group of processes; when this one ends is up to its parent.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(0));
  let loaded: LoadedHandlers;
  try {
    loaded = await loadHandlers(path);
  } catch (error) {
    send({ kind: 'refused', message: messageOf(error) });
    return;
  }
  let context: ChildContext | undefined;
  process.on('message', (message: ToChild) => {
    switch (message.kind) {
      case 'run':
        context = new ChildContext(message.job, send);
        void run(loaded, message.job, context);
        break;
      case 'abort':
        context?.abort(message.reason);
        break;
      case 'extended':
        context?.extended(message.call, message.error);
        break;
    }
  });
  const { file, types, codecs } = loaded;
  send({ kind: 'ready', file, types, codecs: codecs.map(({ name }) => name) });
}

await main(process.argv[2] ?? '');
