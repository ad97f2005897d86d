import type { Intent, Job } from '@relay/consumer';

/** A job on its way to a child: what a handler may know, and no token. */
export type WireJob = Omit<Job, 'payload'>;

export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly intent?: Intent;
}

/** Why a signal is aborted: the code of the consumer's error. */
export interface WireReason {
  readonly code: string;
  readonly message: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type ToChild =
  | { readonly kind: 'run'; readonly job: WireJob }
  | { readonly kind: 'abort'; readonly reason: WireReason }
  | { readonly kind: 'extended'; readonly call: number; readonly error: string | null };

export type FromChild =
  | {
      readonly kind: 'ready';
      readonly file: string;
      readonly types: readonly string[] | null;
      readonly codecs: readonly string[];
    }
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly fields: object;
      readonly message: string;
    }
  | { readonly kind: 'progress'; readonly json: string }
  | { readonly kind: 'extend'; readonly call: number; readonly leaseMs: number | null }
  /** `json`: the result; null: none. */
  | { readonly kind: 'done'; readonly json: string | null }
  | { readonly kind: 'failed'; readonly error: WireError };
