import { commonVariables, durationMs, portVariable } from '@relay/service-kit';
import { z } from 'zod';

/** The reaper-promoter's environment. */
export const reaperPromoterSchema = z.object({
  ...commonVariables,
  PORT: portVariable(8082),
  RELAY_REAP_INTERVAL_MS: durationMs({ min: 50, max: 60_000 }).prefault('500').meta({
    description:
      'Between two sweeps over the queues, which find what was missed: an expired lease is acted upon at most so long after its time.',
  }),
});
export type ReaperPromoterConfig = z.output<typeof reaperPromoterSchema>;
