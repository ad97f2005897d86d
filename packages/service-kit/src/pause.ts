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
