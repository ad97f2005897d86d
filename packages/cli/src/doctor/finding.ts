/** One thing that was looked at. */
export interface Finding {
  /** Stable, for scripts. */
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'skipped';
  /** What was seen. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

export const ok = (id: string, message: string): Finding => ({ id, status: 'ok', message });
export const warn = (id: string, message: string, advice: string): Finding => ({
  id,
  status: 'warn',
  message,
  advice,
});
export const fail = (id: string, message: string, advice: string): Finding => ({
  id,
  status: 'fail',
  message,
  advice,
});
export const skipped = (id: string, message: string): Finding => ({
  id,
  status: 'skipped',
  message,
});

/** Lists at most five, and says how many more there are. */
export function some(items: readonly string[]): string {
  const more = items.length > 5 ? `, and ${items.length - 5} more` : '';
  return items.slice(0, 5).join(', ') + more;
}
