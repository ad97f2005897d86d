import type { OpenOptions } from '../contenders/contender.ts';
import type { Account } from './ledger.ts';

/** How one process produces its part of a run. */
export interface ProduceOptions {
  readonly from: number;
  readonly count: number;
  /** Adds under way at once. */
  readonly inFlight: number;
  /** Jobs a bulk call; 0: one by one. */
  readonly chunk: number;
  /** Cycles through ten priorities. */
  readonly priorities?: boolean;
  /** Due evenly over so many ms, the first after `leadMs`. */
  readonly spread?: { readonly leadMs: number; readonly overMs: number };
  /** One by one, at this rate, with the time of sending; `inFlight` and `chunk` then mean nothing. */
  readonly perSecond?: number;
}

export interface Cost {
  readonly ms: number;
  /** Processor time of the process meanwhile, µs. */
  readonly cpuUs: number;
}

export interface PrepareOptions {
  readonly concurrency: number;
  /** The handler waits so long, ms; 0: not at all. */
  readonly waitMs?: number;
  /** The first delivery of each job fails. */
  readonly failFirst?: boolean;
  readonly perSecond?: number;
  /** Workers in this process. Defaults to 1. */
  readonly workers?: number;
}

export interface Progress {
  readonly done: number;
  /** Monotonic ms of the last end of a handler. */
  readonly lastAt: number;
  /** Since the start. */
  readonly cpuUs: number;
}

export interface Outcome extends Account {
  /** Ms from being sent, or from being due, to the start, of the jobs that carry a time. */
  readonly waits: Float64Array;
}

/** What a process of the benchmark is told to do, one at a time. */
export interface AgentVerbs {
  open(options: OpenOptions & AgentRun): Promise<void>;
  produce(options: ProduceOptions): Promise<Cost>;
  prepare(options: PrepareOptions): Promise<void>;
  /** @returns the monotonic ms at which it began. */
  start(): Promise<number>;
  progress(): Promise<Progress>;
  stop(): Promise<Outcome>;
  left(): Promise<number>;
  close(): Promise<void>;
  /** Begins a CPU profile, or writes it to a file. */
  profile(file: string | null): Promise<void>;
}

export interface AgentRun {
  readonly run: string;
  readonly jobs: number;
  readonly payloadBytes: number;
}

export type Verb = keyof AgentVerbs;

export interface Request {
  readonly id: number;
  readonly verb: Verb;
  readonly args: readonly unknown[];
}

export type Reply = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly error: string }
);
