import type { Broker } from '@relay/broker';
import { DueLoop } from '../due-loop.ts';
import type { LoopParts, QueueLoop } from './parts.ts';

/** Acts upon expired leases: the jobs of workers that died or fell silent. */
export function reapLoop(broker: Pick<Broker, 'reap'>, parts: LoopParts): QueueLoop {
  const { metrics, logger } = parts;
  const loop = new DueLoop({
    ...parts,
    name: 'reap',
    lagMs: 4,
    visit: async (queue, signal) => {
      const { reaped, outcomes, ghosts, more, nextDueAt } = await broker.reap(queue, { signal });
      metrics.reaped(queue, reaped, outcomes.dead);
      if (reaped > 0) {
        logger.info({ queue, reaped, ...outcomes }, `${reaped} expired leases in queue ${queue}`);
      }
      for (const id of ghosts) {
        logger.warn({ queue, job: id }, 'a lease without a record was removed');
      }
      return { more, nextDueAt };
    },
  });
  return { loop, dueTimes: true, atTurns: true };
}
