import type { Broker } from '@relay/broker';
import { DueLoop } from '../due-loop.ts';
import type { LoopParts, QueueLoop } from './parts.ts';

/** Sends jobs that were not started within their `expiresInMs` to the dead letters. */
export function expireLoop(broker: Pick<Broker, 'expire'>, parts: LoopParts): QueueLoop {
  const { metrics, logger } = parts;
  const loop = new DueLoop({
    ...parts,
    name: 'expire',
    lagMs: 8,
    visit: async (queue, signal) => {
      const { expired, more, nextDueAt } = await broker.expire(queue, { signal });
      metrics.expired(queue, expired);
      if (expired > 0) logger.info({ queue, expired }, `${expired} jobs of queue ${queue} expired`);
      return { more, nextDueAt };
    },
  });
  return { loop, dueTimes: true, atTurns: false };
}
