import type { NextFunction, Request } from 'express';
import type { GatewayResponse } from '../http/answer.ts';
import { busy } from './busy.ts';
import { ByteBudget } from './byte-budget.ts';
import { KeyLimits } from './key-limits.ts';
import { LoopWatch } from './loop-watch.ts';
import { StreamSlots } from './stream-slots.ts';

export interface ProtectionOptions {
  /** Requests a second of one key. Defaults to 5,000; 0: no limit. */
  readonly keyRatePerSec?: number;
  /** Requests of one key at once, waiting ones counted. Defaults to 1,000; 0: no limit. */
  readonly keyConcurrency?: number;
  /** Event streams of one key. Defaults to 200. */
  readonly keyStreams?: number;
  /** Requests at once, of everybody. Defaults to 10,000. */
  readonly maxRequests?: number;
  /** Maximum bytes of request bodies and responses in memory. Defaults to 128 MiB. */
  readonly maxBufferedBytes?: number;
  /** How late the event loop may be, in ms. Defaults to 1,000; 0: any. */
  readonly maxLoopDelayMs?: number;
}

/**
 * What keeps the gateway alive when too much is asked of it: work that it could not do in time is
 * refused at the door, with 429 and the time to come again, before it costs memory. Probes and
 * metrics always pass: a gateway under load must not look dead to what would restart it.
 */
export class Protection implements Disposable {
  readonly keys: KeyLimits;
  readonly streams: StreamSlots;
  readonly bytes: ByteBudget;
  readonly #loop: LoopWatch;
  readonly #maxRequests: number;
  #running = 0;

  constructor(options: ProtectionOptions = {}) {
    this.keys = new KeyLimits({
      ratePerSec: options.keyRatePerSec ?? 5_000,
      concurrency: options.keyConcurrency ?? 1_000,
    });
    this.streams = new StreamSlots(options.keyStreams ?? 200);
    this.bytes = new ByteBudget(options.maxBufferedBytes ?? 134_217_728);
    this.#loop = new LoopWatch(options.maxLoopDelayMs ?? 1_000);
    this.#maxRequests = options.maxRequests ?? 10_000;
  }

  start(): void {
    this.#loop.start();
  }

  /** Requests of the API that are being answered. */
  get running(): number {
    return this.#running;
  }

  /** Counts the requests of the API and sheds what is too much. Stands after the probes. */
  readonly middleware = (_: Request, response: GatewayResponse, next: NextFunction): void => {
    if (this.#running >= this.#maxRequests) {
      throw busy('overload-requests', 'Too many requests are under way');
    }
    if (this.#loop.isLate) throw busy('overload-loop', 'The gateway is overloaded');
    if (this.bytes.isFull) throw busy('overload-bytes', 'Too many bytes are in memory');
    this.#running += 1;
    // Comes once, also when the client has gone.
    response.once('close', () => {
      this.#running -= 1;
    });
    next();
  };

  [Symbol.dispose](): void {
    this.#loop[Symbol.dispose]();
  }
}
