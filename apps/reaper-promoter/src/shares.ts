/**
 * Who looks after what: rendezvous hashing over the live replicas. Each of them gives every name a rank of its own, and
 * the highest one has it. So a replica that joins takes only what it now ranks highest, and what a replica leaves behind
 * goes to those that rank next: nothing else moves, and nobody has to be asked.
 */
export class Shares {
  readonly #self: Member;
  #members: readonly Member[];
  readonly #listeners: (() => void)[] = [];

  constructor(self: string) {
    this.#self = member(self);
    this.#members = [this.#self];
  }

  get members(): readonly string[] {
    return this.#members.map(({ id }) => id);
  }

  /** Calls `listener` after the members have changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** These are alive, this one in any case. */
  update(ids: readonly string[]): void {
    const next = [...new Set([this.#self.id, ...ids])].toSorted();
    if (next.join(' ') === this.members.toSorted().join(' ')) return;
    this.#members = next.map((id) => (id === this.#self.id ? this.#self : member(id)));
    for (const listener of this.#listeners) listener();
  }

  /** Whether this replica looks after `name`. */
  owns(name: string): boolean {
    return this.ownerOf(name) === this.#self.id;
  }

  ownerOf(name: string): string {
    const hash = hashOf(name);
    let best = this.#self;
    let most = -1;
    for (const one of this.#members) {
      const rank = mix(one.hash ^ hash);
      if (rank > most || (rank === most && one.id < best.id)) {
        best = one;
        most = rank;
      }
    }
    return best.id;
  }
}

interface Member {
  readonly id: string;
  readonly hash: number;
}

function member(id: string): Member {
  return { id, hash: mix(hashOf(id)) };
}

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The finisher of MurmurHash3: every bit of the input moves half the bits of the outcome. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
