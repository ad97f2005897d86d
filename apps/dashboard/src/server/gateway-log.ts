import { log } from './log.ts';

/** Failures of so many ms are one line. */
const QUIET_MS = 60_000;

const KINDS = {
  'gateway-unavailable': { msg: 'the gateway does not answer', status: 502 },
  'gateway-timeout': { msg: 'the gateway takes too long', status: 504 },
} as const;

/** A request that the gateway has not answered. */
export interface Unanswered {
  readonly kind: keyof typeof KINDS;
  /** Under which the reader was told. */
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly error: unknown;
}

export interface GatewayLogOptions {
  /** Defaults to the log of the process. */
  readonly write?: typeof log;
  /** In ms. Defaults to a clock that only goes forward. */
  readonly now?: () => number;
}

interface Outage {
  readonly since: number;
  failed: number;
  /** The log has a line of it. */
  told: boolean;
}

/**
 * Tells in the log that the gateway does not answer, and that it does again. A page asks several times a second: so of an
 * outage there is a line when it begins, one a minute while it lasts, and one when it is over. That of the beginning may
 * come late, or not at all, where the last one was less than a minute ago.
 */
export class GatewayLog {
  readonly #write: typeof log;
  readonly #now: () => number;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Requests that failed since the last line. */
  #untold = 0;
  #outage: Outage | undefined;

  constructor({ write = log, now = () => performance.now() }: GatewayLogOptions = {}) {
    this.#write = write;
    this.#now = now;
  }

  failed({ kind, requestId, method, path, error }: Unanswered): void {
    const now = this.#now();
    const outage = this.#outage ?? { since: now, failed: 0, told: false };
    this.#outage = outage;
    outage.failed += 1;
    if (now - this.#toldAt < QUIET_MS) {
      this.#untold += 1;
      return;
    }
    const { msg, status } = KINDS[kind];
    const reason = reasonOf(error);
    this.#write('error', msg, { requestId, method, path, status, reason, untold: this.#untold });
    outage.told = true;
    this.#toldAt = now;
    this.#untold = 0;
  }

  answered(): void {
    const outage = this.#outage;
    this.#outage = undefined;
    if (outage?.told !== true) return;
    const afterMs = Math.round(this.#now() - outage.since);
    this.#write('info', 'the gateway answers again', { failed: outage.failed, afterMs });
  }
}

/** That of all requests of the process. */
export const gatewayLog = new GatewayLog();

/** Node says of a connection only that it failed, and why in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
