import type { EndListener } from './end-listener.ts';
import { Issues } from './names.ts';
import type { QueueCalls } from './queue-calls.ts';
import type { CallOptions } from './runner.ts';
import type { JobState } from './types.ts';

/** What a timer can do: 2^31 − 1 ms, 24 days. */
const LONGEST_WAIT_MS = 2_147_483_647;

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
  const issues = new Issues();
  issues.integer('/timeoutMs', timeoutMs, [0, LONGEST_WAIT_MS]);
  issues.check();
  await ends.start();
  let stop = (): void => undefined;
  const ended = new Promise<JobState | 'gone'>((resolve) => {
    stop = ends.listen(queue, id, (state) => resolve(state === 'deleted' ? 'gone' : state));
  });
  try {
    const look = async (): Promise<JobState | 'gone'> =>
      (await calls.run(queue, { script: 'watch', args: [id], options })) as JobState | 'gone';
    const now = await look();
    if (now !== 'ready' && now !== 'scheduled' && now !== 'active') return now;
    const heard = await withDeadline(ended, null, { timeoutMs, signal: options.signal });
    if (heard !== null) return heard;
    // It may have gone on meanwhile; or ended while the connection was away, unheard.
    return options.signal?.aborted ? now : await look();
  } finally {
    stop();
  }
}

async function withDeadline<T, L>(
  promise: Promise<T>,
  late: L,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<T | L> {
  let finish = (): void => undefined;
  const over = new Promise<L>((resolve) => {
    finish = () => resolve(late);
  });
  const timer = setTimeout(finish, timeoutMs);
  signal?.addEventListener('abort', finish, { once: true });
  // Aborted while the job was looked at: that event is over.
  if (signal?.aborted) finish();
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', finish);
  }
}
