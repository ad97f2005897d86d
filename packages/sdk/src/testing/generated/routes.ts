// Generated from @relay/contract by `pnpm --filter @relay/sdk generate`. Do not edit.

import type { FakeRoute, Schema } from '../schema.ts';

export const PROBLEMS: Readonly<
  Record<string, { readonly status: number; readonly title: string }>
> = {
  malformed: { status: 400, title: 'The request is malformed' },
  unauthenticated: { status: 401, title: 'A valid API key is required' },
  forbidden: { status: 403, title: 'This API key does not permit that' },
  'not-found': { status: 404, title: 'Resource not found' },
  'method-not-allowed': { status: 405, title: 'This path does not support that method' },
  timeout: { status: 408, title: 'The request arrived too slowly' },
  'invalid-state': { status: 409, title: 'Not possible in the current state of the job' },
  'revision-mismatch': { status: 409, title: 'It has been changed in the meantime' },
  'lease-lost': { status: 409, title: 'The lease is no longer yours' },
  'too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The URL is too long' },
  'unsupported-media-type': { status: 415, title: 'The body must be uncompressed JSON' },
  'expectation-failed': { status: 417, title: 'The expectation cannot be met' },
  validation: { status: 422, title: 'The request is invalid' },
  'idempotency-mismatch': {
    status: 422,
    title: 'The idempotency key was used for another request',
  },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'queue-full': { status: 429, title: 'The queue is full' },
  'headers-too-large': { status: 431, title: 'The header fields are too large' },
  internal: { status: 500, title: 'Internal error' },
  'store-unavailable': { status: 503, title: 'The store is unavailable' },
  'store-full': { status: 503, title: 'The store is full' },
};

export const ENQUEUE_REQUEST: Schema = {
  type: 'object',
  properties: {
    payload: { description: 'Any JSON value of depth ≤ 128; stored byte for byte.' },
    type: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
      description: 'Selects the handler; `default`.',
    },
    priority: {
      description: 'Higher runs first; 0.',
      type: 'integer',
      minimum: -1000,
      maximum: 1000,
    },
    delayMs: { type: 'integer', minimum: 0, maximum: 315360000000 },
    runAt: {
      type: 'string',
      format: 'date-time',
      pattern:
        '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|([+-](?:[01]\\d|2[0-3]):[0-5]\\d)))$',
    },
    idempotencyKey: { type: 'string', minLength: 1, maxLength: 255 },
    idempotencyWindowMs: { type: 'integer', minimum: 1000, maximum: 604800000 },
    maxAttempts: { type: 'integer', minimum: 1, maximum: 1000 },
    maxCrashes: { type: 'integer', minimum: 1, maximum: 100 },
    backoff: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['exponential', 'fixed'] },
        baseMs: { type: 'integer', minimum: 1, maximum: 86400000 },
        capMs: { type: 'integer', minimum: 1, maximum: 2592000000 },
        jitter: { type: 'string', enum: ['full', 'none'] },
      },
      additionalProperties: false,
    },
    timeoutMs: { type: 'integer', minimum: 1, maximum: 86400000 },
    expiresInMs: { type: 'integer', minimum: 1, maximum: 315360000000 },
    durability: { type: 'string', enum: ['local', 'replicated'] },
    headers: {
      type: 'object',
      propertyNames: { type: 'string', minLength: 1, maxLength: 128 },
      additionalProperties: { type: 'string', minLength: 0, maxLength: 4096 },
    },
  },
  required: ['payload'],
  additionalProperties: false,
};

export const ROUTES: readonly FakeRoute[] = [
  {
    name: 'enqueueJob',
    method: 'POST',
    path: '/v1/queues/{queue}/jobs',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          payload: { description: 'Any JSON value of depth ≤ 128; stored byte for byte.' },
          type: {
            type: 'string',
            pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
            description: 'Selects the handler; `default`.',
          },
          priority: {
            description: 'Higher runs first; 0.',
            type: 'integer',
            minimum: -1000,
            maximum: 1000,
          },
          delayMs: { type: 'integer', minimum: 0, maximum: 315360000000 },
          runAt: {
            type: 'string',
            format: 'date-time',
            pattern:
              '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|([+-](?:[01]\\d|2[0-3]):[0-5]\\d)))$',
          },
          idempotencyKey: { type: 'string', minLength: 1, maxLength: 255 },
          idempotencyWindowMs: { type: 'integer', minimum: 1000, maximum: 604800000 },
          maxAttempts: { type: 'integer', minimum: 1, maximum: 1000 },
          maxCrashes: { type: 'integer', minimum: 1, maximum: 100 },
          backoff: {
            type: 'object',
            properties: {
              type: { type: 'string', enum: ['exponential', 'fixed'] },
              baseMs: { type: 'integer', minimum: 1, maximum: 86400000 },
              capMs: { type: 'integer', minimum: 1, maximum: 2592000000 },
              jitter: { type: 'string', enum: ['full', 'none'] },
            },
            additionalProperties: false,
          },
          timeoutMs: { type: 'integer', minimum: 1, maximum: 86400000 },
          expiresInMs: { type: 'integer', minimum: 1, maximum: 315360000000 },
          durability: { type: 'string', enum: ['local', 'replicated'] },
          headers: {
            type: 'object',
            propertyNames: { type: 'string', minLength: 1, maxLength: 128 },
            additionalProperties: { type: 'string', minLength: 0, maxLength: 4096 },
          },
        },
        required: ['payload'],
        additionalProperties: false,
      },
      maxBytes: 1048576,
      required: true,
    },
  },
  {
    name: 'enqueueJobs',
    method: 'POST',
    path: '/v1/queues/{queue}/jobs/bulk',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          jobs: {
            minItems: 1,
            maxItems: 1000,
            type: 'array',
            items: { description: 'An enqueue request.' },
          },
        },
        required: ['jobs'],
        additionalProperties: false,
      },
      maxBytes: 4194304,
      required: true,
    },
  },
  {
    name: 'listJobs',
    method: 'GET',
    path: '/v1/queues/{queue}/jobs',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: {
      type: 'object',
      properties: {
        state: {
          type: 'string',
          enum: ['scheduled', 'ready', 'active', 'completed', 'dead', 'cancelled'],
        },
        type: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        order: { type: 'string', enum: ['asc', 'desc'] },
        cursor: { type: 'string', minLength: 1, maxLength: 1024 },
        limit: { type: 'integer', minimum: 1, maximum: 200, pattern: '^\\d{1,15}$' },
      },
      required: ['state'],
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'getJob',
    method: 'GET',
    path: '/v1/queues/{queue}/jobs/{id}',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
      required: ['queue', 'id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: null,
  },
  {
    name: 'getResult',
    method: 'GET',
    path: '/v1/queues/{queue}/jobs/{id}/result',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
      required: ['queue', 'id'],
      additionalProperties: false,
    },
    query: {
      type: 'object',
      properties: {
        waitMs: { type: 'integer', minimum: 0, maximum: 30000, pattern: '^\\d{1,15}$' },
      },
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'cancelJob',
    method: 'POST',
    path: '/v1/queues/{queue}/jobs/{id}/cancel',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
      required: ['queue', 'id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: { reason: { type: 'string', minLength: 1, maxLength: 500 } },
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: false,
    },
  },
  {
    name: 'retryJob',
    method: 'POST',
    path: '/v1/queues/{queue}/jobs/{id}/retry',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
      required: ['queue', 'id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: { type: 'object', properties: {}, additionalProperties: false },
      maxBytes: 65536,
      required: false,
    },
  },
  {
    name: 'promoteJob',
    method: 'POST',
    path: '/v1/queues/{queue}/jobs/{id}/promote',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
      required: ['queue', 'id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: { type: 'object', properties: {}, additionalProperties: false },
      maxBytes: 65536,
      required: false,
    },
  },
  {
    name: 'changeJob',
    method: 'PATCH',
    path: '/v1/queues/{queue}/jobs/{id}',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
      required: ['queue', 'id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          priority: { type: 'integer', minimum: -1000, maximum: 1000 },
          runAt: {
            type: 'string',
            format: 'date-time',
            pattern:
              '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|([+-](?:[01]\\d|2[0-3]):[0-5]\\d)))$',
          },
        },
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: true,
    },
  },
  {
    name: 'deleteJob',
    method: 'DELETE',
    path: '/v1/queues/{queue}/jobs/{id}',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
      required: ['queue', 'id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: null,
  },
  {
    name: 'actOnJobs',
    method: 'POST',
    path: '/v1/queues/{queue}/jobs/actions',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          action: { type: 'string', enum: ['cancel', 'retry', 'delete', 'promote'] },
          filter: {
            type: 'object',
            properties: {
              state: {
                type: 'string',
                enum: ['scheduled', 'ready', 'active', 'completed', 'dead', 'cancelled'],
              },
              type: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
              before: {
                type: 'string',
                format: 'date-time',
                pattern:
                  '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|([+-](?:[01]\\d|2[0-3]):[0-5]\\d)))$',
              },
              ids: {
                minItems: 1,
                maxItems: 1000,
                type: 'array',
                items: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
              },
            },
            additionalProperties: false,
          },
          reason: { type: 'string', minLength: 1, maxLength: 500 },
          dryRun: { type: 'boolean' },
        },
        required: ['action', 'filter'],
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: true,
    },
  },
  {
    name: 'findJob',
    method: 'GET',
    path: '/v1/jobs/{id}',
    params: {
      type: 'object',
      properties: { id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } },
      required: ['id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: null,
  },
  {
    name: 'getIdempotencyKey',
    method: 'GET',
    path: '/v1/queues/{queue}/idempotency-keys/{key}',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        key: { type: 'string', minLength: 1, maxLength: 255 },
      },
      required: ['queue', 'key'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: null,
  },
  {
    name: 'claimLeases',
    method: 'POST',
    path: '/v1/leases',
    params: { type: 'object', properties: {}, additionalProperties: false },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          workerId: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
          queues: {
            minItems: 1,
            maxItems: 100,
            type: 'array',
            items: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
          },
          max: {
            description: 'Maximum number of jobs; 1.',
            type: 'integer',
            minimum: 1,
            maximum: 100,
          },
          leaseMs: { description: '30,000.', type: 'integer', minimum: 1000, maximum: 3600000 },
          waitMs: {
            description: 'How long to wait if no job is ready; 0.',
            type: 'integer',
            minimum: 0,
            maximum: 30000,
          },
        },
        required: ['workerId', 'queues'],
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: true,
    },
  },
  {
    name: 'settleLeases',
    method: 'POST',
    path: '/v1/leases/settle',
    params: { type: 'object', properties: {}, additionalProperties: false },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          items: {
            minItems: 1,
            maxItems: 100,
            type: 'array',
            items: {
              oneOf: [
                {
                  type: 'object',
                  properties: {
                    leaseToken: { type: 'string', minLength: 1, maxLength: 512 },
                    outcome: { type: 'string', const: 'complete' },
                    result: { description: 'Any JSON value of depth ≤ 128; stored byte for byte.' },
                  },
                  required: ['leaseToken', 'outcome'],
                  additionalProperties: false,
                },
                {
                  type: 'object',
                  properties: {
                    leaseToken: { type: 'string', minLength: 1, maxLength: 512 },
                    outcome: { type: 'string', const: 'fail' },
                    error: {
                      type: 'object',
                      properties: {
                        name: { type: 'string', minLength: 1, maxLength: 200 },
                        message: { type: 'string', minLength: 0, maxLength: 65536 },
                        stack: { type: 'string', minLength: 0, maxLength: 65536 },
                      },
                      required: ['name', 'message'],
                      additionalProperties: false,
                    },
                    retry: { type: 'string', enum: ['auto', 'never'] },
                    retryInMs: { type: 'integer', minimum: 0, maximum: 315360000000 },
                  },
                  required: ['leaseToken', 'outcome', 'error'],
                  additionalProperties: false,
                },
                {
                  type: 'object',
                  properties: {
                    leaseToken: { type: 'string', minLength: 1, maxLength: 512 },
                    outcome: { type: 'string', const: 'release' },
                    delayMs: { type: 'integer', minimum: 0, maximum: 315360000000 },
                  },
                  required: ['leaseToken', 'outcome'],
                  additionalProperties: false,
                },
              ],
            },
          },
        },
        required: ['items'],
        additionalProperties: false,
      },
      maxBytes: 8388608,
      required: true,
    },
  },
  {
    name: 'extendLeases',
    method: 'POST',
    path: '/v1/leases/extend',
    params: { type: 'object', properties: {}, additionalProperties: false },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          items: {
            minItems: 1,
            maxItems: 100,
            type: 'array',
            items: {
              type: 'object',
              properties: {
                leaseToken: { type: 'string', minLength: 1, maxLength: 512 },
                leaseMs: { type: 'integer', minimum: 1000, maximum: 3600000 },
                progress: { description: 'Any JSON value of depth ≤ 128; stored byte for byte.' },
              },
              required: ['leaseToken', 'leaseMs'],
              additionalProperties: false,
            },
          },
        },
        required: ['items'],
        additionalProperties: false,
      },
      maxBytes: 8388608,
      required: true,
    },
  },
  {
    name: 'listWorkers',
    method: 'GET',
    path: '/v1/workers',
    params: { type: 'object', properties: {}, additionalProperties: false },
    query: {
      type: 'object',
      properties: {
        cursor: { type: 'string', minLength: 1, maxLength: 1024 },
        limit: { type: 'integer', minimum: 1, maximum: 200, pattern: '^\\d{1,15}$' },
      },
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'quietWorker',
    method: 'POST',
    path: '/v1/workers/{id}/quiet',
    params: {
      type: 'object',
      properties: { id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: { quiet: { type: 'boolean' } },
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: false,
    },
  },
  {
    name: 'listQueues',
    method: 'GET',
    path: '/v1/queues',
    params: { type: 'object', properties: {}, additionalProperties: false },
    query: {
      type: 'object',
      properties: {
        search: { type: 'string', minLength: 1, maxLength: 128 },
        cursor: { type: 'string', minLength: 1, maxLength: 1024 },
        limit: { type: 'integer', minimum: 1, maximum: 200, pattern: '^\\d{1,15}$' },
      },
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'getQueue',
    method: 'GET',
    path: '/v1/queues/{queue}',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: null,
  },
  {
    name: 'changeQueue',
    method: 'PATCH',
    path: '/v1/queues/{queue}',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          ifRevision: {
            type: 'string',
            pattern: '^[0-9a-f]{40}$',
            description:
              'Change nothing if the settings have another revision by now, unless they already are what is asked for.',
          },
          rateLimit: {
            anyOf: [
              {
                type: 'object',
                properties: {
                  rate: { type: 'integer', minimum: 1, maximum: 1000000 },
                  perMs: { type: 'integer', minimum: 1, maximum: 86400000 },
                  burst: { type: 'integer', minimum: 1, maximum: 1000000 },
                },
                required: ['rate', 'perMs'],
                additionalProperties: false,
              },
              { type: 'null' },
            ],
          },
          concurrency: {
            anyOf: [{ type: 'integer', minimum: 1, maximum: 1000000 }, { type: 'null' }],
          },
          maxReady: {
            anyOf: [{ type: 'integer', minimum: 1, maximum: 1000000000 }, { type: 'null' }],
          },
          defaults: {
            type: 'object',
            properties: {
              maxAttempts: {
                anyOf: [{ type: 'integer', minimum: 1, maximum: 1000 }, { type: 'null' }],
              },
              maxCrashes: {
                anyOf: [{ type: 'integer', minimum: 1, maximum: 100 }, { type: 'null' }],
              },
              backoff: {
                anyOf: [
                  {
                    type: 'object',
                    properties: {
                      type: { type: 'string', enum: ['exponential', 'fixed'] },
                      baseMs: { type: 'integer', minimum: 1, maximum: 86400000 },
                      capMs: { type: 'integer', minimum: 1, maximum: 2592000000 },
                      jitter: { type: 'string', enum: ['full', 'none'] },
                    },
                    additionalProperties: false,
                  },
                  { type: 'null' },
                ],
              },
              leaseMs: {
                anyOf: [{ type: 'integer', minimum: 1000, maximum: 3600000 }, { type: 'null' }],
              },
            },
            additionalProperties: false,
          },
          retention: {
            type: 'object',
            properties: {
              completed: {
                type: 'object',
                properties: {
                  maxAgeMs: {
                    anyOf: [
                      { type: 'integer', minimum: 0, maximum: 315360000000 },
                      { type: 'null' },
                    ],
                  },
                  maxCount: {
                    anyOf: [{ type: 'integer', minimum: 0, maximum: 10000000 }, { type: 'null' }],
                  },
                },
                additionalProperties: false,
              },
              dead: {
                type: 'object',
                properties: {
                  maxAgeMs: {
                    anyOf: [
                      { type: 'integer', minimum: 0, maximum: 315360000000 },
                      { type: 'null' },
                    ],
                  },
                  maxCount: {
                    anyOf: [{ type: 'integer', minimum: 0, maximum: 10000000 }, { type: 'null' }],
                  },
                },
                additionalProperties: false,
              },
            },
            additionalProperties: false,
          },
        },
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: true,
    },
  },
  {
    name: 'deleteQueue',
    method: 'DELETE',
    path: '/v1/queues/{queue}',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: {
      type: 'object',
      properties: { force: { type: 'string', enum: ['true', 'false'] } },
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'getQueueStats',
    method: 'GET',
    path: '/v1/queues/{queue}/stats',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: null,
  },
  {
    name: 'getSeries',
    method: 'GET',
    path: '/v1/queues/{queue}/series',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: {
      type: 'object',
      properties: {
        metric: {
          type: 'string',
          enum: [
            'enqueued',
            'started',
            'completed',
            'failed',
            'dead',
            'crashed',
            'ready',
            'active',
            'oldestReadyMs',
            'waitMsP50',
            'waitMsP95',
            'runMsP50',
            'runMsP95',
          ],
        },
        from: {
          description: 'An hour ago; at most 24 h back.',
          type: 'string',
          format: 'date-time',
          pattern:
            '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|([+-](?:[01]\\d|2[0-3]):[0-5]\\d)))$',
        },
        stepMs: {
          description: 'Rounded to minutes; grows until 300 points are enough.',
          type: 'integer',
          minimum: 60000,
          maximum: 86400000,
          pattern: '^\\d{1,15}$',
        },
      },
      required: ['metric'],
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'pauseQueue',
    method: 'POST',
    path: '/v1/queues/{queue}/pause',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: { type: 'object', properties: {}, additionalProperties: false },
      maxBytes: 65536,
      required: false,
    },
  },
  {
    name: 'resumeQueue',
    method: 'POST',
    path: '/v1/queues/{queue}/resume',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: { type: 'object', properties: {}, additionalProperties: false },
      maxBytes: 65536,
      required: false,
    },
  },
  {
    name: 'purgeQueue',
    method: 'POST',
    path: '/v1/queues/{queue}/purge',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          states: {
            minItems: 1,
            maxItems: 5,
            type: 'array',
            items: {
              type: 'string',
              enum: ['scheduled', 'ready', 'completed', 'dead', 'cancelled'],
            },
          },
          confirm: {
            type: 'string',
            pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
            description: 'The name of the queue, repeated as confirmation.',
          },
        },
        required: ['states', 'confirm'],
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: true,
    },
  },
  {
    name: 'streamEvents',
    method: 'GET',
    path: '/v1/events',
    params: { type: 'object', properties: {}, additionalProperties: false },
    query: {
      type: 'object',
      properties: {
        queue: {
          description: 'Repeatable.',
          maxItems: 100,
          type: 'array',
          items: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        },
      },
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'getVersion',
    method: 'GET',
    path: '/v1/version',
    params: { type: 'object', properties: {}, additionalProperties: false },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: null,
  },
  {
    name: 'listDeadLetters',
    method: 'GET',
    path: '/v1/queues/{queue}/dead-letters',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: {
      type: 'object',
      properties: {
        reason: {
          type: 'string',
          enum: [
            'attempts-exhausted',
            'crashed',
            'non-retryable',
            'expired',
            'unhandled',
            'corrupt',
          ],
        },
        type: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        group: { type: 'string', pattern: '^[0-9a-f]{16}$' },
        cursor: { type: 'string', minLength: 1, maxLength: 1024 },
        limit: { type: 'integer', minimum: 1, maximum: 200, pattern: '^\\d{1,15}$' },
      },
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'groupDeadLetters',
    method: 'GET',
    path: '/v1/dead-letters/groups',
    params: { type: 'object', properties: {}, additionalProperties: false },
    query: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      additionalProperties: false,
    },
    body: null,
  },
  {
    name: 'requeueDeadLetter',
    method: 'POST',
    path: '/v1/queues/{queue}/dead-letters/{id}/requeue',
    params: {
      type: 'object',
      properties: {
        queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
        id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
      required: ['queue', 'id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: { type: 'object', properties: { payload: {} }, additionalProperties: false },
      maxBytes: 1048576,
      required: false,
    },
  },
  {
    name: 'requeueDeadLetters',
    method: 'POST',
    path: '/v1/queues/{queue}/dead-letters/requeue',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          filter: {
            type: 'object',
            properties: {
              reason: {
                type: 'string',
                enum: [
                  'attempts-exhausted',
                  'crashed',
                  'non-retryable',
                  'expired',
                  'unhandled',
                  'corrupt',
                ],
              },
              type: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
              before: {
                description: 'Died before this time.',
                type: 'string',
                format: 'date-time',
                pattern:
                  '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|([+-](?:[01]\\d|2[0-3]):[0-5]\\d)))$',
              },
              group: { type: 'string', pattern: '^[0-9a-f]{16}$' },
            },
            additionalProperties: false,
          },
          ratePerSec: { type: 'number', minimum: 0.1, maximum: 10000 },
          dryRun: { type: 'boolean' },
        },
        required: ['filter'],
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: true,
    },
  },
  {
    name: 'purgeDeadLetters',
    method: 'POST',
    path: '/v1/queues/{queue}/dead-letters/purge',
    params: {
      type: 'object',
      properties: { queue: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' } },
      required: ['queue'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: {
        type: 'object',
        properties: {
          filter: {
            type: 'object',
            properties: {
              reason: {
                type: 'string',
                enum: [
                  'attempts-exhausted',
                  'crashed',
                  'non-retryable',
                  'expired',
                  'unhandled',
                  'corrupt',
                ],
              },
              type: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
              before: {
                description: 'Died before this time.',
                type: 'string',
                format: 'date-time',
                pattern:
                  '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|([+-](?:[01]\\d|2[0-3]):[0-5]\\d)))$',
              },
              group: { type: 'string', pattern: '^[0-9a-f]{16}$' },
            },
            additionalProperties: false,
          },
          dryRun: { type: 'boolean' },
        },
        required: ['filter'],
        additionalProperties: false,
      },
      maxBytes: 65536,
      required: true,
    },
  },
  {
    name: 'getOperation',
    method: 'GET',
    path: '/v1/operations/{id}',
    params: {
      type: 'object',
      properties: { id: { type: 'string', pattern: '^[A-Za-z0-9]{8,64}$' } },
      required: ['id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: null,
  },
  {
    name: 'cancelOperation',
    method: 'POST',
    path: '/v1/operations/{id}/cancel',
    params: {
      type: 'object',
      properties: { id: { type: 'string', pattern: '^[A-Za-z0-9]{8,64}$' } },
      required: ['id'],
      additionalProperties: false,
    },
    query: { type: 'object', properties: {}, additionalProperties: false },
    body: {
      schema: { type: 'object', properties: {}, additionalProperties: false },
      maxBytes: 65536,
      required: false,
    },
  },
];
