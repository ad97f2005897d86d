import type { Principal } from '../auth/principal.ts';
import { busy } from './busy.ts';

/** Event streams that one key may hold open: each costs a socket and a share of every event. */
export class StreamSlots {
  readonly #perKey: number;
  readonly #open = new Map<string, number>();

  constructor(perKey: number) {
    this.#perKey = perKey;
  }

  /**
   * Opens a stream.
   *
   * @returns the function that gives the slot back; calling it again changes nothing.
   * @throws {HttpProblem} `rate-limited`
   */
  enter({ id }: Principal): () => void {
    const open = this.#open.get(id) ?? 0;
    if (open >= this.#perKey) {
      throw busy('key-streams', `This key has ${this.#perKey} streams open: close one first`, 5);
    }
    this.#open.set(id, open + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.#open.get(id) ?? 1) - 1;
      if (left > 0) this.#open.set(id, left);
      else this.#open.delete(id);
    };
  }
}
