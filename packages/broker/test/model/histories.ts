import * as fc from 'fast-check';
import type { DeadReason, JobAction, JobState, QueueSettingsPatch } from '../../src/index.ts';
import {
  type ClaimDraft,
  type EnqueueDraft,
  type ExtendDraft,
  IDEMPOTENCY_KEYS,
  type JobPick,
  type SettleDraft,
  type Step,
  type TokenPick,
} from './steps.ts';

const MOST_STEPS = 60;

const few = { minLength: 1, maxLength: 6 } as const;
const index = fc.nat(30);
const oneOf = <const T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** Mostly left out. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
/** An object of which each field may be missing. */
const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] });

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
const enqueueDraft: fc.Arbitrary<EnqueueDraft> = fc.oneof(
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

const claim: fc.Arbitrary<ClaimDraft> = fc.record({
  worker: oneOf('w1', 'w2', 'host.3'),
  max: oneOf(0, 1, 1, 2, 3, 5, 20),
  leaseMs: oneOf(1_000, 5_000, 30_000, 3_600_000),
  callId: rarely(oneOf('c1', 'c2')),
});

const settleDraft: fc.Arbitrary<SettleDraft> = fc.record({
  token: tokenPick,
  outcome: oneOf(
    ...(['complete', 'complete', 'fail', 'fail', 'release', 'unhandled', 'timeout'] as const),
  ),
  result: rarely(oneOf('{"ok":true}', '[\n1,\n2]')),
  retry: rarely(oneOf('auto', 'never')),
  delayMs: rarely(oneOf(0, 1, 3_000)),
  message: oneOf('boom', 'two\nlines'),
});

const extendDraft: fc.Arbitrary<ExtendDraft> = fc.record({
  token: tokenPick,
  leaseMs: oneOf(1_000, 10_000, 60_000),
  progress: rarely(oneOf('{"done":1}', '50')),
});

const rateLimit = fc.oneof(
  fc.constant(null),
  fc.record({ rate: oneOf(1, 2, 3), perMs: oneOf(1_000, 7_000) }),
  fc.record({ rate: oneOf(1, 2), perMs: fc.constant(3_000), burst: oneOf(1, 2, 5) }),
);

const patch: fc.Arbitrary<QueueSettingsPatch> = fc.oneof(
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
const actions = oneOf<JobAction>('cancel', 'retry', 'delete', 'promote');
/** A state and what is mostly done in it, or anything anywhere. */
const sensible: fc.Arbitrary<{ state: JobState; action: JobAction | 'count' }> = fc.oneof(
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
const reason = rarely(oneOf('not needed', 'changed my mind'));
const batch = oneOf(1, 2, 500, 500);

const step = {
  enqueue: fc.record({
    kind: fc.constant('enqueue'),
    jobs: fc.array(enqueueDraft, few),
    oneTick: fc.boolean(),
  }),
  claim: fc.record({ kind: fc.constant('claim'), claim }),
  settle: fc.record({
    kind: fc.constant('settle'),
    items: fc.array(settleDraft, few),
    remember: fc.boolean(),
  }),
  settleAndClaim: fc.record({
    kind: fc.constant('settleAndClaim'),
    items: fc.array(settleDraft, { maxLength: 6 }),
    claim,
  }),
  extend: fc.record({ kind: fc.constant('extend'), items: fc.array(extendDraft, few) }),
  tend: fc.record({ kind: oneOf('reap', 'promote', 'expire', 'retire'), max: batch }),
  advance: fc.record({ kind: fc.constant('advance'), ms: oneOf(1, 700, 5_000, 61_000, 3_600_001) }),
  back: fc.record({ kind: fc.constant('advance'), ms: oneOf(-1, -2_500) }),
  advanceToDue: fc.record({ kind: fc.constant('advanceToDue'), off: oneOf(-1, 0, 0, 1) }),
  pause: fc.record({ kind: fc.constant('pause') }),
  resume: fc.record({ kind: oneOf('resume', 'resume', 'nudge') }),
  repeat: fc.record({ kind: oneOf('repeat', 'repeatEnqueue') }),
  late: fc.record({ kind: fc.constant('late'), index }),
  configure: fc.record({ kind: fc.constant('configure'), patch }),
  cancel: fc.record({ kind: fc.constant('cancel'), job: jobPick, reason }),
  requeue: fc.record({
    kind: fc.constant('requeue'),
    job: jobPick,
    payload: rarely(fc.constant('"mended"')),
  }),
  deleteOrPromote: fc.record({ kind: oneOf('delete', 'promoteNow'), job: jobPick }),
  change: fc.record({
    kind: fc.constant('change'),
    job: jobPick,
    priority: rarely(oneOf(-1_000, 0, 3, 1_000)),
    runAtInMs: rarely(oneOf(-1_000, 0, 1, 4_000, 100_000)),
  }),
  act: fc.record({
    kind: fc.constant('act'),
    action: actions,
    jobs: fc.array(jobPick, few),
  }),
  actMatching: fc.record({
    kind: fc.constant('actMatching'),
    target: sensible,
    filter: fc.record({
      type: rarely(oneOf('mail', 'default')),
      reason: rarely(oneOf<DeadReason>('crashed', 'attempts-exhausted')),
      beforeInMs: rarely(oneOf(-5_000, 0, 1)),
    }),
    reason,
  }),
  unhandledBefore: fc.record({ kind: fc.constant('unhandledBefore'), job: jobPick }),
  churn: fc.record({ kind: fc.constant('churn') }),
} satisfies Record<string, fc.Arbitrary<Step>>;

/** What goes together in life: it leads where single steps would rarely get. */
const claimAll = { worker: 'w1', max: 20, leaseMs: 1_000, callId: undefined };
const six = (outcome: SettleDraft['outcome']) =>
  Array.from({ length: 6 }, (_, i) => ({
    token: { kind: 'live' as const, index: i },
    outcome,
    message: 'boom',
    retry: outcome === 'fail' ? ('never' as const) : undefined,
  }));
const crash: readonly Step[] = [
  { kind: 'claim', claim: claimAll },
  { kind: 'advance', ms: 5_000 },
  { kind: 'reap', max: 500 },
];
const poison = { payload: '1', type: 'poison', maxCrashes: 1, priority: 1_000 };
const keyed = { payload: '"x"', idempotencyKey: 'k1', idempotencyWindowMs: 60_000 };
const episodes: readonly fc.Arbitrary<readonly Step[]>[] = [
  // Workers die with all that they have, and again with what they got back.
  fc.constant([...crash]),
  fc.constant([{ kind: 'enqueue', jobs: [poison], oneTick: false }, ...crash, ...crash]),
  // A loop comes to the millisecond, or one too early.
  fc.tuple(
    step.claim,
    fc.record({ kind: fc.constant('advanceToDue'), off: oneOf(-1, 0) }),
    fc.record({ kind: oneOf('reap', 'promote', 'expire'), max: batch }),
  ),
  // What may expire is moved.
  fc.tuple(
    fc.constant({
      kind: 'enqueue',
      jobs: [
        { payload: '1', expiresInMs: 30_000 },
        { payload: '1', expiresInMs: 30_000, delayMs: 2_000 },
      ],
      oneTick: false,
    } as const),
    fc.record({
      kind: fc.constant('change'),
      job: fc.record({ from: fc.constant('suitable'), index }),
      runAtInMs: oneOf(1, 4_000, 100_000),
    }),
    fc.oneof(
      fc.record({ kind: fc.constant('promoteNow'), job: jobPick }),
      fc.constant({
        kind: 'actMatching',
        target: { state: 'scheduled', action: 'promote' },
        filter: {},
      } as const),
    ),
  ),
  // What is due runs again.
  fc.constant([
    { kind: 'advance', ms: 61_000 },
    { kind: 'promote', max: 500 },
    { kind: 'claim', claim: claimAll },
  ]),
  fc.tuple(step.claim, step.settle),
  fc.tuple(step.claim, step.cancel, step.extend, step.settle),
  fc.tuple(step.settle, step.advance, step.tend),
  // A handler that never ends, at its last attempt.
  fc.tuple(
    fc.constant({
      kind: 'enqueue',
      jobs: [{ payload: '1', timeoutMs: 1_000, maxAttempts: 1, priority: 1_000 }],
      oneTick: false,
    } as const),
    step.claim,
    fc.constant({ kind: 'advance', ms: 61_000 } as const),
    fc.constant({ kind: 'reap', max: 500 } as const),
  ),
  // A type that no worker knows, at last.
  fc.tuple(
    step.unhandledBefore,
    fc.constant({ kind: 'claim', claim: claimAll } as const),
    fc.constant({ kind: 'settle', items: six('unhandled'), remember: false } as const),
  ),
  // A key outlives its job.
  fc.constant([
    { kind: 'enqueue', jobs: [keyed], oneTick: true },
    { kind: 'actMatching', target: { state: 'ready', action: 'delete' }, filter: {} },
    { kind: 'enqueue', jobs: [keyed], oneTick: true },
  ]),
  // Nobody was there to promote it.
  fc.constant([
    {
      kind: 'enqueue',
      jobs: [{ payload: '1', delayMs: 1_000, expiresInMs: 1_000 }],
      oneTick: false,
    },
    { kind: 'advance', ms: 5_000 },
    { kind: 'expire', max: 500 },
  ]),
  // Retention begins to matter, or an operator.
  fc.tuple(
    fc.constant({ kind: 'claim', claim: claimAll } as const),
    fc.record({
      kind: fc.constant('settle'),
      items: oneOf(six('complete'), six('fail')),
      remember: fc.boolean(),
    }),
    step.actMatching,
    fc.record({
      kind: fc.constant('configure'),
      patch: fc.record({
        retention: fc.record({
          completed: some({ maxAgeMs: fc.constant(1_000), maxCount: fc.constant(1) }),
          dead: some({ maxAgeMs: fc.constant(1_000), maxCount: fc.constant(1) }),
        }),
      }),
    }),
    fc.oneof(step.advance, fc.record({ kind: fc.constant('advance'), ms: oneOf(999, 1_000) })),
    fc.constant({ kind: 'retire', max: 500 } as const),
  ),
];

const weights: Readonly<Record<keyof typeof step, number>> = {
  enqueue: 16,
  claim: 14,
  settle: 12,
  settleAndClaim: 12,
  extend: 6,
  tend: 26,
  advance: 8,
  back: 1,
  advanceToDue: 12,
  pause: 1,
  resume: 3,
  repeat: 8,
  late: 3,
  configure: 8,
  cancel: 6,
  requeue: 5,
  deleteOrPromote: 6,
  change: 7,
  act: 4,
  actMatching: 5,
  unhandledBefore: 1,
  churn: 1,
};

const singles = Object.entries(step).map(([name, arbitrary]) => ({
  weight: weights[name as keyof typeof step],
  arbitrary: (arbitrary as fc.Arbitrary<Step>).map((single): readonly Step[] => [single]),
}));

/** A history: up to 60 commands. What a step refers to is chosen when it runs, so that shorter ones stay meaningful. */
export const histories: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof(...singles, ...episodes.map((arbitrary) => ({ weight: 2, arbitrary }))), {
    minLength: 1,
    maxLength: MOST_STEPS,
    size: 'max',
  })
  .map((parts) => parts.flat().slice(0, MOST_STEPS));
