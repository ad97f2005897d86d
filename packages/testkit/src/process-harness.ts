import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { TestkitError } from './errors.ts';
import { guard } from './guard.ts';

/** How many of the newest lines are kept. */
const KEPT_LINES = 20_000;

export interface ProcessOptions {
  /** The program. Defaults to this Node. */
  command?: string;
  /** What Node runs, a .ts file too, with the siblings' source instead of their builds; with a `command` of yours: its first argument. */
  entry: string;
  /** What follows the entry. Defaults to nothing. */
  args?: readonly string[];
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Defaults to this process's working directory. */
  cwd?: string;
  /** User and group to run as; only root may name another than its own. */
  uid?: number;
  /** When given, the start waits for a line that matches. */
  readyPattern?: RegExp;
  /** Milliseconds until the ready line. Defaults to 20,000. */
  readyDeadlineMs?: number;
}

/** How a process ended: with a code, or by a signal. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Starts a process whose output can be waited for, and which ends with this one
 * even when this one is killed.
 *
 * @example
 * await using worker = await startProcess({
 *   entry: fileURLToPath(import.meta.resolve('./fixtures/worker.ts')),
 *   env: { REDIS_URL: redis.url },
 *   readyPattern: /ready/,
 * });
 *
 * @throws {TestkitError} `PROCESS_EXITED` or `DEADLINE_PASSED` while it waits for the ready line,
 *   with the last lines of output; the process has been ended then.
 */
export async function startProcess(options: ProcessOptions): Promise<ManagedProcess> {
  const started = new ManagedProcess(spawnChild(options), describe(options));
  if (!options.readyPattern) return started;
  try {
    await started.waitForLine(options.readyPattern, options.readyDeadlineMs ?? 20_000);
    return started;
  } catch (error) {
    await started.stop(0);
    throw error;
  }
}

/** A process that {@link startProcess} has started. Only ever signals that one process, by its pid. */
export class ManagedProcess implements AsyncDisposable {
  /** -1 when it could not be started; `exit` tells then. */
  readonly pid: number;
  /** Resolves when it has ended and all its output has been read. Never rejects. */
  readonly exit: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #ended: ProcessExit | undefined;

  /** @internal Use {@link startProcess}. */
  constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#name = name;
    this.pid = child.pid ?? -1;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#keep(line));
    }
    this.exit = new Promise((resolve) => {
      const finish = (exit: ProcessExit) => {
        this.#ended = exit;
        resolve(exit);
      };
      child.once('error', (error) => {
        this.#keep(`could not be started: ${error.message}`);
        if (this.pid < 0) finish({ code: null, signal: null });
      });
      child.once('close', (code, signal) => finish({ code, signal }));
    });
    if (this.pid > 0) {
      const watch = guard(['kill', '-9', String(this.pid)]);
      child.once('exit', () => watch.release());
    }
  }

  /** What it has written to stdout and stderr, in the order of arrival; the newest 20,000 lines. */
  lines(): readonly string[] {
    return [...this.#lines];
  }

  /**
   * Waits for a line that matches; lines that are already there count.
   *
   * @param deadlineMs defaults to 10,000
   * @throws {TestkitError} `PROCESS_EXITED` or `DEADLINE_PASSED`, with the last lines of output.
   */
  async waitForLine(pattern: RegExp, deadlineMs = 10_000): Promise<string> {
    // A copy without g and y: those would carry a position from line to line.
    const matcher = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    const present = this.#lines.find((line) => matcher.test(line));
    if (present !== undefined) return present;
    const timer = new AbortController();
    let listener: ((line: string) => void) | undefined;
    const seen = new Promise<string>((resolve) => {
      listener = (line) => {
        if (matcher.test(line)) resolve(line);
      };
      this.#listeners.add(listener);
    });
    const gone = this.exit.then((exit) => {
      throw this.#error('PROCESS_EXITED', `ended (${describeExit(exit)}) without ${pattern}`);
    });
    const late = delay(deadlineMs, undefined, { signal: timer.signal }).then(
      () => {
        throw this.#error('DEADLINE_PASSED', `wrote nothing like ${pattern} in ${deadlineMs} ms`);
      },
      () => new Promise<never>(() => {}),
    );
    try {
      return await Promise.race([seen, gone, late]);
    } finally {
      timer.abort();
      if (listener) this.#listeners.delete(listener);
    }
  }

  /** Sends a signal and does not wait; await `exit` for that. False when it has ended already. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): boolean {
    return this.#child.kill(signal);
  }

  /**
   * Ends it: SIGTERM, and SIGKILL after `graceMs` (default: 10,000). Safe to call twice.
   */
  async stop(graceMs = 10_000): Promise<ProcessExit> {
    if (this.#ended) return this.#ended;
    this.kill('SIGTERM');
    // A process that a test has frozen would never see the SIGTERM.
    this.kill('SIGCONT');
    const timer = new AbortController();
    const impatient = delay(graceMs, undefined, { signal: timer.signal }).then(
      () => this.kill('SIGKILL'),
      // Aborted: it has ended in time.
      () => false,
    );
    const exit = await this.exit;
    timer.abort();
    await impatient;
    return exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }

  #error(code: 'PROCESS_EXITED' | 'DEADLINE_PASSED', what: string): TestkitError {
    const tail = this.#lines.slice(-20).join('\n  ');
    const output = tail === '' ? 'It wrote nothing.' : `Its last lines:\n  ${tail}`;
    return new TestkitError(code, `${this.#name} ${what}. ${output}`);
  }
}

function spawnChild({
  command,
  entry,
  args = [],
  env = {},
  cwd,
  uid,
}: ProcessOptions): ChildProcess {
  const built = command === undefined ? builtEntry(entry) : undefined;
  const program = command ?? process.execPath;
  const flags = command === undefined && built === undefined ? nodeFlags() : [];
  return spawn(program, [...flags, built ?? entry, ...args], {
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

/**
 * Where a service is started from while all packages are tested: `npm test` has built it then, and it
 * starts in half the time (0.5 s of a core less). A run of one package or file takes the source.
 */
function builtEntry(entry: string): string | undefined {
  if (process.env['TESTKIT_BUILT'] !== '1') return undefined;
  const [, app, file] =
    /^(.*\/apps\/(?:api-gateway|reaper-promoter|worker))\/src\/(\w+)\.ts$/.exec(entry) ?? [];
  return app === undefined ? undefined : `${app}/dist/${file}.js`;
}

/** tsx is ours: the package under test need not have it. */
function nodeFlags(): string[] {
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return ['--import', pathToFileURL(tsx).href, '--conditions=@relay/source'];
}

function describe({ command, entry }: ProcessOptions): string {
  return command === undefined ? entry : `${command} ${entry}`;
}

function describeExit({ code, signal }: ProcessExit): string {
  return signal ?? (code === null ? 'not started' : `code ${code}`);
}
