import { DEAD_LETTER_ROUTES } from './routes/dead-letters.ts';
import type { RouteDescriptor } from './routes/descriptor.ts';
import { JOB_ROUTES } from './routes/jobs.ts';
import { QUEUE_ROUTES } from './routes/queues.ts';
import { SCHEDULE_ROUTES } from './routes/schedules.ts';
import { WORKER_ROUTES } from './routes/workers.ts';

export { COMMON_PROBLEMS, type RawPath, type RouteDescriptor } from './routes/descriptor.ts';

/** Every route of the API: the gateway mounts from it, and the OpenAPI document is made of it. */
export const ROUTES = {
  ...JOB_ROUTES,
  ...WORKER_ROUTES,
  ...QUEUE_ROUTES,
  ...DEAD_LETTER_ROUTES,
  ...SCHEDULE_ROUTES,
} as const satisfies Readonly<Record<string, RouteDescriptor>>;

export type Routes = typeof ROUTES;
export type RouteName = keyof Routes;
