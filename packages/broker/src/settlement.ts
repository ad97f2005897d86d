import { ValidationError } from './errors.ts';
import { Issues, isJobId, isLeaseToken } from './names.ts';
import { LIMITS } from './request.ts';
import type { JobError, LogLine, Settlement, SettleResult } from './types.ts';

const UNHANDLED_DELAY_MS = 5_000;
const LONGEST_WAIT_MS = 315_576_000_000;

const OUTCOMES: readonly string[] = [
  'complete',
  'fail',
  'timeout',
  'release',
  'unhandled',
] satisfies Settlement['outcome'][];

/** @throws ValidationError that names the first bad item. */
export function assertSettlement(item: Settlement, index: number): void {
  const issues = new Issues();
  const at = `/${index}`;
  if (!isJobId(item.id)) issues.add(`${at}/id`, 'is not a job id');
  if (!isLeaseToken(item.token)) issues.add(`${at}/token`, 'is not a lease token');
  if (!OUTCOMES.includes(item.outcome)) {
    issues.add(`${at}/outcome`, `must be one of ${OUTCOMES.join(', ')}`);
  }
  if (item.outcome === 'complete' && item.result !== undefined) {
    if (typeof item.result !== 'string') issues.add(`${at}/result`, 'must be JSON text');
    else if (Buffer.byteLength(item.result) > LIMITS.resultBytes) {
      issues.add(`${at}/result`, `must be at most ${LIMITS.resultBytes} bytes`);
    }
  }
  if (item.outcome === 'fail' && !isJobError(item.error)) {
    issues.add(`${at}/error`, 'must have a name and a message');
  }
  if (item.outcome === 'fail')
    issues.integer(`${at}/retryInMs`, item.retryInMs, [0, LONGEST_WAIT_MS]);
  if (item.outcome === 'release' || item.outcome === 'unhandled')
    issues.integer(`${at}/delayMs`, item.delayMs, [0, LONGEST_WAIT_MS]);
  if (item.logs !== undefined) encodeLogs(item.logs, at, issues);
  issues.check();
}

function isJobError(error: unknown): error is JobError {
  if (typeof error !== 'object' || error === null) return false;
  const { name, message, stack } = error as Partial<Record<string, unknown>>;
  const stackFits = stack === undefined || typeof stack === 'string';
  return typeof name === 'string' && typeof message === 'string' && stackFits;
}

/** Cuts a text to at most `bytes` of UTF-8 without splitting a character. */
function cut(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text;
  const buffer = Buffer.from(text);
  let end = bytes;
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end--;
  return buffer.toString('utf8', 0, end);
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').slice(0, LIMITS.historyMessageLength);
}

function failure(mode: 'auto' | 'never', waitMs: number | undefined, error: JobError): string {
  const { name, message, stack } = error;
  const stored = {
    name: cut(name, LIMITS.errorNameBytes),
    message: cut(message, LIMITS.errorMessageBytes),
    ...(stack === undefined ? {} : { stack: cut(stack, LIMITS.errorStackBytes) }),
  };
  return `${mode} ${waitMs ?? '-'}\n${oneLine(`${stored.name}: ${stored.message}`)}\n${JSON.stringify(stored)}`;
}

/** One line of JSON, '' for none. */
export function encodeLogs(lines: readonly LogLine[], at: string, issues: Issues): string {
  if (lines.length === 0) return '';
  const json = JSON.stringify(
    lines.map(({ at: ms, level, message }) => ({ at: ms, level, message })),
  );
  if (lines.length > LIMITS.logLines)
    issues.add(`${at}/logs`, `must be at most ${LIMITS.logLines} lines`);
  if (Buffer.byteLength(json) > LIMITS.logBytes)
    issues.add(`${at}/logs`, `must be at most ${LIMITS.logBytes} bytes as JSON`);
  return json;
}

/** A settlement behind its id, as `lua/lib/settle.lua` takes it. */
export function encodeSettlement(item: Settlement): string {
  if (item.outcome === 'complete' && item.result === undefined && item.logs === undefined)
    return item.token;
  const [letter, data] = encodeOutcome(item);
  // Checked before: there is nothing left to find.
  const logs = item.logs === undefined ? '' : encodeLogs(item.logs, '', new Issues());
  return `${item.token} ${letter}${logs}\n${data}`;
}

function encodeOutcome(item: Settlement): readonly [letter: string, data: string] {
  switch (item.outcome) {
    case 'complete':
      return ['c', item.result ?? ''];
    case 'fail':
      return ['f', failure(item.retry ?? 'auto', item.retryInMs, item.error)];
    case 'timeout':
      return [
        't',
        failure('auto', undefined, {
          name: 'TimeoutError',
          message: 'The handler ran past the timeoutMs of its job',
        }),
      ];
    case 'release':
      return ['r', String(item.delayMs ?? 0)];
    case 'unhandled':
      return [
        'u',
        failure('auto', item.delayMs ?? UNHANDLED_DELAY_MS, {
          name: 'UnhandledTypeError',
          message: 'No handler of this worker knows the type of the job',
        }),
      ];
  }
}

const COMPLETED: SettleResult = { status: 'settled', state: 'completed' };
const GONE: SettleResult = { status: 'settled', state: 'gone' };
const SCHEDULED: SettleResult = { status: 'settled', state: 'scheduled' };
const READY: SettleResult = { status: 'settled', state: 'ready' };
const DEAD: SettleResult = { status: 'settled', state: 'dead' };
const CANCELLED: SettleResult = { status: 'settled', state: 'cancelled' };
const LOST: SettleResult = { status: 'lease-lost' };

const RESULTS: Readonly<Record<string, SettleResult>> = {
  c: COMPLETED,
  g: GONE,
  s: SCHEDULED,
  r: READY,
  d: DEAD,
  x: CANCELLED,
  l: LOST,
};

/** From the letters of the script's reply, one an item. */
export function decodeSettlements(letters: string): SettleResult[] {
  const results: SettleResult[] = [];
  for (const letter of letters) results.push(RESULTS[letter] ?? LOST);
  return results;
}

/** @throws ValidationError when there are none or too many. */
export function assertBatch(items: readonly unknown[], what: string): void {
  if (items.length > LIMITS.batch)
    throw new ValidationError([{ path: '', message: `at most ${LIMITS.batch} ${what} a call` }]);
}
