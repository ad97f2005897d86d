import type { Broker } from '@relay/broker';
import { DueLoop } from '../due-loop.ts';
import type { DueWork, LoopParts } from './parts.ts';

/** Acts upon expired leases: the jobs of workers that died or fell silent. */
export function reapLoop(broker: Pick<Broker, 'reap'>, parts: LoopParts): DueWork {
  const { metrics, logger } = parts;
  const loop = new DueLoop({
    ...parts,
    name: 'reap',
    visit: async (queue, signal) => {
      const { reaped, outcomes, ghosts, more, nextDueAt } = await broker.reap(queue, { signal });
      metrics.reaped(queue, reaped);
      if (reaped > 0) {
        logger.info({ queue, reaped, ...outcomes }, `${reaped} expired leases in queue ${queue}`);
      }
      for (const id of ghosts) {
        logger.warn({ queue, job: id }, 'a lease without a record was taken out');
      }
      return { more, nextDueAt };
    },
  });
  return { name: 'reap', loop };
}
