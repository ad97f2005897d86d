import type { Handlers, Job, JobContext, PayloadCodec } from '@relay/consumer';
import { ReleaseError } from '@relay/consumer';
import { StartError } from '@relay/service-kit';
import { type ChildOptions, ChildProcessHost } from './child-process.ts';

/** How long a job waits when no child for it can be started. */
const RETRY_MS = 5_000;

/**
 * Child processes that run one job each. They are kept for the next job, and replaced when they die:
 * a handler that crashes, leaks or blocks harms its own job only.
 */
export class ChildPool {
  readonly #options: ChildOptions;
  readonly #all = new Set<ChildProcessHost>();
  readonly #idle: ChildProcessHost[] = [];
  #stopped = false;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Starts the first child, which tells what the handler module holds. @throws {StartError} */
  async open(): Promise<{
    readonly file: string;
    readonly types: readonly string[] | null;
    readonly handlers: Handlers;
    readonly codecs: readonly PayloadCodec[];
  }> {
    const child = this.#fork();
    const ready = await child.ready;
    if ('refused' in ready) throw new StartError(ready.refused);
    this.#keep(child);
    const { file, types } = ready;
    const run = (job: Job, context: JobContext) => this.run(job, context);
    const handlers = types === null ? run : Object.fromEntries(types.map((type) => [type, run]));
    return { file, types, handlers, codecs: ready.codecs.map(decodedByChild) };
  }

  /** Runs a job in a child of its own. @throws {CrashError} when that child dies. */
  async run(job: Job, context: JobContext): Promise<unknown> {
    const child = this.#idle.pop() ?? this.#fork();
    const ready = await child.ready;
    if ('refused' in ready) {
      this.#options.logger.error({ why: ready.refused }, 'a child process cannot run jobs');
      throw new ReleaseError(RETRY_MS);
    }
    try {
      return await child.run(job, context);
    } finally {
      this.#keep(child);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#all].map((child) => child.stop()));
  }

  #fork(): ChildProcessHost {
    const child = new ChildProcessHost(this.#options);
    this.#all.add(child);
    child.onExit(() => {
      this.#all.delete(child);
      const at = this.#idle.indexOf(child);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return child;
  }

  #keep(child: ChildProcessHost): void {
    if (child.alive && !this.#stopped) this.#idle.push(child);
  }
}

/** The child decodes; the worker only has to know that it can. */
function decodedByChild(name: string): PayloadCodec {
  const refuse = (): never => {
    throw new Error(`the codec ${name} is in the child processes`);
  };
  return { name, encode: refuse, decode: refuse };
}
