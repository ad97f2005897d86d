import type { Broker } from '@relay/broker';
import { DueLoop } from '../due-loop.ts';
import type { LoopParts, QueueLoop } from './parts.ts';

/** Jobs a batch: 1,000 took Redis up to 10 ms on a machine that was busy otherwise. */
const BATCH = 500;

/** Makes scheduled jobs ready when they are due: delayed ones and those that wait for a retry. */
export function promoteLoop(broker: Pick<Broker, 'promote'>, parts: LoopParts): QueueLoop {
  const loop = new DueLoop({
    ...parts,
    name: 'promote',
    visit: async (queue, signal) => {
      const options = { max: BATCH, signal };
      const { promoted, more, nextDueAt } = await broker.promote(queue, options);
      parts.metrics.promoted(queue, promoted);
      return { more, nextDueAt };
    },
  });
  return { loop, dueTimes: true, atTurns: false };
}
