import { RetryDelay } from './backoff.ts';
import { codeOf } from './runtime.ts';

/** After an error that a repetition hardly mends (rights, a foreign key), longest wait in ms. */
const STUBBORN_CAP_MS = 5_000;

/** For how long a claim loop keeps still: after an error entirely, after a limit until jobs may be had again. */
export class LoopPauses {
  readonly #retry = new RetryDelay();
  readonly #stubbornRetry = new RetryDelay({ capMs: STUBBORN_CAP_MS });
  #restTimer: NodeJS.Timeout | undefined;
  #limitTimer: NodeJS.Timeout | undefined;

  /** No call may be made: the last one failed. */
  get resting(): boolean {
    return this.#restTimer !== undefined;
  }

  /** A call was answered. */
  recovered(): void {
    this.#retry.reset();
    this.#stubbornRetry.reset();
  }

  /** Rests, for longer with each error in a row. */
  rest(error: unknown, then: () => void): void {
    const retry = codeOf(error) === 'store-unavailable' ? this.#retry : this.#stubbornRetry;
    this.#restTimer = setTimeout(() => {
      this.#restTimer = undefined;
      then();
    }, retry.next());
  }

  /** A limit holds jobs back for `ms`, which takes the place of what an earlier call said. */
  awaitLimit(ms: number, then: () => void): void {
    clearTimeout(this.#limitTimer);
    this.#limitTimer = setTimeout(then, Math.max(1, Math.ceil(ms)));
  }

  /** Nobody shall come again when the limit allows more. */
  forgetLimit(): void {
    clearTimeout(this.#limitTimer);
  }

  /** For good. */
  end(): void {
    clearTimeout(this.#restTimer);
    clearTimeout(this.#limitTimer);
  }
}
