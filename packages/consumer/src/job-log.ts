import type { LogLine } from '@relay/broker';
import type { Logger } from './types.ts';

/** What is kept of one delivery; the broker takes 20 lines and 8 KiB as JSON. */
const MAX_LINES = 20;
const MAX_BYTES = 8_192;
const MAX_MESSAGE = 300;

/** The last lines that one delivery logged, and which of them the broker has not heard of. */
export class KeptLines {
  readonly #lines: LogLine[] = [];
  #version = 0;
  #sent = 0;

  add(line: LogLine): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    this.#version += 1;
  }

  /** All that is kept, if some of it was not sent yet. */
  unsent(): { readonly lines: readonly LogLine[]; readonly version: number } | null {
    if (this.#version === this.#sent) return null;
    return { lines: within(this.#lines), version: this.#version };
  }

  /** The broker has what `unsent` gave with this version. */
  sent(version: number): void {
    this.#sent = Math.max(this.#sent, version);
  }
}

/**
 * The logger of one delivery: passes everything on to the service's, and keeps the last lines from
 * `info` on. Only their messages are kept: fields may hold what the service's log redacts.
 */
export class JobLog implements Logger {
  readonly #logger: Logger;
  readonly #keep: (line: LogLine) => void;

  constructor(logger: Logger, keep: (line: LogLine) => void) {
    this.#logger = logger;
    this.#keep = keep;
  }

  debug(fields: object, message: string): void {
    this.#logger.debug(fields, message);
  }

  info(fields: object, message: string): void {
    this.#logger.info(fields, message);
    this.#add('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#logger.warn(fields, message);
    this.#add('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#logger.error(fields, message);
    this.#add('error', fields, message);
  }

  child(fields: object): Logger {
    return new JobLog(this.#logger.child(fields), this.#keep);
  }

  /** Handlers in JavaScript may give a text alone, as loggers usually allow. */
  #add(level: LogLine['level'], fields: unknown, message: unknown): void {
    const text = typeof message === 'string' ? message : typeof fields === 'string' ? fields : '';
    this.#keep({ at: Date.now(), level, message: text.slice(0, MAX_MESSAGE) });
  }
}

/** The newest lines that fit; three hundred characters are up to 1,800 bytes when all are escaped. */
function within(lines: readonly LogLine[]): LogLine[] {
  let bytes = 2;
  let from = lines.length;
  while (from > 0) {
    bytes += Buffer.byteLength(JSON.stringify(lines[from - 1])) + 1;
    if (bytes > MAX_BYTES) break;
    from -= 1;
  }
  return lines.slice(from);
}
