import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves after `ms`, or at once when the signal is aborted: for a loop that looks at the signal
 * itself. It never rejects.
 *
 * @param options.ref Whether the wait keeps the process alive. Defaults to true.
 */
export async function pause(
  ms: number,
  signal: AbortSignal,
  { ref = true }: { readonly ref?: boolean } = {},
): Promise<void> {
  // An aborted signal is all that it can reject with.
  await delay(ms, undefined, { signal, ref }).catch(() => undefined);
}

/** What is nearer than this part of its period, a loop leaves out: timers may fire a little early. */
const TOO_NEAR = 0.1;

/**
 * How long it is, in ms, to the next step of a loop that looks every `everyMs` whether there is something to do: the next
 * multiple of that on the clock of this process. Loops that keep step are awake together: in a process at rest it is the
 * waking that costs, with everything out of the caches, more than what is done then.
 *
 * @param now By the monotonic clock, ms. Defaults to `performance.now()`.
 */
export function toNextStep(everyMs: number, now: number = performance.now()): number {
  return Math.ceil(now / everyMs + TOO_NEAR) * everyMs - now;
}
