/** Lets one wait until something is true; whoever changes it says so. */
export class Gate {
  readonly #looks = new Set<() => void>();

  notify(): void {
    for (const look of this.#looks) look();
  }

  /** @returns whether it became true in time. */
  until(isTrue: () => boolean, timeoutMs?: number): Promise<boolean> {
    if (isTrue()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (value: boolean): void => {
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve(value);
      };
      const look = (): void => {
        if (isTrue()) end(true);
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => end(false), timeoutMs);
      this.#looks.add(look);
    });
  }
}
