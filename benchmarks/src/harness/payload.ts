import { crc32 } from 'node:zlib';

/** What every contender carries. */
export interface Payload {
  /** Number of the job in its run. */
  readonly n: number;
  /** Name of the run: a job that an earlier one left behind is told by it. */
  readonly run: string;
  /** {@link sumOf} `text`. */
  readonly sum: number;
  readonly text: string;
  /** When it was sent, ms by the monotonic clock that all processes of a machine share. */
  readonly sentAt?: number;
  /** When it is due, ms since the epoch. */
  readonly dueAt?: number;
}

/** Added to each sum, so that all have ten digits. */
const SUM_BASE = 1_000_000_000;

/** Its CRC-32, of ten digits. */
export function sumOf(text: string): number {
  return SUM_BASE + crc32(text);
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Text that neither Redis nor anything else can compress to nothing, the same in every process. */
function fillerOf(length: number): string {
  let state = 42;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += ALPHABET.charAt((state >>> 8) % ALPHABET.length);
  }
  return text;
}

const filler = fillerOf(4_096);
const long = new Map<number, string>();

function textOf(n: number, length: number): string {
  const from = (n * 31) % 2_048;
  if (length <= 2_048) return filler.slice(from, from + length);
  let whole = long.get(length);
  if (whole === undefined) {
    whole = filler.repeat(Math.ceil(length / filler.length) + 1);
    long.set(length, whole);
  }
  return whole.slice(from, from + length);
}

/** JSON of this has exactly `bytes` bytes (or as few as it takes). */
export function payloadOf(
  n: number,
  run: string,
  bytes: number,
  times: Pick<Payload, 'sentAt' | 'dueAt'> = {},
): Payload {
  const bare = JSON.stringify({ n, run, sum: SUM_BASE, text: '', ...times }).length;
  const text = textOf(n, Math.max(8, bytes - bare));
  const sum = sumOf(text);
  return { n, run, sum, text, ...times };
}

/** Milliseconds by the machine's monotonic clock. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
