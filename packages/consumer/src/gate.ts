/** Waits for a condition that is looked at whenever something may have changed. */
export class Gate {
  #waiting: (() => void) | undefined;

  notify(): void {
    this.#waiting?.();
  }

  /** @returns whether `condition` came true within `timeoutMs`. One wait at a time. */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return true;
    return await new Promise<boolean>((resolve) => {
      const end = (met: boolean) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve(met);
      };
      const timer = setTimeout(() => end(condition()), timeoutMs);
      this.#waiting = () => {
        if (condition()) end(true);
      };
    });
  }
}
