import { commonVariables, durationMs, integer, list, portVariable } from '@relay/service-kit';
import { z } from 'zod';

const QUEUE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** The worker's environment. */
export const workerSchema = z.object({
  ...commonVariables,
  PORT: portVariable(8081),
  RELAY_HANDLERS: z.string().meta({
    description:
      'Module with the handlers: a default export (a function for all job types, or an object by job type), or named exports by job type.',
  }),
  RELAY_QUEUES: list()
    .pipe(
      z
        .array(z.string().regex(QUEUE_NAME, 'is not a list of queue names'))
        .min(1, 'must name at least one queue')
        .refine((names) => new Set(names).size === names.length, 'names a queue twice'),
    )
    .prefault('default')
    .meta({ description: 'Queues to take jobs from, separated by commas.' }),
  RELAY_CONCURRENCY: integer({ min: 1, max: 10_000 })
    .prefault('10')
    .meta({ description: 'How many jobs run at once, over all queues.' }),
  RELAY_LEASE_MS: durationMs({ min: 1_000, max: 3_600_000 }).prefault('30000').meta({
    description: 'How long a job stays with a worker that gives no sign of life.',
  }),
  RELAY_DRAIN_MS: durationMs().prefault('25000').meta({
    description: 'How long running jobs may take to end after SIGTERM.',
  }),
});
export type WorkerConfig = z.output<typeof workerSchema>;
