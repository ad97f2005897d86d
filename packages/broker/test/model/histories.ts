import * as fc from 'fast-check';
import type { DeadReason } from '../../src/index.ts';
import {
  actions,
  batch,
  claim,
  enqueueDraft,
  extendDraft,
  few,
  index,
  jobPick,
  oneOf,
  patch,
  rarely,
  reason,
  sensible,
  settleDraft,
  some,
} from './drafts.ts';
import type { SettleDraft, Step } from './steps.ts';

const MOST_STEPS = 60;

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
