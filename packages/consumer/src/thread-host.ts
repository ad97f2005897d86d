import { Worker as Thread } from 'node:worker_threads';
import { RetryDelay } from './backoff.ts';
import type { ThreadData, ThreadMessage } from './heartbeat-thread.ts';
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
    const thread = openThread(this.#data);
    this.#thread = thread;
    thread.on('message', (message: ThreadMessage) => {
      if ('error' in message) this.#report(new Error(message.error));
      else this.#runtime.settings.logger.debug({}, 'the heartbeat thread is ready');
    });
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

function openThread(workerData: ThreadData): Thread {
  const options = { workerData, name: 'relay-heartbeat' };
  const built = new URL('./heartbeat-thread.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return new Thread(built, options);
  // Run from its source: tsx serves the main thread only, until a thread asks for it.
  const source = new URL('./heartbeat-thread.ts', import.meta.url);
  const code = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then((tsx) => {
    tsx.register();
    return import(${JSON.stringify(source.href)});
  });`;
  return new Thread(code, { ...options, eval: true });
}
