import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 2020-01-01T00:00:00Z; seven digits of base 62 then reach until the year 2131. */
const EPOCH = 1_577_836_800_000;

const CODES = Buffer.from(ALPHABET, 'latin1');
const bytes = Buffer.allocUnsafe(4_096);
/** Random characters, made many at once: cutting a piece off takes half the time of making it one by one. */
let pool = '';
let used = 0;

/** `length` random characters of 5.95 bits each, from the system's secure generator. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    if (used === pool.length) refill();
    const from = used;
    used = Math.min(pool.length, from + length - text.length);
    text += pool.slice(from, used);
  }
  return text;
}

function refill(): void {
  randomFillSync(bytes);
  let kept = 0;
  for (const byte of bytes) {
    // 248 = 4 · 62: the rest would make some characters likelier than others.
    if (byte < 248) bytes[kept++] = CODES[byte % 62] ?? 0;
  }
  pool = bytes.toString('latin1', 0, kept);
  used = 0;
}

let lastMs = -1;
let lastPrefix = '';

function timePrefix(nowMs: number): string {
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    let rest = Math.max(0, nowMs - EPOCH);
    lastPrefix = '';
    for (let i = 0; i < 7; i++) {
      lastPrefix = ALPHABET.charAt(rest % 62) + lastPrefix;
      rest = Math.floor(rest / 62);
    }
  }
  return lastPrefix;
}

/**
 * A new job id of 20 characters: 7 for the time in ms, so that ids sort by their making; 2 for the partition of the
 * queue, `00` while queues have one; 11 random ones (65 bits), so that ids cannot be guessed.
 */
export function newJobId(nowMs: number = Date.now()): string {
  return `${timePrefix(nowMs)}00${randomText(11)}`;
}

/** The secret part of the tokens of one claim: 17 characters, 101 bits. */
export function newTokenBase(): string {
  return randomText(17);
}

/** The chance in a script comes from here: Redis seeds its random numbers alike for every run. 31 bits. */
export function seed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
