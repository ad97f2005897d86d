import type { Payload } from '../harness/payload.ts';

export interface OpenOptions {
  /** Of one server, or of a cluster. */
  readonly url: string;
  readonly queue: string;
  /** The nodes, when it is a cluster. */
  readonly nodes?: readonly { readonly host: string; readonly port: number }[];
  /** Jobs will be delayed, or tried again after a wait: whatever promotes them is to run. */
  readonly delayed?: boolean;
}

export interface AddOptions {
  /** 0 … 9, higher first. */
  readonly priority?: number;
  /** Ms since the epoch. */
  readonly dueAt?: number;
}

export interface WorkOptions {
  readonly concurrency: number;
  /** Throws where the attempt is to fail. */
  readonly handle: (job: Payload) => Promise<void> | void;
  /** At most so many jobs a second. */
  readonly perSecond?: number;
}

/** A worker whose connections are open and which takes nothing until it is started. */
export interface PreparedWorker {
  start(): void | Promise<void>;
  stop(): Promise<void>;
}

/** One queue of one library, as a program of its users has it. */
export interface Client {
  add(job: Payload, options?: AddOptions): Promise<void>;
  /** The library's own bulk call. */
  addBulk(jobs: readonly Payload[], options?: AddOptions): Promise<void>;
  worker(options: WorkOptions): Promise<PreparedWorker>;
  /** Jobs that wait or run. */
  left(): Promise<number>;
  close(): Promise<void>;
}

export type Contender = (options: OpenOptions) => Promise<Client>;
