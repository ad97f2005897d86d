import type { QueueConfig } from '@relay/contract';

/** What is typed into a field, and what its value is. */
type Kind = 'count' | 'duration' | 'choice';

export interface SettingField {
  readonly id: FieldId;
  readonly label: string;
  readonly kind: Kind;
  /** What an empty field means; without it the field must not be empty. */
  readonly empty?: string;
  readonly hint?: string;
  readonly choices?: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly read: (config: QueueConfig) => number | string | null;
}

export type FieldId =
  | 'rate'
  | 'perMs'
  | 'burst'
  | 'concurrency'
  | 'maxReady'
  | 'maxAttempts'
  | 'maxCrashes'
  | 'leaseMs'
  | 'backoffType'
  | 'backoffBaseMs'
  | 'backoffCapMs'
  | 'backoffJitter'
  | 'completedAge'
  | 'completedCount'
  | 'deadAge'
  | 'deadCount';

const DAY_MS = 86_400_000;
const YEARS_MS = 315_360_000_000;
const MILLION = 1_000_000;
const whole = (min: number, max: number) => ({ kind: 'count', min, max }) as const;
const time = (min: number, max: number) => ({ kind: 'duration', min, max }) as const;
const oneOf = (...choices: string[]) => ({ kind: 'choice', choices, min: 0, max: 0 }) as const;

export interface FieldGroup {
  readonly title: string;
  readonly text: string;
  readonly fields: readonly SettingField[];
}

/** Every setting of a queue, as the gateway bounds it; it checks once more. */
export const GROUPS: readonly FieldGroup[] = [
  {
    title: 'Limits',
    text: 'How fast jobs start, how many run at once, and how many may wait.',
    fields: [
      {
        id: 'rate',
        label: 'Starts',
        empty: 'no limit',
        hint: 'Jobs in each period; empty: no limit',
        ...whole(1, MILLION),
        read: ({ rateLimit }) => rateLimit?.rate ?? null,
      },
      {
        id: 'perMs',
        label: 'Period',
        empty: '1s',
        hint: 'For example 1s or 1m',
        ...time(1, DAY_MS),
        read: ({ rateLimit }) => rateLimit?.perMs ?? null,
      },
      {
        id: 'burst',
        label: 'Burst',
        empty: 'as many as start in a period',
        hint: 'Starts allowed at once',
        ...whole(1, MILLION),
        read: ({ rateLimit }) => rateLimit?.burst ?? null,
      },
      {
        id: 'concurrency',
        label: 'Concurrency',
        empty: 'no limit',
        hint: 'Across all workers; empty: no limit',
        ...whole(1, MILLION),
        read: ({ concurrency }) => concurrency,
      },
      {
        id: 'maxReady',
        label: 'Maximum waiting',
        empty: 'no limit',
        hint: 'More are rejected; empty: no limit',
        ...whole(1, 1_000_000_000),
        read: ({ maxReady }) => maxReady,
      },
    ],
  },
  {
    title: 'Job defaults',
    text: 'For jobs enqueued from now on that do not set their own. Empty: Relay’s default.',
    fields: [
      {
        id: 'maxAttempts',
        label: 'Attempts',
        empty: 'Relay’s default',
        ...whole(1, 1_000),
        read: ({ defaults }) => defaults.maxAttempts,
      },
      {
        id: 'maxCrashes',
        label: 'Crashes',
        empty: 'Relay’s default',
        hint: 'Crashes a job may survive',
        ...whole(1, 100),
        read: ({ defaults }) => defaults.maxCrashes,
      },
      {
        id: 'leaseMs',
        label: 'Lease',
        empty: 'Relay’s default',
        hint: 'Silence after which a worker is considered dead',
        ...time(1_000, 3_600_000),
        read: ({ defaults }) => defaults.leaseMs,
      },
      {
        id: 'backoffType',
        label: 'Backoff',
        ...oneOf('exponential', 'fixed'),
        read: ({ defaults }) => defaults.backoff.type,
      },
      {
        id: 'backoffBaseMs',
        label: 'Backoff from',
        ...time(1, DAY_MS),
        read: ({ defaults }) => defaults.backoff.baseMs,
      },
      {
        id: 'backoffCapMs',
        label: 'Backoff up to',
        ...time(1, 30 * DAY_MS),
        read: ({ defaults }) => defaults.backoff.capMs,
      },
      {
        id: 'backoffJitter',
        label: 'Jitter',
        ...oneOf('full', 'none'),
        read: ({ defaults }) => defaults.backoff.jitter,
      },
    ],
  },
  {
    title: 'Retention',
    text: 'How long ended jobs are kept, and how many. Empty: no limit.',
    fields: [
      {
        id: 'completedAge',
        label: 'Completed, for',
        empty: 'no limit',
        ...time(0, YEARS_MS),
        read: ({ retention }) => retention.completed.maxAgeMs,
      },
      {
        id: 'completedCount',
        label: 'Completed, at most',
        empty: 'no limit',
        ...whole(0, 10 * MILLION),
        read: ({ retention }) => retention.completed.maxCount,
      },
      {
        id: 'deadAge',
        label: 'Dead, for',
        empty: 'no limit',
        ...time(0, YEARS_MS),
        read: ({ retention }) => retention.dead.maxAgeMs,
      },
      {
        id: 'deadCount',
        label: 'Dead, at most',
        empty: 'no limit',
        ...whole(0, 10 * MILLION),
        read: ({ retention }) => retention.dead.maxCount,
      },
    ],
  },
];

export const FIELDS: readonly SettingField[] = GROUPS.flatMap(({ fields }) => fields);
