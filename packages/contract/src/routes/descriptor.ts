import { z } from 'zod';
import { jobId, name } from '../common.ts';
import { LIMITS } from '../limits.ts';
import type { Permission } from '../permissions.ts';
import type { ProblemSlug } from '../problems.ts';
import { emptyRequest } from '../queues.ts';

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
  /** Parameters of the query that may occur more than once: they are arrays. */
  readonly repeatable?: readonly string[];
  /** A stream of server-sent events; `answers[200]` is then the data of each. */
  readonly stream?: true;
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

/** No parameters. */
export const none = z.strictObject({});
export const inQueue = z.strictObject({ queue: name });
export const oneJob = z.strictObject({ queue: name, id: jobId });
/** For calls without options. */
export const noBody = {
  schema: emptyRequest,
  maxBytes: LIMITS.smallBodyBytes,
  required: false,
} as const;
export const bodyProblems = ['too-large', 'unsupported-media-type'] as const;
