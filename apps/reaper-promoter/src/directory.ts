import type { Shares } from './shares.ts';

/** How often a list is read again, ms. What is new mostly makes itself known before that. */
const REFRESH_MS = 5_000;
/** The same for a list of more names than {@link MANY}. */
const REFRESH_MANY_MS = 30_000;
const MANY = 1_000;

/** Reads a list of names a page at a time: the first one, or that behind `cursor`. */
export type ReadPage = (cursor: string | null) => Promise<{
  readonly items: readonly string[];
  readonly nextCursor: string | null;
}>;

/** Hears what this replica looks after. */
export interface OwnershipListener {
  taken(name: string): void;
  left(name: string): void;
}

/**
 * The names that there are (queues, or schedules), and which of them are this replica's: those of the registry and those
 * that were heard of since. Only what changes is looked at: a tick costs nothing for names at rest.
 */
export class Directory {
  readonly #readPage: ReadPage;
  readonly #shares: Shares;
  readonly #names = new Set<string>();
  readonly #owned = new Set<string>();
  readonly #heard = new Set<string>();
  readonly #listeners: OwnershipListener[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(readPage: ReadPage, shares: Shares) {
    this.#readPage = readPage;
    this.#shares = shares;
    shares.onChange(() => {
      for (const name of this.#names) this.#assign(name);
    });
  }

  get size(): number {
    return this.#names.size;
  }

  /** How many are this replica's. */
  get owned(): number {
    return this.#owned.size;
  }

  listen(listener: OwnershipListener): void {
    this.#listeners.push(listener);
  }

  /** Somebody spoke of `name`. @returns whether it is this replica's */
  add(name: string): boolean {
    this.#heard.add(name);
    if (!this.#names.has(name)) {
      this.#names.add(name);
      this.#assign(name);
    }
    return this.#owned.has(name);
  }

  owns(name: string): boolean {
    return this.#owned.has(name);
  }

  /** Reads the registry when that was not done lately. Throws what the broker throws. */
  async refresh(): Promise<void> {
    const every = this.#names.size > MANY ? REFRESH_MANY_MS : REFRESH_MS;
    if (performance.now() - this.#readAt < every) return;
    const before = new Set(this.#names);
    const heard = new Set(this.#heard);
    this.#heard.clear();
    let cursor: string | null = null;
    do {
      // oxlint-disable-next-line no-await-in-loop -- each page names the next.
      const page: Awaited<ReturnType<ReadPage>> = await this.#readPage(cursor);
      for (const name of page.items) {
        this.add(name);
        before.delete(name);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    // Neither in the registry nor heard of since it was last read.
    for (const name of before) {
      if (!heard.has(name) && !this.#heard.has(name)) this.#remove(name);
    }
    this.#readAt = performance.now();
  }

  /** A walk without end over this replica's names. */
  walk(): Walk {
    return new Walk(this.#owned);
  }

  #assign(name: string): void {
    const ours = this.#shares.owns(name);
    if (ours === this.#owned.has(name)) return;
    if (ours) this.#owned.add(name);
    else this.#owned.delete(name);
    for (const listener of this.#listeners) listener[ours ? 'taken' : 'left'](name);
  }

  #remove(name: string): void {
    this.#names.delete(name);
    if (this.#owned.delete(name)) for (const listener of this.#listeners) listener.left(name);
  }
}

/** See {@link Directory.walk}. */
export class Walk {
  readonly #names: ReadonlySet<string>;
  #rest: Iterator<string>;

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
    this.#rest = names.values();
  }

  /** The next `count`; fewer only when there are no more. */
  take(count: number): string[] {
    const most = Math.min(count, this.#names.size);
    const names: string[] = [];
    while (names.length < most) {
      const next = this.#rest.next();
      if (next.done === true) this.#rest = this.#names.values();
      else names.push(next.value);
    }
    return names;
  }
}
