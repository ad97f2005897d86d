import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, TestkitError } from './errors.ts';

export interface UntilOptions {
  /** What is awaited, as it should read in "gave up waiting for …". */
  what: string;
  /** Milliseconds after which to give up. Defaults to 10,000. */
  deadlineMs?: number;
  /** Milliseconds between two looks. Defaults to 5. */
  everyMs?: number;
}

/** What a condition may answer while it has not come true. */
export type NotYet = false | null | undefined | 0 | '';

/** What the last look may take though the deadline has passed, ms. */
const LAST_LOOK_MS = 1_000;

/**
 * Looks again and again until `look` answers something truthy, and returns that.
 *
 * A look that throws counts as "not yet", so that an `expect` may stand inside;
 * the last error becomes the `cause`. The last look begins when the deadline has passed: a process that
 * was held up until then still sees what has come true meanwhile. A look that hangs is given up at the deadline.
 *
 * @example
 * await until(async () => (await redis.zcard(keys.dead)) === 1, { what: 'the job to be dead' });
 *
 * @throws {TestkitError} `DEADLINE_PASSED`, naming `what`.
 */
export async function until<T>(
  look: () => T | NotYet | Promise<T | NotYet>,
  { what, deadlineMs = 10_000, everyMs = 5 }: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const left = deadline - performance.now();
    let error: unknown;
    try {
      const answer = await withinMs(look, left > 0 ? left : LAST_LOOK_MS);
      if (answer) return answer;
    } catch (thrown) {
      error = thrown;
    }
    if (left <= 0 || error instanceof HangingLookError) throw tooLate(what, deadlineMs, error);
    await delay(Math.max(0, Math.min(everyMs, deadline - performance.now())));
  }
}

class HangingLookError extends Error {
  constructor() {
    super('the last look was still under way');
  }
}

async function withinMs<T>(look: () => T | Promise<T>, ms: number): Promise<T> {
  const timer = new AbortController();
  const timeout = delay(ms, undefined, { signal: timer.signal }).then(
    () => {
      throw new HangingLookError();
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([look(), timeout]);
  } finally {
    timer.abort();
  }
}

function tooLate(what: string, deadlineMs: number, cause: unknown): TestkitError {
  const detail = cause === undefined ? '' : `; the last look failed: ${messageOf(cause)}`;
  return new TestkitError(
    'DEADLINE_PASSED',
    `Gave up waiting for ${what} after ${deadlineMs} ms${detail}`,
    cause === undefined ? undefined : { cause },
  );
}
