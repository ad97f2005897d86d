import { z } from 'zod';

/** What a route may require. */
export type Permission =
  | 'jobs.enqueue'
  | 'jobs.read'
  | 'jobs.cancel'
  | 'jobs.operate'
  | 'jobs.delete'
  | 'leases'
  | 'queues.read'
  | 'queues.operate'
  | 'queues.delete';

/** What a key may be. */
export const role = z.enum(['producer', 'worker', 'viewer', 'operator', 'admin']);
export type Role = z.infer<typeof role>;

const VIEWER = ['jobs.read', 'queues.read'] as const;
const OPERATOR = [...VIEWER, 'jobs.cancel', 'jobs.operate', 'queues.operate'] as const;

/** The one table from roles to permissions. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  producer: ['jobs.enqueue', 'jobs.read', 'jobs.cancel'],
  worker: ['leases'],
  viewer: VIEWER,
  operator: OPERATOR,
  admin: [...OPERATOR, 'jobs.enqueue', 'jobs.delete', 'leases', 'queues.delete'],
};
