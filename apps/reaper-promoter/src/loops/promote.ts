import type { Broker } from '@relay/broker';
import { DueLoop } from '../due-loop.ts';
import type { LoopParts, QueueLoop } from './parts.ts';

/** Makes scheduled jobs ready when they are due: delayed ones and those that wait for a retry. */
export function promoteLoop(broker: Pick<Broker, 'promote'>, parts: LoopParts): QueueLoop {
  const loop = new DueLoop({
    ...parts,
    name: 'promote',
    visit: async (queue, signal) => {
      const { promoted, more, nextDueAt } = await broker.promote(queue, { signal });
      parts.metrics.promoted(queue, promoted);
      return { more, nextDueAt };
    },
  });
  return { loop, dueTimes: true };
}
