const CLEAR = '\r\u001b[2K';

/** The part of a stream that the screen needs. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Lines, and below them one line of status that is written over. Where nobody watches (a pipe, a
 * log) a status is a line of its own, and only every so often.
 */
export class Screen {
  readonly #output: Output;
  #status = '';

  constructor(output: Output) {
    this.#output = output;
  }

  line(text = ''): void {
    this.#erase();
    this.#output.write(`${text}\n`);
  }

  /** @param milestone Worth a line where nobody watches. */
  status(text: string, { milestone }: { milestone: boolean }): void {
    if (this.#output.isTTY !== true) {
      if (milestone) this.#output.write(`${text}\n`);
      return;
    }
    this.#erase();
    this.#status = text.slice(0, (this.#output.columns ?? 80) - 1);
    this.#output.write(this.#status);
  }

  #erase(): void {
    if (this.#status === '') return;
    this.#status = '';
    this.#output.write(CLEAR);
  }
}
