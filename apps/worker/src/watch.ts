import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A save is often several events. */
const SETTLE_MS = 100;
/** More folders than this are no handlers' sources. */
const MAX_FOLDERS = 500;
const SOURCE = /\.([cm]?js|[cm]?ts|tsx|jsx)$/;

/**
 * For development: runs the worker, and starts it anew when a source file beside the handlers
 * changes. The old one drains first, as at every SIGTERM, so no job is lost or runs twice; a new
 * process is the only way to load again what the handlers import. A worker that cannot start, for
 * instance for a syntax error, is tried again at the next change.
 *
 * @returns the exit code, after SIGINT or SIGTERM.
 */
export async function watchWorker(handlers: string): Promise<number> {
  const path = resolve(handlers);
  if (!existsSync(path)) throw new Error(`there is no ${path} to watch`);
  const root = statSync(path).isDirectory() ? path : dirname(path);
  const supervisor = new Supervisor(root);
  return await supervisor.run();
}

class Supervisor {
  readonly #root: string;
  #watchers: FSWatcher[] = [];
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #changed = false;
  #ending = false;
  #wake: () => void = () => undefined;

  constructor(root: string) {
    this.#root = root;
  }

  async run(): Promise<number> {
    const end = () => this.#end();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
    let code = 0;
    while (!this.#ending) {
      this.#changed = false;
      this.#watch();
      // One worker after the other is the point of this loop.
      // oxlint-disable-next-line no-await-in-loop
      code = await this.#runOnce();
      if (this.#ending) break;
      if (!this.#changed) say(`the worker ended with code ${code}; waiting for a change`);
      // oxlint-disable-next-line no-await-in-loop
      await this.#change();
    }
    this.#unwatch();
    clearTimeout(this.#timer);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
    return code;
  }

  #runOnce(): Promise<number> {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const main = fileURLToPath(new URL(`./main.${extension}`, import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, main], {
      // The channel tells the worker when this process is gone.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Ctrl-C reaches this process alone, which then ends the worker once.
      detached: true,
    });
    this.#child = child;
    return new Promise((done) => {
      child.once('error', (error) => {
        say(`the worker could not be started: ${error.message}`);
        done(1);
      });
      child.once('exit', (code) => {
        this.#child = undefined;
        done(code ?? 1);
      });
    });
  }

  #change(): Promise<void> {
    if (this.#changed || this.#ending) return Promise.resolve();
    return new Promise((wake) => {
      this.#wake = wake;
    });
  }

  #end(): void {
    this.#ending = true;
    this.#child?.kill('SIGTERM');
    this.#wake();
  }

  #onChange(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#changed || this.#ending) return;
      this.#changed = true;
      if (this.#child !== undefined) say('the handlers have changed: draining, then restarting');
      this.#child?.kill('SIGTERM');
      this.#wake();
    }, SETTLE_MS);
  }

  /** Anew for each worker: folders come and go. */
  #watch(): void {
    this.#unwatch();
    this.#watchers = foldersOf(this.#root).map((folder) =>
      watch(folder, (_event, name) => {
        if (name !== null && SOURCE.test(name)) this.#onChange();
      }),
    );
  }

  #unwatch(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }
}

function foldersOf(root: string): string[] {
  const found = [root];
  for (let i = 0; i < found.length && found.length < MAX_FOLDERS; i++) {
    const folder = found[i] ?? root;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const skipped = entry.name.startsWith('.') || entry.name === 'node_modules';
      if (entry.isDirectory() && !skipped) found.push(join(folder, entry.name));
    }
  }
  return found;
}

function say(message: string): void {
  process.stderr.write(`relay-worker: ${message}\n`);
}
