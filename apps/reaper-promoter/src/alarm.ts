/** Node's longest timer, ms. */
const MAX_TIMER_MS = 2_147_483_647;

/** A sleep that can be ended from outside. A ring while nobody sleeps ends the next sleep at once. */
export class Alarm {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Sleeps for `ms`, or until a ring or the abort of the signal. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung) await this.#wait(ms, signal, true);
    this.#rung = false;
  }

  /** Sleeps for `ms`, whoever rings, or until the abort of the signal. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#wait(ms, signal, false);
  }

  async #wait(ms: number, signal: AbortSignal, wakeable: boolean): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.min(Math.ceil(ms), MAX_TIMER_MS));
      signal.addEventListener('abort', end);
      if (wakeable) this.#wake = end;
    });
  }
}
