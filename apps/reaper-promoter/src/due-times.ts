/** When a queue is due. */
export interface Due {
  readonly queue: string;
  readonly at: number;
}

/**
 * When each queue is due next: a map for what is true, and a heap for what is first. An entry of the
 * heap that no longer agrees with the map is dropped when it comes to the top, or in a clean-up when
 * such entries outnumber the true ones.
 */
export class DueTimes {
  readonly #times = new Map<string, number>();
  #heap: Due[] = [];

  get size(): number {
    return this.#times.size;
  }

  get(queue: string): number | undefined {
    return this.#times.get(queue);
  }

  set(queue: string, at: number): void {
    if (this.#times.get(queue) === at) return;
    this.#times.set(queue, at);
    this.#push({ queue, at });
    if (this.#heap.length > 64 + 4 * this.#times.size) this.#cleanUp();
  }

  /** Due at `at`, unless it is due earlier anyway. */
  setEarlier(queue: string, at: number): void {
    const known = this.#times.get(queue);
    if (known === undefined || at < known) this.set(queue, at);
  }

  delete(queue: string): void {
    this.#times.delete(queue);
  }

  /** When the first queue is due; `Infinity`: none is known. */
  next(): number {
    return this.#top()?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Takes out at most `max` queues that are due at `now`, those due longest first. */
  take(now: number, max: number): Due[] {
    const due: Due[] = [];
    for (let top = this.#top(); top !== undefined && top.at <= now; top = this.#top()) {
      if (due.length === max) break;
      this.#pop();
      this.#times.delete(top.queue);
      due.push(top);
    }
    return due;
  }

  #top(): Due | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#times.get(top.queue) === top.at) return top;
      this.#pop();
    }
    return undefined;
  }

  #push(entry: Due): void {
    let at = this.#heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapUp(parent, at)) return;
      at = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const child = this.#before(left + 1, left) ? left + 1 : left;
      if (!this.#swapUp(at, child)) return;
      at = child;
    }
  }

  /** Swaps child and parent when the child is due before. */
  #swapUp(parent: number, child: number): boolean {
    const low = this.#heap[parent];
    const high = this.#heap[child];
    if (low === undefined || high === undefined || high.at >= low.at) return false;
    this.#heap[parent] = high;
    this.#heap[child] = low;
    return true;
  }

  #before(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    return first !== undefined && second !== undefined && first.at < second.at;
  }

  #cleanUp(): void {
    const stale = this.#heap;
    this.#heap = [];
    for (const entry of stale) {
      if (this.#times.get(entry.queue) === entry.at) this.#push(entry);
    }
  }
}
