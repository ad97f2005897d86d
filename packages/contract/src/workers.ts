import { z } from 'zod';
import { count, name, page, pageQuery, timestamp } from './common.ts';

/** A worker that gave a sign of life within 30 s. What it does not say of itself is null. */
export const worker = z
  .object({
    id: z.string(),
    kind: z.enum(['process', 'http']).meta({ description: '`http`: it claims over HTTP.' }),
    host: z.string().nullable(),
    pid: z.int().nullable(),
    version: z.string().nullable(),
    queues: z.array(z.string()),
    slots: count.nullable(),
    busy: count.nullable(),
    draining: z.boolean(),
    quiet: z.boolean().nullable(),
    startedAt: timestamp.nullable(),
    lastSeenAt: timestamp,
  })
  .meta({ id: 'Worker' });
export type Worker = z.infer<typeof worker>;

export const workerPage = page(worker).meta({ id: 'WorkerPage' });
export type WorkerPage = z.infer<typeof workerPage>;

export const listWorkersQuery = z.strictObject(pageQuery);

/** Asks a worker to claim no more; `false` takes that back. */
export const quietRequest = z.strictObject({ quiet: z.exactOptional(z.boolean()) });

export const quietAnswer = z.object({ id: name, quiet: z.boolean() }).meta({ id: 'QuietAnswer' });
