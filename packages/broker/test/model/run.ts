import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { type Broker, BrokerError, InvalidStateError } from '../../src/index.ts';
import type { QueueReader } from './redis-view.ts';
import type { ReferenceQueue } from './reference.ts';
import type { Step } from './steps.ts';
import type { Tap } from './tap.ts';

/** What a history runs on: the real queue, the reference of it, and what its worker remembers. */
export interface Run {
  readonly queue: string;
  readonly broker: Broker;
  readonly model: ReferenceQueue;
  readonly tap: Tap;
  readonly reader: QueueReader;
  /** Past the broker. */
  readonly redis: Redis;
  readonly setNow: (ms: number) => Promise<void>;
  /** Every lease that was ever given, oldest first. */
  readonly given: { readonly id: string; readonly token: string }[];
}

/** What a step did: for the report, and for the check after the random times are known. */
export interface Outcome {
  readonly did: string;
  /** Of the background loops: the time that they were told to come back at. */
  readonly nextDueAt?: number | null;
}

/** The step of a kind. */
export type StepOf<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

/** A reply is not what the reference expects. */
export class UnexpectedReply extends Error {}

export function expectReply(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new UnexpectedReply(
    `the reply should be\n    ${JSON.stringify(expected)}\n  but is\n    ${JSON.stringify(actual)}`,
  );
}

/** What a verb for one job throws, as the reference words it. */
export function failure(error: unknown): unknown {
  if (error instanceof InvalidStateError) return { invalid: error.state };
  if (error instanceof BrokerError && error.code === 'not-found') return error.code;
  throw error;
}

/** A line of the report. */
export function line(...parts: unknown[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ');
}

/** The fields that are given: options must not be there at all rather than undefined. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
