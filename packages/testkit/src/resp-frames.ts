/** Types of RESP that hold a number of further values, and how many values each counts as. */
const AGGREGATES: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 };
/** Types whose length is given and whose bytes follow. */
const BULKS = '$!=';

/** A frame that is not complete yet. */
const INCOMPLETE = -1;

/**
 * Cuts one direction of a Redis connection into its frames: whole commands, or whole replies (RESP2 and RESP3).
 * An attribute (`|`) is a frame of its own.
 */
export class RespFrames {
  #rest: Buffer = Buffer.alloc(0);
  /** A frame cannot be complete before so many bytes are here: large ones are not read anew with each chunk. */
  #wanted = 0;

  /** Returns the frames that the chunk has completed. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let from = 0;
    while (from < bytes.length && bytes.length - from >= this.#wanted) {
      const end = this.#end(bytes, from, from);
      if (end === INCOMPLETE) break;
      frames.push(bytes.subarray(from, end));
      this.#wanted = 0;
      from = end;
    }
    this.#rest = bytes.subarray(from);
    return frames;
  }

  /** Where the value that begins at `at` ends. `start` is where its frame began. */
  #end(bytes: Buffer, at: number, start: number): number {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return INCOMPLETE;
    const type = String.fromCharCode(bytes[at] ?? 0);
    const length = Number(bytes.toString('latin1', at + 1, lineEnd));
    let end = lineEnd + 2;
    if (BULKS.includes(type) && length >= 0) end += length + 2;
    for (let left = length * (AGGREGATES[type] ?? 0); left > 0; left--) {
      end = this.#end(bytes, end, start);
      if (end === INCOMPLETE) return INCOMPLETE;
    }
    if (end <= bytes.length) return end;
    this.#wanted = end - start;
    return INCOMPLETE;
  }
}
