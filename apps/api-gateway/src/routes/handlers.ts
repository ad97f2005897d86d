import type { Handlers } from '../http/endpoint.ts';
import type { JobMetrics } from '../metrics/job-metrics.ts';
import type { Operator } from '../operations/operator.ts';
import type { OverviewParts } from '../overview/overview.ts';
import type { RateMeter } from '../queues/rates.ts';
import type { JobStore } from '../store.ts';
import { deadLetterHandlers } from './dead-letters.ts';
import { jobActionHandlers } from './job-actions.ts';
import { jobHandlers } from './jobs.ts';
import { type LeaseRoutes, leaseHandlers } from './leases.ts';
import { operationHandlers } from './operations.ts';
import { queueHandlers } from './queues.ts';
import type { ScheduleHandlers } from './schedules.ts';
import { workerHandlers } from './workers.ts';

/** The oldest client that this API serves. */
const LEAST_CLIENT = '0.1.0';

/** Every route's handler. */
export function allHandlers(options: {
  readonly store: JobStore;
  readonly metrics: JobMetrics;
  readonly version: string;
  /** Aborted when the gateway stops: who waits is then answered at once. */
  readonly draining: AbortSignal;
  readonly leases: LeaseRoutes;
  readonly operator: Operator;
  readonly rates: RateMeter;
  readonly overview: OverviewParts;
  readonly schedules: ScheduleHandlers;
}): Handlers {
  const { store, metrics, version, draining, leases, operator, rates, overview, schedules } =
    options;
  return {
    ...jobHandlers(store, metrics),
    ...jobActionHandlers(store, draining),
    ...leaseHandlers(leases),
    ...queueHandlers(store, rates),
    ...deadLetterHandlers(store),
    ...workerHandlers(overview),
    ...operationHandlers(store, operator),
    ...schedules,
    async getVersion() {
      return {
        status: 200,
        body: { service: 'api-gateway', version, api: 'v1', minClientVersion: LEAST_CLIENT },
      };
    },
  };
}
