import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CrashError, INTENT, type Job, type JobContext } from '@relay/consumer';
import { type Logger, messageOf } from '@relay/service-kit';
import type { FromChild, ToChild, WireError, WireJob } from './messages.ts';

/** How long a child that shall end may take. */
const STOP_MS = 1_000;

export interface ChildOptions {
  /** The handlers, as in RELAY_HANDLERS. */
  readonly path: string;
  readonly memoryMb: number;
  /** How long an aborted job may go on before its child is killed. */
  readonly graceMs: number;
  readonly logger: Logger;
}

type Ready = Extract<FromChild, { kind: 'ready' }> | { readonly refused: string };

interface Running {
  readonly job: Job;
  readonly context: JobContext;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One child process, and the job that it runs. */
export class ChildProcessHost {
  /** Never rejects: a child that cannot run jobs says why. */
  readonly ready: Promise<Ready>;
  readonly #options: ChildOptions;
  readonly #child: ChildProcess;
  #running: Running | undefined;
  #alive = true;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#child = spawnChild(options);
    this.ready = new Promise((resolve) => {
      this.#child.on('message', (message: FromChild) => {
        if (message.kind === 'ready') resolve(message);
        else if (message.kind === 'refused') resolve({ refused: message.message });
        else this.#heard(message);
      });
      this.#child.once('error', (error) => {
        this.#ended(`could not be started: ${messageOf(error)}`);
        resolve({ refused: messageOf(error) });
      });
      this.#child.once('exit', (code, signal) => {
        const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
        this.#ended(how);
        resolve({ refused: `the child process ${how} before it was ready` });
      });
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  onExit(listener: () => void): void {
    this.#child.once('exit', listener);
  }

  run(job: Job, context: JobContext): Promise<unknown> {
    let impatient: NodeJS.Timeout | undefined;
    const { signal } = context;
    const abort = () => {
      const { code = 'unknown', message } = signal.reason as { code?: string; message: string };
      this.#send({ kind: 'abort', reason: { code, message } });
      // A child can be ended without harm to anybody else.
      impatient = setTimeout(() => this.#child.kill('SIGKILL'), this.#options.graceMs);
    };
    return new Promise<unknown>((resolve, reject) => {
      this.#running = { job, context, resolve, reject };
      if (!this.#alive) {
        this.#ended('had ended already');
        return;
      }
      this.#send({ kind: 'run', job: wireJob(job) });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    }).finally(() => {
      clearTimeout(impatient);
      signal.removeEventListener('abort', abort);
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    if (!this.#alive) return;
    const gone = new Promise<void>((resolve) => {
      this.#child.once('exit', () => resolve());
    });
    if (this.#child.connected) this.#child.disconnect();
    const impatient = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(impatient);
  }

  #send(message: ToChild): void {
    if (!this.#child.connected) return;
    this.#child.send(message, (error) => {
      // Its exit tells the rest.
      if (error !== null) this.#options.logger.debug({ err: error }, 'a child heard nothing');
    });
  }

  #heard(message: Exclude<FromChild, { kind: 'ready' | 'refused' }>): void {
    const running = this.#running;
    if (running === undefined) return;
    const { context } = running;
    switch (message.kind) {
      case 'log':
        context.log[message.level](message.fields, message.message);
        break;
      case 'progress':
        context.progress(JSON.parse(message.json));
        break;
      case 'extend':
        void this.#extend(context, message.call, message.leaseMs ?? undefined);
        break;
      case 'done':
        running.resolve(message.json === null ? undefined : JSON.parse(message.json));
        break;
      case 'failed':
        running.reject(errorOf(message.error));
        break;
    }
  }

  async #extend(context: JobContext, call: number, leaseMs: number | undefined): Promise<void> {
    let why: string | null = null;
    try {
      await context.extend(leaseMs);
    } catch (error) {
      why = messageOf(error);
    }
    this.#send({ kind: 'extended', call, error: why });
  }

  #ended(how: string): void {
    this.#alive = false;
    const running = this.#running;
    if (running === undefined) return;
    const message = `the child process that ran the job ${how}`;
    running.context.log.error({ pid: this.#child.pid }, message);
    running.reject(new CrashError(message));
  }
}

function spawnChild({ path, memoryMb }: ChildOptions): ChildProcess {
  // Run from its source, the worker is all source.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fork(fileURLToPath(new URL(`./child.${extension}`, import.meta.url)), [path], {
    execArgv: [...process.execArgv, `--max-old-space-size=${memoryMb}`],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function wireJob(job: Job): WireJob {
  const { id, queue, type, payloadText, attempt, crashes, priority, headers, createdAt } = job;
  const { maxAttempts, maxCrashes, timeoutMs } = job;
  const limits = { maxAttempts, maxCrashes, timeoutMs };
  return {
    id,
    queue,
    type,
    payloadText,
    attempt,
    crashes,
    priority,
    headers,
    createdAt,
    ...limits,
  };
}

function errorOf({ name, message, stack, intent }: WireError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return intent === undefined ? error : Object.assign(error, { [INTENT]: intent });
}
