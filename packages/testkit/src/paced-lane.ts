/** What slows a chunk down. */
export interface Pace {
  readonly delayMs: number;
  /** The delay differs by so much, up and down, from chunk to chunk. */
  readonly jitterMs: number;
  /** Bytes a second and direction of one connection. */
  readonly bytesPerSecond: number;
}

export const AT_ONCE: Pace = { delayMs: 0, jitterMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

/** One direction of a connection, at its pace and in its order. */
export class PacedLane {
  #freeAt = 0;
  #waiting = 0;

  send(bytes: number, pace: Pace, send: () => void): void {
    const { delayMs, jitterMs, bytesPerSecond } = pace;
    const now = performance.now();
    const wait = Math.max(0, delayMs + (Math.random() * 2 - 1) * jitterMs);
    const taken = (bytes / bytesPerSecond) * 1_000;
    const from = this.#waiting === 0 ? now + wait : Math.max(now + wait, this.#freeAt);
    const at = from + taken;
    // Behind what still waits, also when the pace is full again.
    if (at <= now && this.#waiting === 0) {
      send();
      return;
    }
    this.#freeAt = at;
    this.#waiting++;
    setTimeout(() => {
      this.#waiting--;
      send();
    }, at - now);
  }
}
