import type { Handler, Relay, RelayError, RelayWorker, WorkerSettings } from '../../src/index.ts';

export async function failure(promise: Promise<unknown>): Promise<RelayError> {
  try {
    await promise;
  } catch (error) {
    return error as RelayError;
  }
  throw new Error('it did not fail');
}

export async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

/** A worker that is stopped at the end of the test. */
export function working(
  relay: Relay,
  queue: string,
  handler: Handler<never>,
  settings: WorkerSettings = {},
): RelayWorker & AsyncDisposable {
  const worker = relay.worker({ queues: [queue], handlers: handler, drainMs: 2_000, ...settings });
  worker.start();
  return worker;
}

/** Makes a job dead. */
export async function deadJob(relay: Relay, queue: string): Promise<string> {
  const { id } = await relay.queue(queue).enqueue('broken', { n: 1 }, { maxAttempts: 1 });
  await using _ = working(relay, queue, () => {
    throw new TypeError('it broke');
  });
  await relay.queue(queue).result(id, { timeoutMs: 10_000 });
  return id;
}
