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
  /**
   * Each name with the reading of the registry that it outlasts: a map that stays as it is while nothing comes or goes.
   * (Sets made anew at each reading cost a collection of all memory every minute or two, with 10,000 names.)
   */
  readonly #names = new Map<string, number>();
  readonly #owned = new Set<string>();
  readonly #listeners: OwnershipListener[] = [];
  /** Which reading of the registry is the last, or under way. */
  #reading = 0;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(readPage: ReadPage, shares: Shares) {
    this.#readPage = readPage;
    this.#shares = shares;
    shares.onChange(() => {
      for (const name of this.#names.keys()) this.#assign(name);
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
    // The registry may not have it yet when it is read next.
    this.#keep(name, this.#reading + 1);
    return this.#owned.has(name);
  }

  owns(name: string): boolean {
    return this.#owned.has(name);
  }

  /** Reads the registry when that was not done lately. Throws what the broker throws. */
  async refresh(): Promise<void> {
    const every = this.#names.size > MANY ? REFRESH_MANY_MS : REFRESH_MS;
    if (performance.now() - this.#readAt < every) return;
    const reading = ++this.#reading;
    let cursor: string | null = null;
    do {
      // oxlint-disable-next-line no-await-in-loop -- each page names the next.
      const page: Awaited<ReturnType<ReadPage>> = await this.#readPage(cursor);
      for (const name of page.items) this.#keep(name, reading);
      cursor = page.nextCursor;
    } while (cursor !== null);
    // Neither in the registry nor heard of since it was last read.
    for (const [name, outlasts] of this.#names) if (outlasts < reading) this.#remove(name);
    this.#readAt = performance.now();
  }

  /** A walk without end over this replica's names. */
  walk(): Walk {
    return new Walk(this.#owned);
  }

  #keep(name: string, reading: number): void {
    const outlasts = this.#names.get(name);
    if (outlasts === undefined || outlasts < reading) this.#names.set(name, reading);
    if (outlasts === undefined) this.#assign(name);
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
