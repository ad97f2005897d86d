import type { Broker } from '@relay/broker';
import { DueLoop } from '../due-loop.ts';
import type { LoopParts, QueueLoop } from './parts.ts';

/** What has come of age within so long goes at once, ms: a job leaves at most that much late. */
const GATHER_MS = 5_000;

/** Removes ended jobs that their queue keeps no longer, by age and by count, without any traffic. */
export function retentionLoop(broker: Pick<Broker, 'retire'>, parts: LoopParts): QueueLoop {
  const { clock, metrics } = parts;
  const loop = new DueLoop({
    ...parts,
    onVisited: () => undefined,
    name: 'retention',
    visit: async (queue, signal) => {
      const { removed, more, nextInMs } = await broker.retire(queue, { signal });
      metrics.retired(queue, removed);
      const nextDueAt = nextInMs === null ? null : clock.now() + Math.max(nextInMs, GATHER_MS);
      return { more, nextDueAt };
    },
  });
  return {
    loop,
    dueTimes: false,
    atTurns: true,
    changed: (queue) => loop.announce(queue, clock.now() + GATHER_MS),
  };
}
