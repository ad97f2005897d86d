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
  /** Names the call: made again, it gets the first one's outcome. */
  readonly callId?: string | undefined;
}

export interface ExtendDraft {
  readonly token: TokenPick;
  readonly leaseMs: number;
  readonly progress?: string | undefined;
}

interface FilterDraft {
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
  | {
      readonly kind: 'settle';
      readonly items: readonly SettleDraft[];
      /** The answer to each item is kept for whoever settles with its token again. */
      readonly remember: boolean;
    }
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
      readonly target: { readonly state: JobState; readonly action: JobAction | 'count' };
      readonly filter: FilterDraft;
      readonly reason?: string | undefined;
    }
  /** Behind the broker's back: a job is as if it had been unhandled 99 times. */
  | { readonly kind: 'unhandledBefore'; readonly job: JobPick }
  /** A job is claimed and released 21 times. */
  | { readonly kind: 'churn' };

export const IDEMPOTENCY_KEYS = ['k1', 'k2', 'k3'] as const;
