import fc from 'fast-check';
import type {
  DeadReason,
  EnqueueRequest,
  JobAction,
  JobState,
  QueueSettingsPatch,
} from '../../src/index.ts';

/** Which job a step is about: the `index`-th (modulo) of those for which the verb is meant, or of all, or none at all. */
export interface JobPick {
  readonly from: 'suitable' | 'any' | 'unknown';
  readonly index: number;
}

/** Which token a step presents, and for which job. */
export interface TokenPick {
  readonly kind:
    | 'live'
    /** Of a lease that has ended. */
    | 'stale'
    /** Of another job's lease. */
    | 'foreign'
    /** A live one without its last character, or with one more. */
    | 'cut'
    | 'longer'
    /** Never given to anybody. */
    | 'invented';
  readonly index: number;
}

export interface SettleDraft {
  readonly token: TokenPick;
  readonly outcome: 'complete' | 'fail' | 'release' | 'unhandled' | 'timeout';
  readonly result?: string | undefined;
  readonly retry?: 'auto' | 'never' | undefined;
  readonly delayMs?: number | undefined;
  readonly message: string;
}

export interface ClaimDraft {
  readonly worker: string;
  readonly max: number;
  readonly leaseMs: number;
}

export interface ExtendDraft {
  readonly token: TokenPick;
  readonly leaseMs: number;
  readonly progress?: string | undefined;
}

export interface FilterDraft {
  readonly type?: string | undefined;
  readonly reason?: DeadReason | undefined;
  /** `before` is this far from now. */
  readonly beforeInMs?: number | undefined;
}

/** `runAt` of a request or a change is given as how far it is from now. */
export type EnqueueDraft = Omit<EnqueueRequest, 'runAt'> & { readonly runAtInMs?: number };

export type Step =
  | { readonly kind: 'enqueue'; readonly jobs: readonly EnqueueDraft[]; readonly oneTick: boolean }
  | { readonly kind: 'claim'; readonly claim: ClaimDraft }
  | { readonly kind: 'settle'; readonly items: readonly SettleDraft[] }
  | {
      readonly kind: 'settleAndClaim';
      readonly items: readonly SettleDraft[];
      readonly claim: ClaimDraft;
    }
  | { readonly kind: 'extend'; readonly items: readonly ExtendDraft[] }
  | { readonly kind: 'reap' | 'promote' | 'expire' | 'retire'; readonly max: number }
  | { readonly kind: 'advance'; readonly ms: number }
  /** To the next time at which something falls due, or just before or after. */
  | { readonly kind: 'advanceToDue'; readonly off: number }
  | { readonly kind: 'pause' | 'resume' | 'nudge' | 'repeat' | 'repeatEnqueue' }
  /** An earlier call of a session arrives again, after later ones. */
  | { readonly kind: 'late'; readonly index: number }
  | { readonly kind: 'configure'; readonly patch: QueueSettingsPatch }
  | { readonly kind: 'cancel'; readonly job: JobPick; readonly reason?: string | undefined }
  | { readonly kind: 'requeue'; readonly job: JobPick; readonly payload?: string | undefined }
  | { readonly kind: 'delete' | 'promoteNow'; readonly job: JobPick }
  | {
      readonly kind: 'change';
      readonly job: JobPick;
      readonly priority?: number | undefined;
      readonly runAtInMs?: number | undefined;
    }
  | { readonly kind: 'act'; readonly action: JobAction; readonly jobs: readonly JobPick[] }
  | {
      readonly kind: 'actMatching';
      readonly action: JobAction | 'count';
      readonly state: JobState;
      readonly filter: FilterDraft;
      readonly reason?: string | undefined;
    }
  /** Behind the broker's back: a job is as if it had been unhandled 98 times. */
  | { readonly kind: 'unhandledBefore'; readonly job: JobPick }
  /** A job is claimed and released 21 times. */
  | { readonly kind: 'churn' };

export const IDEMPOTENCY_KEYS = ['k1', 'k2', 'k3'] as const;

const often = { maxLength: 6 } as const;
const index = fc.nat(30);
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) =>
  fc.option(arbitrary, { nil: undefined, freq });
const oneOf = <const T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const jobPick: fc.Arbitrary<JobPick> = fc.record({
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
    {
      weight: 5,
      arbitrary: oneOf('stale', 'foreign', 'cut', 'longer', 'invented'),
    },
  ),
  index,
});

const backoff = fc.record(
  {
    type: oneOf('exponential', 'fixed'),
    baseMs: oneOf(1, 1_000, 7_777),
    capMs: oneOf(1_500, 60_000),
    jitter: oneOf('full', 'none'),
  },
  { requiredKeys: [] },
);

const plainJob = fc.record(
  {
    payload: oneOf('{"a":1}', '[1,\n 2]', '"ü"'),
    type: oneOf('mail', 'poison'),
    priority: oneOf(-1_000, -1, 0, 1, 7, 1_000),
    delayMs: oneOf(0, 1, 1_000, 60_000),
    maxAttempts: oneOf(1, 2, 3),
    maxCrashes: oneOf(1, 2),
    backoff,
    timeoutMs: oneOf(1, 1_000, 20_000),
    expiresInMs: oneOf(1, 1_000, 30_000, 90_000),
    headers: oneOf({}, { traceparent: '00-a' }),
  },
  { requiredKeys: ['payload'] },
);

const timedJob = fc.record({
  payload: fc.constant('"timed"'),
  runAtInMs: oneOf(-5_000, 0, 1, 2_000, 3_600_000),
  priority: oneOf(-1, 0, 1),
  expiresInMs: oneOf(500, 10_000),
});

/** Few keys, few requests: duplicates and mismatches meet. */
const keyedJob = fc.record(
  {
    payload: oneOf('"x"', '"y"'),
    idempotencyKey: oneOf(...IDEMPOTENCY_KEYS),
    idempotencyWindowMs: oneOf(60_000, 3_600_000),
    delayMs: fc.constant(2_000),
    headers: oneOf({ traceparent: '00-a' }, { traceparent: '00-b' }),
  },
  { requiredKeys: ['payload', 'idempotencyKey'] },
);

const enqueueDraft: fc.Arbitrary<EnqueueDraft> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ payload: 'null' }) },
  { weight: 8, arbitrary: plainJob },
  { weight: 1, arbitrary: timedJob },
  { weight: 3, arbitrary: keyedJob },
);

const claim: fc.Arbitrary<ClaimDraft> = fc.record({
  worker: oneOf('w1', 'w2', 'host.3'),
  max: oneOf(0, 1, 1, 2, 3, 5, 20),
  leaseMs: oneOf(1_000, 5_000, 30_000, 3_600_000),
});

const settleDraft: fc.Arbitrary<SettleDraft> = fc.record({
  token: tokenPick,
  outcome: oneOf('complete', 'complete', 'fail', 'fail', 'release', 'unhandled', 'timeout'),
  result: maybe(oneOf('{"ok":true}', '[\n1,\n2]')),
  retry: maybe(oneOf('auto', 'auto', 'never'), 3),
  delayMs: maybe(oneOf(0, 1, 3_000)),
  message: oneOf('boom', 'two\nlines'),
});

const extendDraft: fc.Arbitrary<ExtendDraft> = fc.record({
  token: tokenPick,
  leaseMs: oneOf(1_000, 10_000, 60_000),
  progress: maybe(oneOf('{"done":1}', '50')),
});

const patch: fc.Arbitrary<QueueSettingsPatch> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      rateLimit: fc.oneof(
        fc.constant(null),
        fc.record(
          { rate: oneOf(1, 2, 3), perMs: oneOf(1_000, 7_000), burst: oneOf(1, 2, 5) },
          { requiredKeys: ['rate', 'perMs'] },
        ),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ concurrency: oneOf(null, 1, 2, 4) }) },
  { weight: 1, arbitrary: fc.record({ maxReady: oneOf(null, null, 2, 5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      defaults: fc.record(
        {
          maxAttempts: oneOf(null, 1, 2),
          maxCrashes: oneOf(null, 1),
          backoff: fc.oneof(fc.constant(null), backoff),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      retention: fc.record(
        {
          completed: fc.record(
            { maxAgeMs: oneOf(null, 0, 1_000, 60_000), maxCount: oneOf(null, 0, 1, 3) },
            { requiredKeys: [] },
          ),
          dead: fc.record(
            { maxAgeMs: oneOf(null, 1_000, 60_000), maxCount: oneOf(null, 0, 1, 2) },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
    }),
  },
);

const states = oneOf<JobState>('ready', 'scheduled', 'active', 'completed', 'dead', 'cancelled');
const actions = oneOf<JobAction>('cancel', 'retry', 'delete', 'promote');
const reason = maybe(oneOf('not needed', 'changed my mind'));
const batch = oneOf(1, 2, 500);

const weighted: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Step>])[] = [
  [
    16,
    fc.record({
      kind: fc.constant('enqueue'),
      jobs: fc.array(enqueueDraft, { minLength: 1, ...often }),
      oneTick: fc.boolean(),
    }),
  ],
  [16, fc.record({ kind: fc.constant('claim'), claim })],
  [
    16,
    fc.record({
      kind: fc.constant('settle'),
      items: fc.array(settleDraft, { minLength: 1, ...often }),
    }),
  ],
  [
    10,
    fc.record({
      kind: fc.constant('settleAndClaim'),
      items: fc.array(settleDraft, often),
      claim,
    }),
  ],
  [
    6,
    fc.record({
      kind: fc.constant('extend'),
      items: fc.array(extendDraft, { minLength: 1, ...often }),
    }),
  ],
  [9, fc.record({ kind: fc.constant('reap'), max: batch })],
  [10, fc.record({ kind: fc.constant('promote'), max: batch })],
  [4, fc.record({ kind: fc.constant('expire'), max: batch })],
  [6, fc.record({ kind: fc.constant('retire'), max: batch })],
  [9, fc.record({ kind: fc.constant('advance'), ms: oneOf(1, 700, 5_000, 61_000, 3_600_001) })],
  [12, fc.record({ kind: fc.constant('advanceToDue'), off: oneOf(-1, 0, 0, 1) })],
  [2, fc.record({ kind: fc.constant('pause') })],
  [4, fc.record({ kind: oneOf('resume', 'nudge') })],
  [8, fc.record({ kind: oneOf('repeat', 'repeatEnqueue') })],
  [3, fc.record({ kind: fc.constant('late'), index })],
  [9, fc.record({ kind: fc.constant('configure'), patch })],
  [7, fc.record({ kind: fc.constant('cancel'), job: jobPick, reason })],
  [
    5,
    fc.record({
      kind: fc.constant('requeue'),
      job: jobPick,
      payload: maybe(fc.constant('"mended"'), 3),
    }),
  ],
  [6, fc.record({ kind: oneOf('delete', 'promoteNow'), job: jobPick })],
  [
    7,
    fc.record({
      kind: fc.constant('change'),
      job: jobPick,
      priority: maybe(oneOf(-1_000, 0, 3, 1_000)),
      runAtInMs: maybe(oneOf(-1_000, 0, 1, 4_000, 100_000)),
    }),
  ],
  [
    4,
    fc.record({
      kind: fc.constant('act'),
      action: actions,
      jobs: fc.array(jobPick, { minLength: 1, ...often }),
    }),
  ],
  [
    6,
    fc.record({
      kind: fc.constant('actMatching'),
      action: fc.oneof(actions, fc.constant('count' as const)),
      state: states,
      filter: fc.record({
        type: maybe(oneOf('mail', 'default'), 4),
        reason: maybe(oneOf<DeadReason>('crashed', 'attempts-exhausted'), 6),
        beforeInMs: maybe(oneOf(-5_000, 0, 1), 4),
      }),
      reason,
    }),
  ],
  [1, fc.record({ kind: fc.constant('unhandledBefore'), job: jobPick })],
  [1, fc.record({ kind: fc.constant('churn') })],
];

/** A history: up to 60 commands. What a step refers to is chosen when it runs, so that shorter ones stay meaningful. */
export const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))),
  { minLength: 1, maxLength: 60, size: 'max' },
);
