import { z } from 'zod';
import { jobId, name } from './common.ts';
import {
  bulkAnswer,
  bulkRequest,
  enqueueAnswer,
  enqueueRequest,
  job,
  jobPage,
  listDeadLettersQuery,
  listJobsQuery,
  requeueAnswer,
  requeueRequest,
} from './jobs.ts';
import { LIMITS } from './limits.ts';
import type { Permission } from './permissions.ts';
import type { ProblemSlug } from './problems.ts';
import {
  emptyRequest,
  listQueuesQuery,
  queue,
  queuePage,
  queueStats,
  versionAnswer,
} from './queues.ts';

/** A step to where a value is kept as bytes: a field's name, or `*` for every item of an array. */
export type RawPath = readonly [string, ...string[]];

/** One route: the gateway mounts from it, and the OpenAPI document is made of it. */
export interface RouteDescriptor {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` for parameters. */
  readonly path: `/v1/${string}`;
  readonly summary: string;
  /** Null: for everybody. */
  readonly permission: Permission | null;
  /** All parameters of the path. One named `queue` is held against the key's queue patterns. */
  readonly params: z.ZodObject;
  /** Unknown parameters are refused. */
  readonly query: z.ZodObject;
  /** Null: takes no body. */
  readonly body: {
    readonly schema: z.ZodType;
    readonly maxBytes: number;
    /** False: may be missing, which is the same as `{}`. */
    readonly required: boolean;
    /** Where the body holds a value that is kept as the bytes that were sent. */
    readonly raw?: RawPath;
  } | null;
  /** HTTP status → body. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** The problems that are this route's own; those of all routes are in {@link COMMON_PROBLEMS}. */
  readonly problems: readonly ProblemSlug[];
}

/** Problems that any route may answer with. */
export const COMMON_PROBLEMS: readonly ProblemSlug[] = [
  'malformed',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'timeout',
  'validation',
  'rate-limited',
  'internal',
  'store-unavailable',
];

const none = z.strictObject({});
const inQueue = z.strictObject({ queue: name });
const oneJob = z.strictObject({ queue: name, id: jobId });
const noBody = { schema: emptyRequest, maxBytes: LIMITS.smallBodyBytes, required: false } as const;
const bodyProblems = ['too-large', 'unsupported-media-type'] as const;

export const ROUTES = {
  enqueueJob: {
    method: 'POST',
    path: '/v1/queues/{queue}/jobs',
    summary: 'Accept a job',
    permission: 'jobs.enqueue',
    params: inQueue,
    query: none,
    body: {
      schema: enqueueRequest,
      maxBytes: LIMITS.bodyBytes,
      required: true,
      raw: ['payload'],
    },
    answers: { 200: enqueueAnswer, 201: enqueueAnswer },
    problems: [...bodyProblems, 'idempotency-mismatch', 'queue-full', 'store-full'],
  },
  enqueueJobs: {
    method: 'POST',
    path: '/v1/queues/{queue}/jobs/bulk',
    summary: 'Accept up to 1,000 jobs, each with its own answer',
    permission: 'jobs.enqueue',
    params: inQueue,
    query: none,
    body: {
      schema: bulkRequest,
      maxBytes: LIMITS.bulkBodyBytes,
      required: true,
      raw: ['jobs', '*', 'payload'],
    },
    answers: { 200: bulkAnswer },
    problems: [...bodyProblems, 'store-full'],
  },
  listJobs: {
    method: 'GET',
    path: '/v1/queues/{queue}/jobs',
    summary: 'List the jobs in one state',
    permission: 'jobs.read',
    params: inQueue,
    query: listJobsQuery,
    body: null,
    answers: { 200: jobPage },
    problems: [],
  },
  getJob: {
    method: 'GET',
    path: '/v1/queues/{queue}/jobs/{id}',
    summary: 'One job, with its payload and history',
    permission: 'jobs.read',
    params: oneJob,
    query: none,
    body: null,
    answers: { 200: job },
    problems: [],
  },
  listQueues: {
    method: 'GET',
    path: '/v1/queues',
    summary: 'List the queues',
    permission: 'queues.read',
    params: none,
    query: listQueuesQuery,
    body: null,
    answers: { 200: queuePage },
    problems: [],
  },
  getQueue: {
    method: 'GET',
    path: '/v1/queues/{queue}',
    summary: 'One queue',
    permission: 'queues.read',
    params: inQueue,
    query: none,
    body: null,
    answers: { 200: queue },
    problems: [],
  },
  getQueueStats: {
    method: 'GET',
    path: '/v1/queues/{queue}/stats',
    summary: 'The numbers of one queue, flat',
    permission: 'queues.read',
    params: inQueue,
    query: none,
    body: null,
    answers: { 200: queueStats },
    problems: [],
  },
  pauseQueue: {
    method: 'POST',
    path: '/v1/queues/{queue}/pause',
    summary: 'Let no job of the queue start; it goes on accepting',
    permission: 'queues.operate',
    params: inQueue,
    query: none,
    body: noBody,
    answers: { 200: queue },
    problems: bodyProblems,
  },
  resumeQueue: {
    method: 'POST',
    path: '/v1/queues/{queue}/resume',
    summary: 'Let the jobs of a paused queue start again',
    permission: 'queues.operate',
    params: inQueue,
    query: none,
    body: noBody,
    answers: { 200: queue },
    problems: bodyProblems,
  },
  listDeadLetters: {
    method: 'GET',
    path: '/v1/queues/{queue}/dead-letters',
    summary: 'List the dead letters, newest first',
    permission: 'jobs.read',
    params: inQueue,
    query: listDeadLettersQuery,
    body: null,
    answers: { 200: jobPage },
    problems: [],
  },
  requeueDeadLetter: {
    method: 'POST',
    path: '/v1/queues/{queue}/dead-letters/{id}/requeue',
    summary: 'Make a dead job ready again, its counters reset',
    permission: 'jobs.operate',
    params: oneJob,
    query: none,
    body: {
      schema: requeueRequest,
      maxBytes: LIMITS.bodyBytes,
      required: false,
      raw: ['payload'],
    },
    answers: { 200: requeueAnswer },
    problems: [...bodyProblems, 'invalid-state', 'store-full'],
  },
  getVersion: {
    method: 'GET',
    path: '/v1/version',
    summary: 'Versions of the service and of the API',
    permission: null,
    params: none,
    query: none,
    body: null,
    answers: { 200: versionAnswer },
    problems: [],
  },
} as const satisfies Readonly<Record<string, RouteDescriptor>>;

export type Routes = typeof ROUTES;
export type RouteName = keyof Routes;
