import type { EndListener } from './end-listener.ts';
import type { QueueCalls } from './queue-calls.ts';
import type { CallOptions } from './runner.ts';
import type { JobState } from './types.ts';

/** What the wait needs. */
export interface EndWait {
  readonly calls: QueueCalls;
  readonly ends: EndListener;
  readonly queue: string;
  readonly id: string;
  readonly timeoutMs: number;
  readonly options: CallOptions;
}

/** Subscribes first and looks then: an end between the two is heard. */
export async function waitForEnd({
  calls,
  ends,
  queue,
  id,
  timeoutMs,
  options,
}: EndWait): Promise<JobState | 'gone'> {
  await ends.start();
  let stop = (): void => undefined;
  const ended = new Promise<JobState | 'gone'>((resolve) => {
    stop = ends.listen(queue, id, (state) => resolve(state === 'deleted' ? 'gone' : state));
  });
  try {
    const now = (await calls.run(queue, { script: 'watch', args: [id], options })) as
      | JobState
      | 'gone';
    if (now !== 'ready' && now !== 'scheduled' && now !== 'active') return now;
    return await withDeadline(ended, now, { timeoutMs, signal: options.signal });
  } finally {
    stop();
  }
}

async function withDeadline<T>(
  promise: Promise<T>,
  late: T,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<T> {
  let finish = (): void => undefined;
  const over = new Promise<T>((resolve) => {
    finish = () => resolve(late);
  });
  const timer = setTimeout(finish, timeoutMs);
  signal?.addEventListener('abort', finish, { once: true });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', finish);
  }
}
