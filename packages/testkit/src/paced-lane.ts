/** What slows a chunk down. */
export interface Pace {
  readonly delayMs: number;
  /** The delay differs by so much, up and down, from chunk to chunk. */
  readonly jitterMs: number;
  /** Bytes a second and direction of one connection. */
  readonly bytesPerSecond: number;
}

export const AT_ONCE: Pace = { delayMs: 0, jitterMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

interface Waiting {
  /** By `performance.now()`. */
  readonly at: number;
  readonly send: () => void;
}

/**
 * One direction of a connection, at its pace and in its order. One timer serves the head of the line: timers of their
 * own would be rounded one by one, and a later chunk could overtake an earlier one.
 */
export class PacedLane {
  #freeAt = 0;
  readonly #waiting: Waiting[] = [];

  send(bytes: number, pace: Pace, send: () => void): void {
    const { delayMs, jitterMs, bytesPerSecond } = pace;
    const now = performance.now();
    const wait = Math.max(0, delayMs + (Math.random() * 2 - 1) * jitterMs);
    const taken = (bytes / bytesPerSecond) * 1_000;
    const isFree = this.#waiting.length === 0;
    const from = isFree ? now + wait : Math.max(now + wait, this.#freeAt);
    const at = from + taken;
    // Behind what still waits, also when the pace is full again.
    if (at <= now && isFree) {
      send();
      return;
    }
    this.#freeAt = at;
    this.#waiting.push({ at, send });
    if (isFree) this.#arm(at - now);
  }

  #arm(ms: number): void {
    setTimeout(() => this.#release(), Math.ceil(ms));
  }

  #release(): void {
    const now = performance.now();
    let head = this.#waiting[0];
    while (head !== undefined && head.at <= now) {
      head.send();
      // Only now: what is sent meanwhile goes behind it.
      this.#waiting.shift();
      head = this.#waiting[0];
    }
    if (head !== undefined) this.#arm(Math.max(0, head.at - now));
  }
}
