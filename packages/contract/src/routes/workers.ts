import { z } from 'zod';
import { name } from '../common.ts';
import {
  claimAnswer,
  claimRequest,
  extendAnswer,
  extendRequest,
  settleAnswer,
  settleRequest,
} from '../leases.ts';
import { LIMITS } from '../limits.ts';
import { listWorkersQuery, quietAnswer, quietRequest, workerPage } from '../workers.ts';
import { bodyProblems, none, type RouteDescriptor } from './descriptor.ts';

/** Routes of workers, and about them. */
export const WORKER_ROUTES = {
  claimLeases: {
    method: 'POST',
    path: '/v1/leases',
    summary: 'Claim jobs; optionally wait for some',
    permission: 'leases',
    params: none,
    query: none,
    body: { schema: claimRequest, maxBytes: LIMITS.smallBodyBytes, required: true },
    answers: { 200: claimAnswer },
    problems: bodyProblems,
  },
  settleLeases: {
    method: 'POST',
    path: '/v1/leases/settle',
    summary: 'End leases: complete, fail or release',
    permission: 'leases',
    params: none,
    query: none,
    body: {
      schema: settleRequest,
      maxBytes: LIMITS.settleBodyBytes,
      required: true,
      raw: ['items', '*', 'result'],
    },
    answers: { 200: settleAnswer },
    problems: bodyProblems,
  },
  extendLeases: {
    method: 'POST',
    path: '/v1/leases/extend',
    summary: 'Send heartbeats: extend leases, report progress',
    permission: 'leases',
    params: none,
    query: none,
    body: {
      schema: extendRequest,
      maxBytes: LIMITS.settleBodyBytes,
      required: true,
      raw: ['items', '*', 'progress'],
    },
    answers: { 200: extendAnswer },
    problems: bodyProblems,
  },
  listWorkers: {
    method: 'GET',
    path: '/v1/workers',
    summary: 'List the live workers',
    permission: 'queues.read',
    params: none,
    query: listWorkersQuery,
    body: null,
    answers: { 200: workerPage },
    problems: [],
  },
  quietWorker: {
    method: 'POST',
    path: '/v1/workers/{id}/quiet',
    summary: 'Ask a worker to stop claiming',
    permission: 'queues.operate',
    params: z.strictObject({ id: name }),
    query: none,
    body: { schema: quietRequest, maxBytes: LIMITS.smallBodyBytes, required: false },
    answers: { 200: quietAnswer },
    problems: bodyProblems,
  },
} as const satisfies Readonly<Record<string, RouteDescriptor>>;
