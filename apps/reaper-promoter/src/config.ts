import { commonVariables, durationMs, portVariable } from '@relay/service-kit';
import { z } from 'zod';

/** The reaper-promoter's environment. */
export const reaperPromoterSchema = z.object({
  ...commonVariables,
  PORT: portVariable(8082),
  RELAY_REAP_INTERVAL_MS: durationMs({ min: 50, max: 60_000 }).prefault('500').meta({
    description:
      'Interval of the sweeps that catch what no notification announced: an expired lease is reaped at most this long after its deadline.',
  }),
});
