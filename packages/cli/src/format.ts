import type { Job } from '@relay/sdk';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** `1d 2h`, `3m 4s`, `250ms`: the two largest units. */
export function duration(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const parts: string[] = [];
  let left = ms;
  for (const [unit, size] of UNITS) {
    const n = Math.floor(left / size);
    left -= n * size;
    if (n > 0) parts.push(`${n}${unit}`);
  }
  return parts.slice(0, 2).join(' ');
}

/** How long a failed job waits before it is tried again. */
export function backoffText({ type, baseMs, capMs }: Job['backoff']): string {
  return `${type}, ${duration(baseMs)}${type === 'fixed' ? '' : ` to ${duration(capMs)}`}`;
}

/** `5,000`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 worker`, `5,000 workers`. */
export function counted(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

/** `12.5/s`; `0` for none. */
export function rate(perSec: number): string {
  return perSec === 0 ? '0' : `${perSec.toFixed(perSec < 10 ? 2 : 0)}/s`;
}

/**
 * Text from jobs and workers, on one line and harmless for a terminal: a control character in an error
 * message must not move the cursor.
 */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ');
}
