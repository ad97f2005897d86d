/** Addresses of the gateway's API that pages read: the server names them to the browser, whose scripts then ask for them. */
import type { JobState } from '@relay/contract';

/** Where the dashboard's own server passes them on. */
export const API_PREFIX = '/api/relay';
/** Jobs of a page; where a worker is looked for, more, since they are looked through here. */
const JOBS_PAGE = 50;
const JOBS_OF_WORKER = 200;
const QUEUES_PAGE = 200;
const SCHEDULES_PAGE = 50;
const MOST_WORKERS = 200;

export const OVERVIEW_PATH = '/v1/overview';
export const GROUPS_PATH = '/v1/dead-letters/groups';
export const WORKERS_PATH = `/v1/workers${queryText({ limit: MOST_WORKERS })}`;

export function queuesPath(cursor?: string): string {
  return `/v1/queues${queryText({ limit: QUEUES_PAGE, cursor })}`;
}

export function queuePath(name: string): string {
  return `/v1/queues/${encodeURIComponent(name)}`;
}

export function jobPath(queue: string, id: string): string {
  return `${queuePath(queue)}/jobs/${encodeURIComponent(id)}`;
}

export interface JobsOptions {
  readonly state: JobState;
  readonly cursor: string | undefined;
  readonly type: string | undefined;
  /** Only active ones that this worker has, of the first 200. */
  readonly worker: string | undefined;
}

export function jobsPath(queue: string, { state, cursor, type, worker }: JobsOptions): string {
  // What ended last, or is due next, comes first.
  const order = ['completed', 'dead', 'cancelled'].includes(state) ? 'desc' : 'asc';
  const limit = worker === undefined ? JOBS_PAGE : JOBS_OF_WORKER;
  return `${queuePath(queue)}/jobs${queryText({ state, type, order, cursor, limit })}`;
}

export function schedulesPath(cursor: string | undefined): string {
  return `/v1/schedules${queryText({ cursor, limit: SCHEDULES_PAGE })}`;
}

export function schedulePath(id: string): string {
  return `/v1/schedules/${encodeURIComponent(id)}`;
}

export function operationPath(id: string): string {
  return `/v1/operations/${encodeURIComponent(id)}`;
}

/** A query's text, without what is not set. */
export function queryText(values: Readonly<Record<string, string | number | undefined>>): string {
  const entries = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)] as [string, string]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}
