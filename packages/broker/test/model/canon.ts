import { ANY_TEXT, type ModelJob } from './reference-job.ts';

/** Errors that the broker words by itself. */
const OWN_ERRORS = new Set(['TimeoutError', 'LeaseExpired', 'UnhandledTypeError']);

const KINDS = { exponential: 'E', fixed: 'F' } as const;

/** Everything that the reference knows of a job, as one line that {@link canonText} must give too. */
export function canonJob(job: ModelJob): string {
  const { lease } = job;
  const kind = KINDS[job.backoff.type];
  const since = Math.max(job.createdAt, job.dueAt);
  return [
    `created ${job.createdAt} due ${since} priority ${job.priority}`,
    `budget ${job.maxAttempts} ${job.maxCrashes}`,
    `backoff ${job.backoff.jitter === 'full' ? kind : kind.toLowerCase()} ${job.backoff.baseMs} ${job.backoff.capMs}`,
    `timeout ${job.timeoutMs ?? 0} expires ${job.expiresInMs ?? 0} type ${job.type}`,
    `headers ${JSON.stringify(job.headers)} key ${job.idempotencyKey} payload ${job.payload}`,
    `counters ${job.attempts} ${job.crashes} ${job.unhandled} ready again ${job.readyAt ?? 0}`,
    `reason ${job.reason} error ${canonError(job.error)} progress ${job.progress} result ${job.result}`,
    `history ${job.history.map((d) => `${d.number} ${d.outcome} ${d.startedAt} ${d.endedAt} ${d.workerId} ${d.message}`).join(', ')}`,
    lease === null
      ? 'no lease'
      : `lease ${lease.token} ${lease.owner} ${lease.start} ${lease.leaseMs} ${lease.cancelRequested}`,
  ].join('; ');
}

const parsed = new Map<string, string>();

/** The same of what Redis holds: the record, the entry in `state` ('' for none) and the lease ('' for none). */
export function canonText(record: string, state: string, lease: string): string {
  const key = `${record}\0${state}\0${lease}`;
  let text = parsed.get(key);
  if (text === undefined) {
    if (parsed.size > 5_000) parsed.clear();
    text = [canonRecord(record), canonState(state), canonLease(lease, record)].join('; ');
    parsed.set(key, text);
  }
  return text;
}

function canonRecord(record: string): string {
  const [first = '', second = '', ...payload] = record.split('\n');
  const [created, due, priority, attempts, crashes, kind, base, cap, timeout, expires, type] =
    first.split(' ');
  const { headers = {}, key = null } = second === '' ? {} : JSON.parse(second);
  return [
    `created ${created} due ${Math.max(Number(created), Number(due))} priority ${priority}`,
    `budget ${attempts} ${crashes}`,
    `backoff ${kind} ${base} ${cap}`,
    `timeout ${timeout} expires ${expires} type ${type}`,
    `headers ${JSON.stringify(headers)} key ${key} payload ${payload.join('\n')}`,
  ].join('; ');
}

function canonState(state: string): string {
  const at = state.search(/\nr/);
  const result = at < 0 ? null : state.slice(at + 2);
  const [counters = '', ...lines] = (at < 0 ? state : state.slice(0, at)).split('\n');
  const [attempts = 0, crashes = 0, unhandled = 0, readyAt = 0] = counters.split(' ').map(Number);
  const of = (tag: string): string[] =>
    lines.filter((line) => line.startsWith(tag)).map((line) => line.slice(1));
  const [error] = of('e');
  return [
    `counters ${attempts} ${crashes} ${unhandled} ready again ${readyAt}`,
    `reason ${of('x')[0] ?? null} error ${canonError(error === undefined ? null : JSON.parse(error))} progress ${of('p')[0] ?? null} result ${result}`,
    `history ${of('h').map(canonDelivery).join(', ')}`,
  ].join('; ');
}

function canonError(error: { readonly name: string; readonly message: string } | null): string {
  if (error === null) return 'none';
  return OWN_ERRORS.has(error.name) ? error.name : JSON.stringify(error);
}

function canonDelivery(line: string): string {
  const [number, outcome, start, end, owner, ...rest] = line.split(' ');
  return `${number} ${outcome} ${start} ${end} ${owner} ${canonMessage(rest.join(' '))}`;
}

/** Messages of our own handlers count word by word, those of the broker only as being there. */
function canonMessage(message: string): string | null {
  if (message === '') return null;
  return message.startsWith('Error: ') ? message : ANY_TEXT;
}

function canonLease(lease: string, record: string): string {
  if (lease === '') return 'no lease';
  const [token, start, , cancel, leaseMs, owner, ...spec] = lease.split(' ');
  const [, , ...recordSpec] = (record.split('\n')[0] ?? '').split(' ');
  // Whoever ends the lease reads the job's limits here.
  const same =
    spec.join(' ') === recordSpec.join(' ') ? '' : `, for another job: ${spec.join(' ')}`;
  return `lease ${token} ${owner} ${start} ${leaseMs} ${cancel === '1'}${same}`;
}
