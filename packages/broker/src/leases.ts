import { parseRecord } from './record.ts';
import type { Lease } from './types.ts';
import type { Cell } from './views.ts';

/** What all leases of one claim share. */
export interface Grant {
  readonly queue: string;
  readonly tokenBase: string;
  readonly expiresAt: number;
  readonly leaseMs: number;
}

/** From the cells of a claim's reply: id, record, counters. A lease that a repeated call no longer holds has no record. */
export function readLeases(grant: Grant, cells: readonly Cell[]): Lease[] {
  const { queue, tokenBase, expiresAt, leaseMs } = grant;
  const leases: Lease[] = [];
  for (let i = 0; i < cells.length; i += 3) {
    const record = cells[i + 1];
    if (typeof record !== 'string') continue;
    const { head, payload } = parseRecord(record);
    const { type, priority, maxAttempts, maxCrashes, timeoutMs, headers, createdAt, dueAt } = head;
    const counters = cells[i + 2];
    const [attempts = 0, crashes = 0, , noted = 0] =
      typeof counters === 'string' ? counters.split(' ').map(Number) : [];
    leases.push({
      queue,
      id: String(cells[i]),
      token: `${tokenBase}.${i / 3 + 1}`,
      expiresAt,
      leaseMs,
      type,
      payload,
      attempt: attempts + crashes + 1,
      crashes,
      priority,
      maxAttempts,
      maxCrashes,
      timeoutMs,
      headers,
      createdAt,
      readyAt: Math.max(createdAt, dueAt, noted),
    });
  }
  return leases;
}
