/** What the pool has to know about the one that asks for slots. */
export interface Contender {
  /** At most so many slots at once. */
  readonly limit: number;
  /** Its part beside others that have work: 1 or more. */
  readonly weight: number;
  /** Whether it would take more slots at this very moment. */
  readonly contends: () => boolean;
  /** Slots may have become free for it after it had been refused. */
  readonly onRoom: () => void;
}

/**
 * The slots of a worker, shared by its queues.
 *
 * While one queue has work it may use all of them. When several have, free slots go to the one that
 * uses fewest for its weight, and among equals to the one that has been served least for its weight
 * (start-time fair queueing: one that was idle begins where the others are, and cannot catch up); so a
 * queue with a long backlog never starves another, even with a single slot.
 */
export class SlotPool {
  #size: number;
  readonly #shares: SlotShare[] = [];
  #free: number;
  #turns = 0;
  /** Where the last one that was served stood when it was. */
  #served = 0;

  constructor(size: number) {
    this.#size = size;
    this.#free = size;
  }

  get size(): number {
    return this.#size;
  }

  /** More slots, or fewer: those in use beyond them are not given out again. */
  resize(size: number): void {
    this.#free += size - this.#size;
    this.#size = size;
    for (const share of this.#shares) share.onRoom();
  }

  get busy(): number {
    return this.#size - this.#free;
  }

  join(contender: Contender): SlotShare {
    const share = new SlotShare(this, contender);
    this.#shares.push(share);
    return share;
  }

  /** What `share` could have if it were alone. */
  roomFor(share: SlotShare): number {
    return Math.min(this.#free, share.limit - share.used);
  }

  /** See {@link SlotShare.reserve}. */
  reserve(share: SlotShare, max: number): number {
    const room = Math.min(max, this.roomFor(share));
    const granted = room > 0 ? this.#fairPart(share, room) : 0;
    share.refused = granted === 0;
    if (granted === 0) return 0;
    this.#free -= granted;
    share.used += granted;
    share.lastTurn = ++this.#turns;
    this.#served = Math.max(share.turn, this.#served);
    share.turn = this.#served + granted / share.weight;
    this.#callRefused();
    return granted;
  }

  /** See {@link SlotShare.release}. */
  release(share: SlotShare, count: number): void {
    share.used -= count;
    this.#free += count;
    this.#callRefused();
  }

  #fairPart(share: SlotShare, room: number): number {
    if (this.#shares.length === 1) return room;
    const rivals = this.#shares.filter(
      (one) => one !== share && one.used < one.limit && one.contends(),
    );
    if (rivals.length === 0) return room;
    return dealOut({ share, rivals, free: this.#free, room, served: this.#served });
  }

  #callRefused(): void {
    if (this.#free <= 0 || this.#shares.length === 1) return;
    for (const share of this.#shares) {
      if (!share.refused) continue;
      share.refused = false;
      share.onRoom();
    }
  }
}

/** One queue's part of a {@link SlotPool}. */
export class SlotShare {
  readonly limit: number;
  readonly weight: number;
  readonly contends: () => boolean;
  readonly onRoom: () => void;
  /** Slots in use or reserved. Changed by the pool alone, as the three below. */
  used = 0;
  /** How much it was served for its weight. */
  turn = 0;
  lastTurn = 0;
  refused = false;
  readonly #pool: SlotPool;

  constructor(pool: SlotPool, contender: Contender) {
    this.#pool = pool;
    this.limit = contender.limit;
    this.weight = contender.weight;
    this.contends = contender.contends;
    this.onRoom = contender.onRoom;
  }

  /** What it could have if it were alone. */
  get room(): number {
    return this.#pool.roomFor(this);
  }

  /**
   * Takes at most `max` slots. After a 0 `onRoom` is called as soon as asking again is worth it.
   *
   * @returns how many it got.
   */
  reserve(max: number): number {
    return this.#pool.reserve(this, max);
  }

  release(count: number): void {
    if (count > 0) this.#pool.release(this, count);
  }
}

/** Deals the free slots one by one, each to whoever has fewest for its weight, and counts those of `share`. */
function dealOut(deal: {
  share: SlotShare;
  rivals: readonly SlotShare[];
  free: number;
  room: number;
  served: number;
}): number {
  const { share, room, served } = deal;
  const turnOf = (one: SlotShare) => Math.max(one.turn, served);
  const players = [share, ...deal.rivals]
    .toSorted((a, b) => turnOf(a) - turnOf(b) || a.lastTurn - b.lastTurn)
    .map((one) => ({ one, used: one.used }));
  let granted = 0;
  for (let left = deal.free; left > 0 && granted < room; left--) {
    let next: (typeof players)[number] | undefined;
    for (const player of players) {
      if (player.used >= player.one.limit) continue;
      if (next === undefined || loadOf(player) < loadOf(next)) next = player;
    }
    if (next === undefined) break;
    next.used += 1;
    if (next.one === share) granted += 1;
  }
  return granted;
}

function loadOf({ one, used }: { one: SlotShare; used: number }): number {
  return used / one.weight;
}
