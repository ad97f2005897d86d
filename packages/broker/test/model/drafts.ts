import * as fc from 'fast-check';
import type { JobAction, JobState, QueueSettingsPatch } from '../../src/index.ts';
import {
  type ClaimDraft,
  type EnqueueDraft,
  type ExtendDraft,
  IDEMPOTENCY_KEYS,
  type JobPick,
  type SettleDraft,
  type TokenPick,
} from './steps.ts';

export const few = { minLength: 1, maxLength: 6 } as const;
export const index = fc.nat(30);
export const oneOf = <const T>(...values: readonly T[]): fc.Arbitrary<T> =>
  fc.constantFrom(...values);
/** Mostly left out. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
/** An object of which each field may be missing. */
export const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] });

export const jobPick: fc.Arbitrary<JobPick> = fc.record({
  from: fc.oneof(
    { weight: 12, arbitrary: fc.constant('suitable' as const) },
    { weight: 4, arbitrary: fc.constant('any' as const) },
    { weight: 1, arbitrary: fc.constant('unknown' as const) },
  ),
  index,
});

const tokenPick: fc.Arbitrary<TokenPick> = fc.record({
  kind: fc.oneof(
    { weight: 20, arbitrary: fc.constant('live' as const) },
    { weight: 5, arbitrary: oneOf('stale', 'foreign', 'cut', 'longer', 'invented') },
  ),
  index,
});

const backoff = some({
  type: oneOf('exponential', 'fixed'),
  baseMs: oneOf(1, 1_000, 7_777),
  capMs: oneOf(1_500, 60_000),
  jitter: oneOf('full', 'none'),
});

const plain = { payload: oneOf('null', '{"a":1}', '[1,\n 2]', '"ü"') };
const priority = oneOf(-1_000, -1, 1, 7, 1_000);

/** Each kind of job is good for something: most options at once would only make all of them late, expired or both. */
export const enqueueDraft: fc.Arbitrary<EnqueueDraft> = fc.oneof(
  { weight: 4, arbitrary: fc.record(plain) },
  { weight: 3, arbitrary: fc.record({ ...plain, priority, type: oneOf('mail', 'default') }) },
  {
    weight: 3,
    arbitrary: fc.record({ ...plain, maxAttempts: oneOf(1, 2, 3), backoff }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ ...plain, maxCrashes: oneOf(1, 2), type: fc.constant('poison') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ ...plain, timeoutMs: oneOf(1, 1_000, 20_000), backoff }),
  },
  { weight: 2, arbitrary: fc.record({ ...plain, delayMs: oneOf(0, 1, 1_000, 60_000), priority }) },
  { weight: 1, arbitrary: fc.record({ ...plain, expiresInMs: oneOf(1, 1_000, 30_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...plain,
      runAtInMs: oneOf(-5_000, 0, 1, 2_000, 3_600_000),
      expiresInMs: oneOf(500, 10_000),
    }),
  },
  // Few keys, few requests: duplicates and mismatches meet.
  {
    weight: 3,
    arbitrary: fc.record({
      payload: oneOf('"x"', '"x"', '"x"', '"y"'),
      idempotencyKey: oneOf(...IDEMPOTENCY_KEYS),
      idempotencyWindowMs: fc.constant(60_000),
      headers: oneOf({ traceparent: '00-a' }, { traceparent: '00-b' }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      payload: fc.constant('"x"'),
      idempotencyKey: oneOf(...IDEMPOTENCY_KEYS),
      delayMs: fc.constant(2_000),
    }),
  },
);

export const claim: fc.Arbitrary<ClaimDraft> = fc.record({
  worker: oneOf('w1', 'w2', 'host.3'),
  max: oneOf(0, 1, 1, 2, 3, 5, 20),
  leaseMs: oneOf(1_000, 5_000, 30_000, 3_600_000),
  callId: rarely(oneOf('c1', 'c2')),
});

export const settleDraft: fc.Arbitrary<SettleDraft> = fc.record({
  token: tokenPick,
  outcome: oneOf(
    ...(['complete', 'complete', 'fail', 'fail', 'release', 'unhandled', 'timeout'] as const),
  ),
  result: rarely(oneOf('{"ok":true}', '[\n1,\n2]')),
  retry: rarely(oneOf('auto', 'never')),
  delayMs: rarely(oneOf(0, 1, 3_000)),
  message: oneOf('boom', 'two\nlines'),
});

export const extendDraft: fc.Arbitrary<ExtendDraft> = fc.record({
  token: tokenPick,
  leaseMs: oneOf(1_000, 10_000, 60_000),
  progress: rarely(oneOf('{"done":1}', '50')),
});

const rateLimit = fc.oneof(
  fc.constant(null),
  fc.record({ rate: oneOf(1, 2, 3), perMs: oneOf(1_000, 7_000) }),
  fc.record({ rate: oneOf(1, 2), perMs: fc.constant(3_000), burst: oneOf(1, 2, 5) }),
);

export const patch: fc.Arbitrary<QueueSettingsPatch> = fc.oneof(
  fc.record({ rateLimit }),
  fc.record({ concurrency: oneOf(null, 1, 2, 4) }),
  fc.record({ maxReady: oneOf(null, null, 2, 5) }),
  fc.record({
    defaults: some({
      maxAttempts: oneOf(null, 1, 2),
      maxCrashes: oneOf(null, 1),
      backoff: fc.oneof(fc.constant(null), backoff),
    }),
  }),
  fc.record({
    retention: some({
      completed: some({ maxAgeMs: oneOf(null, 0, 1_000, 60_000), maxCount: oneOf(null, 0, 1, 3) }),
      dead: some({ maxAgeMs: oneOf(null, 1_000, 60_000), maxCount: oneOf(null, 0, 1, 2) }),
    }),
  }),
);

const states = oneOf<JobState>('ready', 'scheduled', 'active', 'completed', 'dead', 'cancelled');
export const actions = oneOf<JobAction>('cancel', 'retry', 'delete', 'promote');
/** A state and what is mostly done in it, or anything anywhere. */
export const sensible: fc.Arbitrary<{ state: JobState; action: JobAction | 'count' }> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ state: states, action: actions }) },
  { weight: 1, arbitrary: fc.record({ state: states, action: fc.constant('count' as const) }) },
  {
    weight: 3,
    arbitrary: oneOf(
      { state: 'dead', action: 'retry' },
      { state: 'scheduled', action: 'promote' },
      { state: 'active', action: 'cancel' },
      { state: 'completed', action: 'delete' },
    ),
  },
);
export const reason = rarely(oneOf('not needed', 'changed my mind'));
export const batch = oneOf(1, 2, 500, 500);
