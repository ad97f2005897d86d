import type { Broker } from '@relay/broker';
import { DueLoop } from '../due-loop.ts';
import { hashOf } from '../shares.ts';
import type { LoopParts, QueueLoop } from './parts.ts';

const MINUTE_MS = 60_000;
/** The totals of a minute are noted from this part of it on, ms, each queue at a moment of its own. */
const FROM_MS = 50_000;
const SPREAD_MS = 8_000;

/**
 * Notes the totals of each queue once a minute, for its series: towards the end of the minute, and only while something
 * changes. A queue at rest is left alone until it is heard of again.
 */
export function rollUpLoop(broker: Pick<Broker, 'rollUp'>, parts: LoopParts): QueueLoop {
  const { clock } = parts;
  const loop = new DueLoop({
    ...parts,
    onVisited: () => undefined,
    name: 'roll-up',
    visit: async (queue, signal) => {
      const changed = await broker.rollUp(queue, { signal });
      return { more: false, nextDueAt: changed ? nextRollUp(queue, clock.now()) : null };
    },
  });
  return {
    loop,
    dueTimes: false,
    atTurns: true,
    changed: (queue) => loop.announce(queue, nextRollUp(queue, clock.now())),
  };
}

/** The first moment after `now` at which the totals of `queue` are noted. */
export function nextRollUp(queue: string, now: number): number {
  const moment = FROM_MS + (hashOf(queue) % SPREAD_MS);
  return Math.floor((now - moment) / MINUTE_MS + 1) * MINUTE_MS + moment;
}
