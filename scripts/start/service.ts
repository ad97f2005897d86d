import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Guard, guard } from '../../packages/testkit/src/guard.ts';
import { StartFailure } from './errors.ts';

/** One line of a service's log. */
export type LogEntry = Readonly<Record<string, unknown>>;

export interface ServiceOptions {
  /** What it is called in messages. */
  readonly name: string;
  /** The built program, absolute. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets everything that the service writes, behind what is there. */
  readonly logFile: string;
  readonly onEntry?: (entry: LogEntry) => void;
}

/** How a service ended. */
export interface ServiceExit {
  /** For instance `code 1` or `SIGKILL`. */
  readonly how: string;
  readonly ok: boolean;
  /** The last thing that it complained about, if anything. */
  readonly complaint: string | undefined;
}

/**
 * A child that does not outlive this process, however this one ends. It has a process group of its
 * own: Ctrl-C in a terminal must reach the services one after the other, from us.
 */
export class Service {
  readonly name: string;
  /** Resolves when it has ended and all that it wrote was read. Never rejects. */
  readonly exit: Promise<ServiceExit>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<(entry: LogEntry) => void>();
  readonly #seen: LogEntry[] = [];
  #complaint: string | undefined;

  constructor(options: ServiceOptions) {
    const { entry, env, logFile, onEntry } = options;
    this.name = options.name;
    this.#child = spawn(process.execPath, [entry], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const log = openSync(logFile, 'a');
    this.#read(this.#child.stdout, (line) => {
      writeSync(log, `${line}\n`);
      const parsed = parseEntry(line);
      if (parsed === undefined) return;
      this.#take(parsed);
      onEntry?.(parsed);
    });
    this.#read(this.#child.stderr, (line) => {
      writeSync(log, `${line}\n`);
      if (line.trim() !== '') this.#complaint = line.trim();
    });
    this.exit = this.#watch(() => closeSync(log));
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * The first log entry that has a text in `field`; one that is already there counts.
   *
   * @throws {StartFailure} when it ends without, or the time is over.
   */
  async textOf(field: string, deadlineMs: number): Promise<string> {
    const look = (entry: LogEntry): string | undefined => {
      const value = entry[field];
      return typeof value === 'string' ? value : undefined;
    };
    for (const entry of this.#seen) {
      const value = look(entry);
      if (value !== undefined) return value;
    }
    let timer: NodeJS.Timeout | undefined;
    let listener: ((entry: LogEntry) => void) | undefined;
    try {
      return await new Promise<string>((resolve, reject) => {
        listener = (entry) => {
          const value = look(entry);
          if (value !== undefined) resolve(value);
        };
        this.#waiting.add(listener);
        const late = `${this.name} has not told its ${field} within ${deadlineMs} ms`;
        timer = setTimeout(() => reject(new StartFailure(late)), deadlineMs);
        void this.exit.then((exit) =>
          reject(new StartFailure(describeExit(`${this.name} ended unexpectedly`, exit))),
        );
      });
    } finally {
      clearTimeout(timer);
      if (listener !== undefined) this.#waiting.delete(listener);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL after `graceMs`. A service that is still being loaded ends by the SIGTERM itself: that is well too. */
  async stop(graceMs: number): Promise<ServiceExit> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    const exit = await this.exit;
    clearTimeout(timer);
    return exit.how === 'SIGTERM' ? { ...exit, ok: true } : exit;
  }

  #read(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
    if (stream !== null) createInterface({ input: stream }).on('line', onLine);
  }

  #take(entry: LogEntry): void {
    // A service tells where it listens when it starts: later entries need not be kept.
    if (this.#seen.length < 50) this.#seen.push(entry);
    if (entry['level'] === 'error' || entry['level'] === 'fatal') {
      if (typeof entry['msg'] === 'string') this.#complaint = entry['msg'];
    }
    for (const listener of this.#waiting) listener(entry);
  }

  async #watch(onEnd: () => void): Promise<ServiceExit> {
    const { pid } = this.#child;
    const watcher: Guard | undefined =
      pid === undefined ? undefined : guard(['kill', '-9', String(pid)]);
    const how = await new Promise<string>((resolve) => {
      this.#child.once('exit', () => watcher?.release());
      this.#child.once('error', (error) => {
        this.#complaint = error.message;
        if (pid === undefined) resolve('not started');
      });
      this.#child.once('close', (code, signal) => resolve(signal ?? `code ${code}`));
    });
    onEnd();
    return { how, ok: how === 'code 0', complaint: this.#complaint };
  }
}

/** One line about a service: what it did, how it ended, and its last complaint. */
export function describeExit(what: string, { how, complaint }: ServiceExit): string {
  // Services begin their last words with their name.
  const words = complaint?.replace(/^[a-z-]+: /, '');
  return `${what} (${how})${words === undefined ? '' : `: ${words}`}`;
}

function parseEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogEntry;
  } catch (error) {
    // A line that was cut when its writer was killed.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
