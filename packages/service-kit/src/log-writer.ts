import { writeSync } from 'node:fs';
import { codeOf, messageOf } from './errors.ts';

/** For how long a pipe whose reader is slow is waited for, ms. */
const PATIENCE_MS = 1_000;
const PAUSE_MS = 5;

/**
 * Writes lines to a file descriptor at once, so that the last line of a dying process is seen, and
 * goes on without them while it refuses them: a full disk must not end a service. `tell` hears of it
 * once when it begins and once when it is over.
 */
export class LogWriter {
  readonly #fd: number;
  readonly #tell: (what: string) => void;
  #lost = 0;

  constructor(fd: number, tell: (what: string) => void) {
    this.#fd = fd;
    this.#tell = tell;
  }

  write(line: string): void {
    try {
      writeWhole(this.#fd, line);
    } catch (error) {
      this.#lost++;
      if (this.#lost === 1) {
        this.#tell(`logs cannot be written, continuing without them: ${messageOf(error)}`);
      }
      return;
    }
    if (this.#lost === 0) return;
    this.#tell(`logs can be written again; ${this.#lost} lines were lost`);
    this.#lost = 0;
  }
}

/** Writes a line to stderr, if that can be written to: there is nobody else left to tell. */
export function complain(line: string): void {
  try {
    writeWhole(2, `${line}\n`);
  } catch {
    // Nowhere to say it.
  }
}

/** @throws what the system says: no space left, the reader gone, or still no room after a while. */
function writeWhole(fd: number, text: string): void {
  let rest = Buffer.from(text);
  const deadline = performance.now() + PATIENCE_MS;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      // A pipe that is full: its reader will make room.
      if (codeOf(error) !== 'EAGAIN' || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
