/** Terminals and npm may both pass one Ctrl-C on: what comes so soon after, in ms, is the same one. */
const SAME_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const WATCH_MS = 500;

/** Somebody wants the run to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly code = 'interrupted';
}

/**
 * A signal that is aborted when this run shall end: at Ctrl-C, SIGTERM or SIGHUP; when nobody reads
 * our output any more; when the npm that started us is gone, since nobody could stop us then.
 *
 * @param onImpatience Called at a second Ctrl-C.
 */
export function watchForEnd(onImpatience: () => void): AbortSignal {
  const end = new AbortController();
  let firstAt = 0;
  const stop = (why: string): void => {
    if (!end.signal.aborted) {
      firstAt = performance.now();
      end.abort(new Interrupted(why));
    } else if (performance.now() - firstAt > SAME_MS) onImpatience();
  };
  for (const name of SIGNALS) process.on(name, () => stop(name));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => end.abort(new Interrupted('nobody reads the output any more')));
  }
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(() => stop('npm is gone'));
  return end.signal;
}

function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onGone();
  }, WATCH_MS);
  watch.unref();
}

/** Waits for `work`, but no longer than until the signal is aborted: then it throws the reason. */
export async function orEnd<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason instanceof Error ? signal.reason : new Interrupted('ended'));
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
