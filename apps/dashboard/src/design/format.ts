const WHOLE = new Intl.NumberFormat('en-US');
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const SMALL = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const EXACT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
});
const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BYTES = ['B', 'KB', 'MB', 'GB', 'TB'];

/** 1234567 → `1,234,567`. */
export function whole(value: number): string {
  return WHOLE.format(value);
}

/** 1 → `1 job`, 1234 → `1,234 jobs`, for a word with a plain plural. */
export function counted(count: number, word: string): string {
  return `${whole(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** 1234567 → `1.2M`; up to 99,999 in full. */
export function compact(value: number): string {
  return Math.abs(value) < 100_000 ? WHOLE.format(value) : COMPACT.format(value);
}

/** A rate: one decimal below ten, `0.4`. */
export function rate(value: number): string {
  return value < 10 ? SMALL.format(value) : compact(Math.round(value));
}

/** 93784000 → `1d 2h`; 1500 → `1.5s`. The two largest units. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)}ms`;
  if (ms < 10 * SECOND) return `${SMALL.format(ms / SECOND)}s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return two(ms, [MINUTE, 'm'], [SECOND, 's']);
  if (ms < DAY) return two(ms, [HOUR, 'h'], [MINUTE, 'm']);
  return two(ms, [DAY, 'd'], [HOUR, 'h']);
}

function two(ms: number, [big, bigUnit]: [number, string], [small, smallUnit]: [number, string]) {
  const rest = Math.floor((ms % big) / small);
  return `${WHOLE.format(Math.floor(ms / big))}${bigUnit}${rest === 0 ? '' : ` ${rest}${smallUnit}`}`;
}

/** 1536 → `1.5 KB`; 1 KB is 1,024 bytes. */
export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < BYTES.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${SMALL.format(size)} ${BYTES[unit] ?? ''}`;
}

/** `12:03:04`. */
export function clock(time: number): string {
  return CLOCK.format(time);
}

/** `23 Nov 2026, 12:03:04`, in the reader's own time zone. */
export function exact(time: number): string {
  return EXACT.format(time);
}

/** `3m ago`, `in 2h`, `now`. */
export function relative(time: number, now: number): string {
  const distance = now - time;
  if (Math.abs(distance) < 2 * SECOND) return 'now';
  const text = coarse(Math.abs(distance));
  return distance > 0 ? `${text} ago` : `in ${text}`;
}

function coarse(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${WHOLE.format(Math.floor(ms / DAY))}d`;
}
