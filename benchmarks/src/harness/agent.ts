import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AgentVerbs, Reply, Request, Verb } from './agent-protocol.ts';

/** Longest that a verb may take, ms. */
const DEADLINE_MS = 180_000;

/** A process that plays one contender; kept over all runs, so that its code is compiled when it counts. */
export class Agent implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 1;
  #gone: string | null = null;

  constructor(contender: string) {
    const main = new URL(
      `./agent-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
      import.meta.url,
    );
    this.#child = fork(fileURLToPath(main), [contender], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    this.#child.on('message', (message) => {
      const reply = message as Reply;
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    this.#child.on('exit', (code, signal) => {
      this.#gone = `the process of ${contender} ended (${signal ?? code})`;
      for (const [id, resolve] of this.#waiting) resolve({ id, error: this.#gone });
      this.#waiting.clear();
    });
  }

  async call<V extends Verb>(
    verb: V,
    ...args: Parameters<AgentVerbs[V]>
  ): Promise<Awaited<ReturnType<AgentVerbs[V]>>> {
    if (this.#gone !== null) throw new Error(this.#gone);
    const id = this.#next++;
    const request: Request = { id, verb, args };
    const reply = await new Promise<Reply>((resolve) => {
      const late = setTimeout(() => {
        this.#waiting.delete(id);
        resolve({ id, error: `"${verb}" took longer than ${DEADLINE_MS} ms` });
      }, DEADLINE_MS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(late);
        resolve(answer);
      });
      this.#child.send(request);
    });
    if ('error' in reply) throw new Error(reply.error);
    return reply.value as Awaited<ReturnType<AgentVerbs[V]>>;
  }

  get gone(): boolean {
    return this.#gone !== null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#gone !== null) return;
    const exit = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    const impatient = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await exit;
    clearTimeout(impatient);
  }
}
