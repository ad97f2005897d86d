import { count } from './format.ts';
import type { Io } from './io.ts';

const BAR = 24;
const EVERY_MS = 100;

/** A line on a terminal's stderr that says how far something is. Elsewhere it is silent. */
export class Progress {
  readonly #io: Io;
  readonly #what: string;
  readonly #enabled: boolean;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(io: Io, what: string) {
    this.#io = io;
    this.#what = what;
    this.#enabled = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb';
  }

  /** @param share 0 … 1 of the whole; defaults to done / total, and no bar when that is not known. */
  update(done: number, total: number | null, share = total ? done / total : null): void {
    if (!this.#enabled || performance.now() - this.#drawnAt < EVERY_MS) return;
    this.#drawnAt = performance.now();
    this.#drawn = true;
    const text = `${count(done)} ${this.#what}`;
    this.#io.stderr.write(`\r\u001B[K${share === null ? text : `${bar(share)} ${text}`}`);
  }

  /** Takes the line away, so that what follows begins on a clean one. */
  end(): void {
    if (this.#drawn) this.#io.stderr.write('\r\u001B[K');
    this.#drawn = false;
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * BAR);
  const percent = `${Math.floor(Math.min(1, share) * 100)}%`.padStart(4);
  return `[${'█'.repeat(full)}${'░'.repeat(BAR - full)}]${percent}`;
}
