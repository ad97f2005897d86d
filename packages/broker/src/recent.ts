/** Entries of one generation. Ten thousand queues in use are kept without any being built again. */
const MOST = 10_000;

/**
 * What is kept for each queue to save work, for queues used recently: names come and go, and whoever asks for a queue
 * that never existed must not fill the memory of a process. There are two generations: when the young one is full it
 * becomes the old one, and what was in the old one and has not been used since is dropped.
 */
export class Recent<V> {
  readonly #most: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  /** @param most Entries of one generation; at most twice as many are kept. Defaults to 10,000. */
  constructor(most: number = MOST) {
    this.#most = most;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(name: string): V | undefined {
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.set(name, old);
    return old;
  }

  set(name: string, value: V): void {
    if (this.#young.size >= this.#most && !this.#young.has(name)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, value);
    this.#old.delete(name);
  }

  delete(name: string): void {
    this.#young.delete(name);
    this.#old.delete(name);
  }
}
