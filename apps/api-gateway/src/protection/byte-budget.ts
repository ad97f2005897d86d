/**
 * The bytes of bodies and answers that are in memory now. What has come counts, not what a
 * `Content-Length` promises: else a few clients that send nothing would take all.
 */
export class ByteBudget {
  readonly #max: number;
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get used(): number {
    return this.#used;
  }

  get isFull(): boolean {
    return this.#used >= this.#max;
  }

  /** An account for one request. */
  open(): ByteAccount {
    return new ByteAccount(this);
  }

  /** @internal Negative: gives back. */
  change(bytes: number): void {
    this.#used += bytes;
  }

  /** @internal */
  hasRoomFor(bytes: number): boolean {
    return this.#used + bytes <= this.#max;
  }
}

/** What one request holds; disposing of it gives all back. */
export class ByteAccount implements Disposable {
  readonly #budget: ByteBudget;
  #held = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Takes room for bytes that came; false when there is none. */
  take(bytes: number): boolean {
    if (!this.#budget.hasRoomFor(bytes)) return false;
    this.add(bytes);
    return true;
  }

  /** For what is there already, such as an answer: never refused, but it counts for the next. */
  add(bytes: number): void {
    this.#budget.change(bytes);
    this.#held += bytes;
  }

  [Symbol.dispose](): void {
    this.#budget.change(-this.#held);
    this.#held = 0;
  }
}
