/** The body is not what the API takes: answered as `malformed`. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly code = 'malformed';
}

/** Where a value stands: bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const ARRAY_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const ARRAY_CLOSE = 0x5d;
const OBJECT_OPEN = 0x7b;
const OBJECT_CLOSE = 0x7d;
const LETTER_U = 0x75;

const LITERALS = ['true', 'false', 'null'].map((word) => Buffer.from(word));
/** What may follow a backslash, besides `u`. */
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));

/** One pass over a JSON text; see `scanJson`. */
export class JsonScanner {
  readonly #bytes: Buffer;
  readonly #maxDepth: number;
  #at = 0;
  /** The raw values that were met, in their order. */
  readonly ranges: ByteRange[] = [];

  constructor(bytes: Buffer, maxDepth: number) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
  }

  /** Reads exactly one value. */
  document(path: readonly string[]): void {
    this.#space();
    if (path.length === 0) this.#skip(true);
    else this.#walk(path, 0);
    this.#space();
    if (this.#at < this.#bytes.length) this.#fail('the end of the body was expected');
  }

  /** Recursion over our path, which is short; never over what was sent. */
  #walk(path: readonly string[], step: number): void {
    if (step === path.length) {
      const start = this.#at;
      this.#skip(false);
      this.ranges.push({ start, end: this.#at });
      return;
    }
    const next = this.#bytes[this.#at];
    if (path[step] === '*' && next === ARRAY_OPEN) {
      this.#items(ARRAY_CLOSE, () => this.#walk(path, step + 1));
    } else if (path[step] !== '*' && next === OBJECT_OPEN) {
      const seen = new Set<string>();
      this.#items(OBJECT_CLOSE, () => {
        if (this.#key(seen) === path[step]) this.#walk(path, step + 1);
        else this.#skip(true);
      });
    } else {
      this.#skip(true);
    }
  }

  /** The items of an array or an object that is on the path. */
  #items(close: number, item: () => void): void {
    this.#at++;
    this.#space();
    if (this.#take(close)) return;
    for (;;) {
      item();
      this.#space();
      if (this.#take(close)) return;
      if (!this.#take(COMMA)) this.#fail('a comma or the end of the list was expected');
      this.#space();
    }
  }

  /** Passes one value of any depth. In our own part, the names of each object are compared. */
  #skip(own: boolean): void {
    // One entry an open container: the names seen, or null where they don't matter.
    const seen: (Set<string> | null)[] = [];
    const closes: number[] = [];
    for (;;) {
      if (this.#open(closes, seen, own)) continue;
      do {
        const close = closes.at(-1);
        if (close === undefined) return;
        this.#space();
        if (this.#take(COMMA)) {
          this.#space();
          if (close === OBJECT_CLOSE) this.#key(seen.at(-1) ?? null);
          break;
        }
        if (!this.#take(close)) this.#fail('a comma or the end of the list was expected');
        closes.pop();
        seen.pop();
        if (closes.length === 0) return;
      } while (closes.length > 0);
    }
  }

  /** Passes a scalar or an empty container: false. Enters a container up to its first value: true. */
  #open(closes: number[], seen: (Set<string> | null)[], own: boolean): boolean {
    const byte = this.#bytes[this.#at];
    if (byte !== OBJECT_OPEN && byte !== ARRAY_OPEN) {
      this.#scalar(byte);
      return false;
    }
    if (closes.length >= this.#maxDepth) {
      throw new JsonSyntaxError(`The JSON is nested deeper than ${this.#maxDepth}`);
    }
    const close = byte === OBJECT_OPEN ? OBJECT_CLOSE : ARRAY_CLOSE;
    this.#at++;
    this.#space();
    if (this.#take(close)) return false;
    const names = own && close === OBJECT_CLOSE ? new Set<string>() : null;
    closes.push(close);
    seen.push(names);
    if (close === OBJECT_CLOSE) this.#key(names);
    return true;
  }

  /** Passes a name and its colon. Returns the name where names matter. */
  #key(seen: Set<string> | null): string | undefined {
    if (this.#bytes[this.#at] !== QUOTE) this.#fail('a field name in quotes was expected');
    const start = this.#at;
    this.#string();
    const name = seen === null ? undefined : this.#name(start, seen);
    this.#space();
    if (!this.#take(COLON)) this.#fail('a colon was expected');
    this.#space();
    return name;
  }

  #name(start: number, seen: Set<string>): string {
    // An escape may hide a name, so compare what it means: a JSON string, just passed.
    const name = String(JSON.parse(this.#bytes.toString('utf8', start, this.#at)));
    if (name === '__proto__') throw new JsonSyntaxError('The field name __proto__ is not allowed');
    if (seen.has(name)) {
      throw new JsonSyntaxError(
        `The field ${JSON.stringify(name.slice(0, 80))} occurs twice in one object`,
      );
    }
    seen.add(name);
    return name;
  }

  #scalar(byte: number | undefined): void {
    if (byte === QUOTE) this.#string();
    else if (byte === MINUS || isDigit(byte)) this.#number();
    else this.#literal();
  }

  #string(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    for (;;) {
      const byte = bytes[at];
      if (byte === QUOTE) break;
      if (byte === undefined || byte < 0x20) {
        this.#at = at;
        this.#fail('a string was not ended');
      }
      if (byte === BACKSLASH) at = this.#escape(at);
      else at++;
    }
    this.#at = at + 1;
  }

  /** Returns the place after the escape that begins at `at`. */
  #escape(at: number): number {
    const byte = this.#bytes[at + 1];
    if (byte === LETTER_U) {
      const end = at + 6;
      let digit = at + 2;
      while (digit < end && isHex(this.#bytes[digit])) digit++;
      if (digit === end) return end;
    } else if (byte !== undefined && ESCAPES.has(byte)) {
      return at + 2;
    }
    this.#at = at;
    return this.#fail('an escape is not valid');
  }

  #number(): void {
    this.#take(MINUS);
    if (!this.#take(ZERO)) this.#digits();
    if (this.#take(DOT)) this.#digits();
    const byte = this.#bytes[this.#at];
    if (byte === 0x65 || byte === 0x45) {
      this.#at++;
      if (!this.#take(0x2b)) this.#take(MINUS);
      this.#digits();
    }
  }

  #digits(): void {
    if (!isDigit(this.#bytes[this.#at])) this.#fail('a digit was expected');
    while (isDigit(this.#bytes[this.#at])) this.#at++;
  }

  #literal(): void {
    for (const word of LITERALS) {
      const end = this.#at + word.length;
      if (end > this.#bytes.length || word.compare(this.#bytes, this.#at, end) !== 0) continue;
      this.#at = end;
      return;
    }
    this.#fail('a value was expected');
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }

  #take(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #fail(what: string): never {
    throw new JsonSyntaxError(`The body is not JSON: at byte ${this.#at}, ${what}`);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
