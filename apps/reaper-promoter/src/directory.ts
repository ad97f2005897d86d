import type { Broker } from '@relay/broker';

const PAGE = 1_000;
/** How often the registry is read again, ms. New queues mostly make themselves known before that. */
const REFRESH_MS = 5_000;
/** Every queue is swept at least this often, ms, however many there are. */
const FULL_SWEEP_MS = 30_000;
/** So many queues are swept at each interval at least: fewer than that are all swept each time. */
const LEAST_SLICE = 100;

/**
 * The queues that there are: those of the registry and those that were heard of since. Sweeps walk
 * over it in slices, so that many queues cost no more a second than a few hundred.
 */
export class QueueDirectory {
  readonly #broker: Pick<Broker, 'queues'>;
  readonly #names = new Set<string>();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(broker: Pick<Broker, 'queues'>) {
    this.#broker = broker;
  }

  get size(): number {
    return this.#names.size;
  }

  add(queue: string): void {
    this.#names.add(queue);
  }

  /** Reads the registry when that was not done lately. Throws what the broker throws. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#readAt < REFRESH_MS) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  /** A walk over all names, without end; each loop has its own. */
  walk(): QueueWalk {
    return new QueueWalk(this.#names);
  }

  async #read(): Promise<void> {
    let cursor: string | null = '';
    while (cursor !== null) {
      // oxlint-disable-next-line no-await-in-loop -- each page names the next.
      const page: { items: readonly string[]; nextCursor: string | null } =
        await this.#broker.queues({ limit: PAGE, ...(cursor === '' ? {} : { cursor }) });
      for (const name of page.items) this.#names.add(name);
      cursor = page.nextCursor;
    }
    this.#readAt = performance.now();
  }
}

/** See {@link QueueDirectory.walk}. */
export class QueueWalk {
  readonly #names: ReadonlySet<string>;
  #rest: Iterator<string>;

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
    this.#rest = names.values();
  }

  /** The next queues of the walk, as many as must be swept in an interval of `intervalMs`. */
  slice(intervalMs: number): string[] {
    const { size } = this.#names;
    const count = Math.min(
      size,
      Math.max(LEAST_SLICE, Math.ceil((size * intervalMs) / FULL_SWEEP_MS)),
    );
    const names: string[] = [];
    while (names.length < count) {
      const next = this.#rest.next();
      if (next.done === true) this.#rest = this.#names.values();
      else names.push(next.value);
    }
    return names;
  }
}
