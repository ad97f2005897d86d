/** So many attempts at once, and then one each so many ms. */
interface Allowance {
  readonly burst: number;
  readonly everyMs: number;
}

/** Who guesses is slowed down; whoever else uses the same name or address is hardly. */
const ALLOWANCES = {
  pair: { burst: 5, everyMs: 15_000 },
  address: { burst: 30, everyMs: 3_000 },
  name: { burst: 60, everyMs: 3_000 },
} as const satisfies Record<string, Allowance>;
type Kind = keyof typeof ALLOWANCES;

/** Keys that are remembered of each kind; beyond that the one unused for longest is forgotten. */
const MOST_KEYS = 10_000;

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/**
 * How often somebody may try to log in: by name and address together, by address, and by name. An
 * attempt is counted before the password is looked at; a right one gives the pair's back.
 */
export class LoginLimits {
  readonly #buckets: Readonly<Record<Kind, Map<string, Bucket>>> = {
    pair: new Map(),
    address: new Map(),
    name: new Map(),
  };
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Counts an attempt. Gives undefined, or how long to wait, in ms: then nothing was counted. */
  attempt(name: string, address: string): number | undefined {
    const keys = Object.entries(keysOf(name, address)) as [Kind, string][];
    const waits = keys.map(([kind, key]) => {
      const { everyMs } = ALLOWANCES[kind];
      return (1 - this.#left(kind, key)) * everyMs;
    });
    const wait = Math.max(...waits);
    if (wait > 0) return Math.ceil(wait);
    for (const [kind, key] of keys) this.#put(kind, key, this.#left(kind, key) - 1);
    return undefined;
  }

  /** The password was right: earlier slips are forgotten. */
  succeeded(name: string, address: string): void {
    this.#buckets.pair.delete(keysOf(name, address).pair);
  }

  /** How many keys are remembered. */
  get size(): number {
    return Object.values(this.#buckets).reduce((sum, { size }) => sum + size, 0);
  }

  #left(kind: Kind, key: string): number {
    const { burst, everyMs } = ALLOWANCES[kind];
    const bucket = this.#buckets[kind].get(key);
    if (bucket === undefined) return burst;
    return Math.min(burst, bucket.left + Math.max(0, this.#now() - bucket.at) / everyMs);
  }

  #put(kind: Kind, key: string, left: number): void {
    const buckets = this.#buckets[kind];
    // Behind all others: a map keeps its order.
    buckets.delete(key);
    buckets.set(key, { left, at: this.#now() });
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_KEYS && oldest !== undefined) buckets.delete(oldest);
  }
}

function keysOf(name: string, address: string): Record<Kind, string> {
  return { pair: `${address} ${name}`, address, name };
}
