import { Worker as Thread } from 'node:worker_threads';
import { RetryDelay } from './backoff.ts';
import type { ThreadData } from './heartbeat-thread.ts';
import { type Runtime, reportStoreError } from './runtime.ts';

const RESTART_CAP_MS = 5_000;
const STOP_MS = 1_000;

/** The main thread's end of the heartbeat thread. */
export interface HeartbeatThread {
  stop(): Promise<void>;
}

/** Starts the thread, and starts it again should it die. */
export function startThread(
  runtime: Runtime,
  times: { readonly tickMs: number; readonly blockedAfterMs: number },
  memory: SharedArrayBuffer,
): HeartbeatThread {
  const { settings } = runtime;
  const { heartbeatThread } = settings;
  if (heartbeatThread === null) return { stop: async () => undefined };
  const data: ThreadData = {
    memory,
    redis: heartbeatThread.redis,
    namespace: heartbeatThread.namespace,
    queues: settings.queues.map(({ name }) => name),
    leaseMs: settings.leaseMs,
    heartbeatMs: settings.heartbeatMs,
    tickMs: times.tickMs,
    blockedAfterMs: times.blockedAfterMs,
    maxBlockedMs: heartbeatThread.maxBlockedMs,
  };
  return new ThreadHost(runtime, data);
}

class ThreadHost implements HeartbeatThread {
  readonly #runtime: Runtime;
  readonly #data: ThreadData;
  readonly #retry = new RetryDelay({ capMs: RESTART_CAP_MS });
  #thread: Thread | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(runtime: Runtime, data: ThreadData) {
    this.#runtime = runtime;
    this.#data = data;
    this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const thread = this.#thread;
    if (thread === undefined) return;
    const gone = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    // A thread's port, not a window: there is no origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    thread.postMessage('stop');
    const impatient = setTimeout(() => void thread.terminate(), STOP_MS);
    await gone;
    clearTimeout(impatient);
  }

  #begin(): void {
    // Run from its source, this package is all source.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const entry = new URL(`./heartbeat-thread.${extension}`, import.meta.url);
    const thread = new Thread(entry, { workerData: this.#data, name: 'relay-heartbeat' });
    this.#thread = thread;
    thread.on('message', (message: string) => this.#report(new Error(message)));
    thread.on('error', (error) => this.#report(error));
    thread.once('exit', () => {
      this.#thread = undefined;
      if (this.#stopped) return;
      this.#timer = setTimeout(() => this.#begin(), this.#retry.next());
    });
  }

  #report(error: unknown): void {
    if (!this.#stopped) reportStoreError(this.#runtime, { queue: null, op: 'extend', error });
  }
}
