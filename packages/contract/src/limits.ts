/** Every bound of the HTTP API, in one place. Sizes are in bytes, times in milliseconds. */
export const LIMITS = {
  /** Body of one enqueue request, and its payload. */
  bodyBytes: 1_048_576,
  /** Body of a bulk call: parsing more would block the process. */
  bulkBodyBytes: 4_194_304,
  /** Body of settings, and of calls that take next to nothing. */
  smallBodyBytes: 65_536,
  bulkJobs: 1_000,
  payloadDepth: 128,
  urlBytes: 8_192,
  nameLength: 128,
  idempotencyKeyLength: 255,
  headersBytes: 4_096,
  pageSize: 200,
  defaultPageSize: 50,
  cursorLength: 1_024,
  priority: 1_000,
  maxAttempts: 1_000,
  maxCrashes: 100,
  dayMs: 86_400_000,
  /** Bodies of settle and extend: 100 results of 64 KiB, and room. */
  settleBodyBytes: 8_388_608,
  /** Items of one settle or extend call, and jobs of one claim. */
  leaseItems: 100,
  /** Queues that one claim may name. */
  claimQueues: 100,
  /** Ids that a bulk action may name. */
  actionIds: 1_000,
  shortestLeaseMs: 1_000,
  longestLeaseMs: 3_600_000,
  defaultLeaseMs: 30_000,
  /** How long a claim or a result may be waited for in one request. */
  longestPollMs: 30_000,
  leaseTokenLength: 512,
  /** Of one result, and of one report of progress. */
  resultBytes: 65_536,
  progressBytes: 4_096,
  errorNameLength: 200,
  errorMessageLength: 65_536,
  reasonLength: 500,
  /** A token bucket's rate and burst, and live leases at once. */
  rate: 1_000_000,
  maxReady: 1_000_000_000,
  retentionCount: 10_000_000,
  requeuePerSec: 10_000,
  /** Points of a series. */
  seriesPoints: 300,
  minuteMs: 60_000,
  /** Dead letters of a queue that groups are made of: the newest. */
  groupedDeadLetters: 1_000,
  /** Delays and expiry: ten years. */
  longestWaitMs: 315_360_000_000,
  longestBackoffMs: 2_592_000_000,
  shortestWindowMs: 1_000,
  longestWindowMs: 604_800_000,
  /** `runAt` must lie before: 2100-01-01. */
  latestRunAtMs: 4_102_444_800_000,
} as const;

/** Names of queues, job types and workers. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
