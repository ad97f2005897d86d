import { RelayError } from '../errors.ts';
import type { Lease } from '../generated/contract.ts';

/** A gateway, or a proxy before it, may wish not to be asked for so long, in ms. */
const LONGEST_REST_MS = 60_000;

/**
 * How long a lease lasts from now, when an earlier answer to its claim was lost. By the clocks of Redis and the gateway,
 * which may differ: whoever has the first answer does not need them.
 */
export function leftOf(lease: Lease, headers: Headers, leaseMs: number): number {
  const now = Date.parse(headers.get('date') ?? '');
  const left = Date.parse(lease.expiresAt) - now;
  return left > 0 ? Math.min(left, leaseMs) : leaseMs;
}

/** How long the gateway wishes not to be asked again, in ms. */
export function restOf(error: unknown): number {
  const wish = error instanceof RelayError ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(wish, LONGEST_REST_MS);
}
