import { assertName } from './names.ts';
import type { QueueCalls } from './queue-calls.ts';
import type { Argument, CallOptions } from './runner.ts';

/** How an operation stands. */
export type OperationState = 'running' | 'done' | 'cancelled' | 'failed';

/** An operation that runs in the background for an operator. */
export interface StoredOperation {
  readonly id: string;
  readonly state: OperationState;
  /** Somebody wants it to stop. */
  readonly cancelRequested: boolean;
  /** By Redis's clock, ms. */
  readonly createdAt: number;
  /** Null while it runs. */
  readonly endedAt: number | null;
  /** What its driver keeps of it. */
  readonly text: string;
}

/** What a driver says after a step. */
export interface OperationStep {
  readonly id: string;
  readonly driver: string;
  /** How long it stays this driver's; 0 lets it go at once. */
  readonly leaseMs: number;
  readonly state: OperationState;
  readonly text: string;
}

const MOST_BYTES = 131_072;

/**
 * The operations of all gateways: each is driven by exactly one of them, which shows by saving that it lives. What has
 * ended is kept for 24 hours; at most 200 are kept in all.
 */
export class OperationStore {
  readonly #calls: QueueCalls;

  constructor(calls: QueueCalls) {
    this.#calls = calls;
  }

  /** Null when as many as may be are running. */
  create(id: string, text: string, options: CallOptions = {}): Promise<StoredOperation | null> {
    assertName(id, 'id');
    if (Buffer.byteLength(text) > MOST_BYTES)
      throw new RangeError(`the text of operation "${id}" is larger than ${MOST_BYTES} bytes`);
    return this.#run(['create', id, text], options);
  }

  find(id: string, options: CallOptions = {}): Promise<StoredOperation | null> {
    return this.#run(['find', id], options);
  }

  /** Asks the driver to stop; answers the operation, null when there is none. */
  cancel(id: string, options: CallOptions = {}): Promise<StoredOperation | null> {
    return this.#run(['cancel', id], options);
  }

  /** One that nobody drives; it is this driver's for `leaseMs`. Null when there is none. */
  take(
    driver: string,
    leaseMs: number,
    options: CallOptions = {},
  ): Promise<StoredOperation | null> {
    assertName(driver, 'driver');
    return this.#run(['take', driver, leaseMs], options);
  }

  /** Keeps what a driver has done; null when the operation is no longer its own. */
  save(step: OperationStep, options: CallOptions = {}): Promise<StoredOperation | null> {
    const { id, driver, leaseMs, state, text } = step;
    return this.#run(['save', id, driver, leaseMs, state, text], options);
  }

  async #run(args: readonly Argument[], options: CallOptions): Promise<StoredOperation | null> {
    const reply = await this.#calls.run('operations', { script: 'operation', args, options });
    const [id, state, cancel, createdAt, endedAt, text] = reply as (string | number)[];
    if (id === undefined) return null;
    return {
      id: String(id),
      state: state as OperationState,
      cancelRequested: cancel === '1',
      createdAt: Number(createdAt),
      endedAt: Number(endedAt) === 0 ? null : Number(endedAt),
      text: String(text),
    };
  }
}
