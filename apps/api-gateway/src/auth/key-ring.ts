import { stat } from 'node:fs/promises';
import { type ApiKey, readKeyFile } from '@relay/keys';
import { codeOf, type Logger, messageOf } from '@relay/service-kit';
import { Principal } from './principal.ts';

/** A key ready for use. */
export interface KeyEntry {
  readonly sha256: Buffer;
  /** In ms since the epoch; infinite for a key that doesn't expire. */
  readonly expiresAt: number;
  readonly principal: Principal;
}

export interface KeyRingOptions {
  readonly file: string;
  readonly logger: Logger;
  /** Between two looks at the file. Defaults to 1,000: a change is in force within 2 s. */
  readonly intervalMs?: number;
}

/**
 * The keys of a file, read again when it changes. A file that turns bad leaves the last good keys in
 * force, and is complained about once: a slip of an editor must not lock everybody out.
 */
export class KeyRing implements AsyncDisposable {
  readonly #options: KeyRingOptions;
  #keys: ReadonlyMap<string, KeyEntry> = new Map();
  #seen = '';
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** @throws {KeyFileError} when the file is missing or bad. */
  async start(): Promise<void> {
    this.#seen = await this.#fingerprint();
    this.#keys = entriesOf(await readKeyFile(this.#options.file));
    this.#timer = setInterval(() => {
      this.#reading = this.#refresh();
    }, this.#options.intervalMs ?? 1_000);
    this.#timer.unref();
  }

  find(id: string): KeyEntry | undefined {
    return this.#keys.get(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading;
  }

  async #refresh(): Promise<void> {
    const { file, logger } = this.#options;
    const fingerprint = await this.#fingerprint();
    if (fingerprint === this.#seen) return;
    this.#seen = fingerprint;
    try {
      this.#keys = entriesOf(await readKeyFile(file));
      logger.info(`${this.#keys.size} API keys are in force`);
    } catch (error) {
      logger.error(`${messageOf(error)}; the previous keys stay in force`);
    }
  }

  /** Changes when the file does; a mounted Secret is swapped by a link, so the inode counts. */
  async #fingerprint(): Promise<string> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#options.file);
      return `${mtimeMs} ${size} ${ino}`;
    } catch (error) {
      return codeOf(error) ?? 'unreadable';
    }
  }
}

/** Keys by their ids, ready for use. */
export function entriesOf(keys: readonly ApiKey[]): Map<string, KeyEntry> {
  return new Map(
    keys.map((key) => [
      key.id,
      {
        sha256: Buffer.from(key.sha256, 'hex'),
        expiresAt:
          key.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(key.expiresAt),
        principal: new Principal(key.id, key.roles, key.queues),
      },
    ]),
  );
}
