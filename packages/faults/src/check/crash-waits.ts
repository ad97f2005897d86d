import type { EndedDelivery } from '@relay/testkit';
import type { Evidence } from './evidence.ts';

/** Of fewer jobs than this nothing is said: one may well wait for no time at all. */
const ENOUGH = 10;

/**
 * I12: after its second crash a job waits at random, for up to its lease times 2 to the power of its crashes. Half of
 * them waiting for less than a quarter of a lease is no chance any more: fewer than one in sixteen should.
 */
export function crashWaitProblems({ jobs }: Evidence): string[] {
  const shares = [...jobs.values()]
    .flatMap(({ history }) => sharesOf(history))
    .toSorted((a, b) => a - b);
  const median = shares[Math.floor(shares.length / 2)] ?? 1;
  return shares.length >= ENOUGH && median < 0.25
    ? [
        `I12: after a second crash half of ${shares.length} jobs came back within a quarter of a lease`,
      ]
    : [];
}

/** How long it waited after each crash but its first, as a share of the lease that had expired. */
function sharesOf(history: readonly EndedDelivery[]): number[] {
  const shares: number[] = [];
  let crashes = 0;
  for (const [i, { outcome, startedAt, endedAt }] of history.entries()) {
    if (outcome !== 'crashed') continue;
    crashes++;
    const next = history[i + 1];
    if (crashes > 1 && next !== undefined)
      shares.push((next.startedAt - endedAt) / (endedAt - startedAt));
  }
  return shares;
}
