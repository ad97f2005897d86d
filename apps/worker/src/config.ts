import type { QueueOption } from '@relay/consumer';
import { commonVariables, durationMs, flag, integer, list, portVariable } from '@relay/service-kit';
import { z } from 'zod';

/** `name`, `name:concurrency`, `name*weight` or `name:concurrency*weight`. */
const QUEUE =
  /^(?<name>[A-Za-z0-9][A-Za-z0-9._-]{0,127})(?::(?<concurrency>[1-9]\d{0,3}))?(?:\*(?<weight>[1-9]\d{0,2}))?$/;

function queueOf(text: string): QueueOption {
  const { name = '', concurrency, weight } = QUEUE.exec(text)?.groups ?? {};
  return {
    name,
    ...(concurrency === undefined ? {} : { concurrency: Number(concurrency) }),
    ...(weight === undefined ? {} : { weight: Number(weight) }),
  };
}

/** The worker's environment. */
export const workerSchema = z.object({
  ...commonVariables,
  PORT: portVariable(8081),
  RELAY_HANDLERS: z.string().meta({
    description:
      'Module with the handlers: a default export (a function for all job types, or an object by job type), or named exports by job type. Or a folder with one file per job type.',
  }),
  RELAY_QUEUES: list()
    .pipe(
      z
        .array(
          z
            .string()
            .regex(
              QUEUE,
              'is not a list of queue names, each with :concurrency and *weight or not',
            ),
        )
        .min(1, 'must name at least one queue')
        .transform((texts) => texts.map(queueOf))
        .refine(
          (queues) => new Set(queues.map(({ name }) => name)).size === queues.length,
          'names a queue twice',
        ),
    )
    .prefault('default')
    .meta({
      description:
        'Comma-separated queues to serve: `name`, `name:5` for at most five jobs at once, `name*3` for three times the weight of another queue, `name:5*3`.',
      defaultText: 'default',
    }),
  RELAY_CONCURRENCY: integer({ min: 1, max: 10_000 })
    .prefault('10')
    .meta({ description: 'How many jobs run at once, across all queues.' }),
  RELAY_LEASE_MS: durationMs({ min: 1_000, max: 3_600_000 }).prefault('30000').meta({
    description: 'How long a worker keeps a job without a heartbeat.',
  }),
  RELAY_POLL_MS: durationMs({ min: 50, max: 60_000 }).prefault('5000').meta({
    description:
      'How long to wait for a wake-up before polling a queue anyway. A worker of a single queue, whose wait is at most a quarter of the lease, pipelines its claim behind the wait and so gets jobs sooner.',
  }),
  RELAY_DRAIN_MS: durationMs().prefault('25000').meta({
    description: 'How long running jobs may take to finish after SIGTERM.',
  }),
  RELAY_HEARTBEAT_THREAD: flag().prefault('true').meta({
    description:
      'Whether a second thread extends the leases while a handler blocks the event loop.',
  }),
  RELAY_MAX_BLOCKED_MS: durationMs().prefault('0').meta({
    description: 'For how long that thread extends leases; 0: two leases.',
  }),
  RELAY_ISOLATION: z
    .enum(['none', 'process'], { error: 'must be none or process' })
    .default('none')
    .meta({ description: '`process`: each running job has its own child process.' }),
  RELAY_CHILD_MEMORY_MB: integer({ min: 16, max: 1_048_576 }).prefault('512').meta({
    description:
      'Heap limit of a child process, in MiB; exceeding it kills the child, and its job counts a crash.',
  }),
});
export type WorkerConfig = z.output<typeof workerSchema>;
