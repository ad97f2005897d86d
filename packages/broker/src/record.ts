import type { Backoff, DeadReason, Delivery, DeliveryLog, JobError, JobSummary } from './types.ts';

/** What the first two lines of a record say, see `lua/lib/spec.lua`. */
export interface RecordHead
  extends Pick<
    JobSummary,
    | 'type'
    | 'priority'
    | 'maxAttempts'
    | 'maxCrashes'
    | 'backoff'
    | 'timeoutMs'
    | 'expiresInMs'
    | 'headers'
    | 'idempotencyKey'
    | 'createdAt'
  > {
  /** 0: it was due at once. */
  readonly dueAt: number;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
const CORRUPT: RecordHead = {
  createdAt: 0,
  dueAt: 0,
  priority: 0,
  maxAttempts: 0,
  maxCrashes: 0,
  backoff: { type: 'exponential', baseMs: 0, capMs: 0, jitter: 'full' },
  timeoutMs: null,
  expiresInMs: null,
  type: 'unknown',
  headers: NO_HEADERS,
  idempotencyKey: null,
};

/** Splits a record into its head and its payload. A record that Relay did not write is all payload. */
export function parseRecord(record: string): {
  readonly head: RecordHead;
  readonly payload: string;
} {
  const firstEnd = record.indexOf('\n');
  const secondEnd = record.indexOf('\n', firstEnd + 1);
  const head =
    secondEnd < 0
      ? null
      : parseHead(record.slice(0, firstEnd), record.slice(firstEnd + 1, secondEnd));
  return head === null
    ? { head: CORRUPT, payload: record }
    : { head, payload: record.slice(secondEnd + 1) };
}

/** What the jobs of a producer mostly have in common: parsed once for each distinct text. */
type Spec = Pick<
  RecordHead,
  'priority' | 'maxAttempts' | 'maxCrashes' | 'backoff' | 'timeoutMs' | 'expiresInMs' | 'type'
>;
const specs = new Map<string, Spec | null>();
const MOST_SPECS = 1_000;

function specOf(text: string): Spec | null {
  const known = specs.get(text);
  if (known !== undefined) return known;
  const spec = parseSpec(text);
  if (specs.size >= MOST_SPECS) specs.clear();
  // A copy: a slice would keep the whole record in memory, and with it a payload of up to 1 MiB.
  specs.set(Buffer.from(text).toString(), spec);
  return spec;
}

function parseSpec(text: string): Spec | null {
  const [priority, attempts, crashes, kind = '', base, cap, timeout, expires, type] =
    text.split(' ');
  const numbers = [priority, attempts, crashes, base, cap, timeout, expires];
  if (type === undefined || !/^[EeFf]$/.test(kind)) return null;
  if (!numbers.every((number) => number !== undefined && /^-?\d+$/.test(number))) return null;
  return {
    priority: Number(priority),
    maxAttempts: Number(attempts),
    maxCrashes: Number(crashes),
    backoff: parseBackoff(kind, Number(base), Number(cap)),
    timeoutMs: Number(timeout) || null,
    expiresInMs: Number(expires) || null,
    type,
  };
}

function parseHead(first: string, second: string): RecordHead | null {
  const [, created, due, text] = /^(-?\d+) (-?\d+) (.*)$/.exec(first) ?? [];
  const spec = text === undefined ? null : specOf(text);
  if (spec === null) return null;
  const header = parseHeader(second);
  return {
    createdAt: Number(created),
    dueAt: Number(due),
    ...spec,
    headers: header.headers ?? NO_HEADERS,
    idempotencyKey: header.key ?? null,
  };
}

/** From the words that `encodeBackoff` writes. */
export function parseBackoff(kind: string, baseMs: number, capMs: number): Required<Backoff> {
  return {
    type: kind === 'E' || kind === 'e' ? 'exponential' : 'fixed',
    baseMs,
    capMs,
    jitter: kind === 'E' || kind === 'F' ? 'full' : 'none',
  };
}

function parseHeader(text: string): {
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
} {
  if (text === '') return {};
  // Only a record that was changed by hand is anything else: its headers are lost, the job itself is not.
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header !== 'object' || header === null) return {};
    return 'headers' in header && typeof header.headers !== 'object' ? {} : header;
  } catch {
    return {};
  }
}

/** What has happened to a job, see `lua/lib/state.lua`. */
export interface JobTrace {
  readonly attempts: number;
  readonly crashes: number;
  readonly readyAt: number;
  readonly reason: DeadReason | null;
  /** JSON text. */
  readonly progress: string | null;
  readonly error: JobError | null;
  readonly history: readonly Delivery[];
  readonly logs: DeliveryLog | null;
  /** JSON text. */
  readonly result: string | null;
}

/** Parses the text of a job's entry in `state`; null stands for a job to which nothing has happened yet. */
export function parseTrace(text: string | null): JobTrace {
  const trace = {
    reason: null as DeadReason | null,
    progress: null as string | null,
    error: null as JobError | null,
    result: null as string | null,
    logs: null as DeliveryLog | null,
  };
  const history: Delivery[] = [];
  const firstEnd = text === null ? 0 : lineEnd(text, 0);
  const [attempts = 0, crashes = 0, , readyAt = 0] = (text ?? '')
    .slice(0, firstEnd)
    .split(' ')
    .map(Number);
  for (let at = firstEnd + 1; text !== null && at < text.length; ) {
    const tag = text.charAt(at);
    const end = tag === 'r' ? text.length : lineEnd(text, at);
    const line = text.slice(at + 1, end);
    if (tag === 'r') trace.result = line;
    else if (tag === 'p') trace.progress = line;
    else if (tag === 'x') trace.reason = line as DeadReason;
    else if (tag === 'e') trace.error = parseError(line);
    else if (tag === 'h') history.push(parseDelivery(line));
    else if (tag === 'l') trace.logs = parseLogs(line);
    at = end + 1;
  }
  return { attempts, crashes, readyAt, history, ...trace };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function parseError(line: string): JobError {
  try {
    return JSON.parse(line);
  } catch {
    return { name: 'Error', message: line };
  }
}

function parseLogs(line: string): DeliveryLog | null {
  const at = line.indexOf(' ');
  try {
    return { number: Number(line.slice(0, at)), lines: JSON.parse(line.slice(at + 1)) };
  } catch {
    // As with errors: a damaged one must not hide the rest of the job.
    return null;
  }
}

function parseDelivery(line: string): Delivery {
  const [number = '0', outcome = 'failed', start, end, workerId = '', ...message] = line.split(' ');
  return {
    number: Number(number),
    outcome: outcome as Delivery['outcome'],
    startedAt: Number(start),
    endedAt: Number(end),
    workerId,
    message: message.join(' ') || null,
  };
}

/** The parts of a lease that may be shown; its token is never among what the read scripts return. */
export interface LeaseView {
  readonly startedAt: number;
  readonly cancelRequested: boolean;
  readonly workerId: string;
}

export function parseLease(text: string | null): LeaseView | null {
  if (text === null) return null;
  const [start, , cancel, , workerId = ''] = text.split(' ');
  return { startedAt: Number(start), cancelRequested: cancel === '1', workerId };
}
