// Generated from @relay/contract by `pnpm --filter @relay/sdk generate`. Do not edit.

/** Bounds of the API: bytes and ms. */
export const LIMITS = {
  bodyBytes: 1048576,
  bulkBodyBytes: 4194304,
  bulkJobs: 1000,
  payloadDepth: 128,
  resultBytes: 65536,
  progressBytes: 4096,
  leaseItems: 100,
  longestPollMs: 30000,
} as const;

/** Names of queues, job types and workers. */
export const NAME_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
