import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Relay } from '@relay/sdk';
import { UsageError } from './exit.ts';
import { type Io, type Paint, painter, wantsColour, write } from './io.ts';
import { type Column, facts, table } from './table.ts';

/** What every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly apiKeyFile?: string;
  readonly timeout?: number;
  readonly json?: boolean;
  /** False: `--no-color`. */
  readonly color?: boolean;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** What a command works with. */
export class Context {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly paint: Paint;

  constructor(io: Io, options: GlobalOptions) {
    this.io = io;
    this.options = options;
    this.paint = painter(options.color !== false && wantsColour(io));
  }

  get url(): string {
    return this.options.url ?? this.io.env['RELAY_URL'] ?? DEFAULT_URL;
  }

  get json(): boolean {
    return this.options.json === true;
  }

  get timeoutMs(): number {
    return this.options.timeout ?? 10_000;
  }

  /** A client of the gateway. @throws {UsageError} when the file of the key cannot be read. */
  relay(more: { readonly fetch?: typeof fetch; readonly retry?: false } = {}): Relay {
    const apiKey = this.#apiKey();
    return new Relay({
      url: this.url,
      timeoutMs: this.timeoutMs,
      retry: { maxMs: this.timeoutMs },
      ...(apiKey === undefined ? {} : { apiKey }),
      ...more,
    });
  }

  /** One line, for whoever reads; nothing of it with `--json`. */
  async say(line: string): Promise<void> {
    if (!this.json) await this.print(line);
  }

  async print(line: string): Promise<void> {
    await write(this.io.stdout, `${line}\n`, this.io.signal);
  }

  /** To stderr. */
  async note(line: string): Promise<void> {
    await write(this.io.stderr, `${line}\n`);
  }

  /** A value: as JSON, or as whatever `human` makes of it. */
  async show<T>(value: T, human: (value: T) => readonly string[] | string): Promise<void> {
    if (this.json) {
      await this.print(JSON.stringify(value ?? null));
      return;
    }
    for (const line of [human(value)].flat()) await this.print(line);
  }

  /**
   * A list: a line of JSON an item, or a table.
   *
   * @throws {NotFoundError} when it is empty because its queue does not exist.
   */
  async list<T>(
    items: AsyncIterable<T> | Iterable<T>,
    { columns, row, limit = Number.POSITIVE_INFINITY, none, queue }: ListView<T>,
  ): Promise<void> {
    const rows: (readonly string[])[] = [];
    let shown = 0;
    for await (const item of items) {
      if (shown >= limit) break;
      shown += 1;
      if (this.json) await this.print(JSON.stringify(item));
      else rows.push(row(item));
    }
    if (shown === 0 && queue !== undefined) {
      await this.relay().queue(queue).info({ signal: this.io.signal });
    }
    if (this.json) return;
    if (rows.length === 0) await this.note(none);
    else for (const line of this.table(columns, rows)) await this.print(line);
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
    const { isTTY, columns: width } = this.io.stdout;
    return table(columns, rows, { paint: this.paint, width: isTTY === true ? width : undefined });
  }

  facts(pairs: readonly (readonly [string, string])[]): string[] {
    return facts(pairs, this.paint);
  }

  /** Asks before something that cannot be undone. @throws {UsageError} where there is nobody to ask. */
  async confirm(question: string, yes: boolean | undefined): Promise<boolean> {
    if (yes === true) return true;
    const { stdin, stderr, signal } = this.io;
    if (stdin.isTTY !== true) throw new UsageError(`${question} Say so with --yes.`);
    const asked = createInterface({ input: stdin, output: stderr });
    try {
      const answer = await asked.question(`${question} [y/N] `, { signal });
      if (/^y(es)?$/i.test(answer.trim())) return true;
      await this.note('Nothing was done.');
      return false;
    } finally {
      asked.close();
    }
  }

  /** Never an argument of its own: every user of a machine can read those. */
  #apiKey(): string | undefined {
    const file = this.options.apiKeyFile ?? this.io.env['RELAY_API_KEY_FILE'];
    if (file === undefined) return this.io.env['RELAY_API_KEY'];
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new UsageError(`the API key cannot be read from ${file}: ${(error as Error).message}`);
    }
  }
}

export interface ListView<T> {
  readonly columns: readonly Column[];
  readonly row: (item: T) => readonly string[];
  readonly limit?: number | undefined;
  /** Where the items are, if they are of one queue: a name that was misspelt is told, not shown as empty. */
  readonly queue?: string;
  /** What to say of an empty list. */
  readonly none: string;
}
