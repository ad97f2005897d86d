import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ManagedProcess, type ProcessExit, startProcess } from '@relay/testkit';

export type Role = 'gateway' | 'worker' | 'reaper' | 'http-worker' | 'bad-client';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const READY = /"ready: |has started|^ready$/;
/** A busy machine takes its time to start a dozen processes. */
const READY_DEADLINE_MS = 180_000;
const APPS: Readonly<Partial<Record<Role, string>>> = {
  gateway: 'api-gateway',
  worker: 'worker',
  reaper: 'reaper-promoter',
};

export interface ServiceOptions {
  readonly name: string;
  readonly role: Role;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs the services from their source instead of their builds. */
  readonly source: boolean;
  readonly onExit: (exit: Exit) => void;
}

/** How a process ended, and how it was asked to. */
export interface Exit extends ProcessExit {
  readonly name: string;
  /** The signal that we sent last; null: it ended by itself. */
  readonly asked: NodeJS.Signals | null;
  /** From that signal to the end. */
  readonly ms: number;
}

/** One process of the stack, which can be killed and started again under the same name. */
export class Service {
  readonly name: string;
  readonly role: Role;
  readonly #options: ServiceOptions;
  #process: ManagedProcess | undefined;
  #asked: { readonly signal: NodeJS.Signals; readonly at: number } | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.role = options.role;
    this.#options = options;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  /** What it has written. */
  lines(): readonly string[] {
    return this.#process?.lines() ?? [];
  }

  /** Where its probes are. */
  async probes(): Promise<string> {
    const line = (await this.#process?.waitForLine(/"url":"http/)) ?? '{}';
    return (JSON.parse(line) as { url: string }).url;
  }

  async start(): Promise<void> {
    const { env, role, source } = this.#options;
    this.#asked = null;
    const started = await startProcess({
      ...programOf(role, source),
      env: { LOG_LEVEL: 'info', HOST: '127.0.0.1', ...env },
      readyPattern: READY,
      readyDeadlineMs: READY_DEADLINE_MS,
    });
    this.#process = started;
    this.#ended = started.exit.then((exit) => {
      if (this.#process === started) this.#process = undefined;
      // Beside the history: what the service itself had to say.
      const output = `${started.lines().join('\n')}\n`;
      if (env['FAULTS_LOG'] !== undefined) appendFileSync(`${env['FAULTS_LOG']}.out`, output);
      const { signal = null, at = performance.now() } = this.#asked ?? {};
      const ms = performance.now() - at;
      this.#options.onExit({ ...exit, name: this.name, asked: signal, ms });
    });
  }

  /** Sends a signal, and waits for the end where the signal asks for one. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const lasting = signal !== 'SIGSTOP' && signal !== 'SIGCONT';
    if (lasting) this.#asked = { signal, at: performance.now() };
    this.#process?.kill(signal);
    if (lasting) await this.#ended;
  }

  async stop(): Promise<void> {
    if (this.#process === undefined) return;
    this.#asked = { signal: 'SIGTERM', at: performance.now() };
    await this.#process.stop(45_000);
    await this.#ended;
  }
}

/** Starts a service that must not come up, and waits for its end. */
export async function tryStart({
  role,
  source,
  env,
}: Pick<ServiceOptions, 'role' | 'source' | 'env'>): Promise<{
  readonly code: number | null;
  readonly lines: readonly string[];
}> {
  await using started = await startProcess({
    ...programOf(role, source),
    env: { LOG_LEVEL: 'info', HOST: '127.0.0.1', ...env },
  });
  const { code } = await started.exit;
  return { code, lines: started.lines() };
}

function programOf(role: Role, source: boolean): { entry: string; command?: string } {
  const app = APPS[role];
  if (app === undefined) {
    return { entry: fileURLToPath(new URL(`../actors/${role}.ts`, import.meta.url)) };
  }
  if (source) return { entry: join(ROOT, 'apps', app, 'src', 'main.ts') };
  const entry = join(ROOT, 'apps', app, 'dist', 'main.js');
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run npm run build first`);
  return { command: process.execPath, entry };
}
